import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { needsPassword, problems } from './refusals.ts'
import { currentPassword, needs, Passkey } from './shapes.ts'

const base64url = (description: string) =>
  Type.String({ pattern: '^[A-Za-z0-9_-]+$', description: `${description}, in base64url` })

const Descriptor = Type.Object(
  {
    type: Type.Literal('public-key'),
    id: base64url('The id of the credential'),
    transports: Passkey.properties.transports
  },
  { title: 'PasskeyDescriptor' }
)

const NewPasskey = Type.Object(
  {
    current_password: currentPassword
  },
  { title: 'NewPasskey', additionalProperties: false }
)

export type CreationOptions = Static<typeof CreationOptions>
const CreationOptions = Type.Object(
  {
    rp: Type.Object(
      { id: Type.String({ examples: ['example.com'] }), name: Type.String({ examples: ['example.com'] }) },
      { title: 'PasskeyRelyingParty' }
    ),
    user: Type.Object(
      { id: base64url('The user handle'), name: Type.String(), displayName: Type.String() },
      { title: 'PasskeyUser' }
    ),
    challenge: base64url('Works once, within ten minutes'),
    pubKeyCredParams: Type.Array(
      Type.Object({ type: Type.Literal('public-key'), alg: Type.Integer() }, { title: 'PasskeyAlgorithm' }),
      { description: 'The accepted algorithms, the preferred one first' }
    ),
    timeout: Type.Integer({ description: 'How long the user may take (milliseconds)' }),
    excludeCredentials: Type.Array(Descriptor, { description: 'The passkeys that the account has' }),
    authenticatorSelection: Type.Object(
      {
        residentKey: Type.Literal('required'),
        requireResidentKey: Type.Literal(true),
        userVerification: Type.Literal('preferred')
      },
      { title: 'PasskeySelection' }
    ),
    attestation: Type.Literal('none')
  },
  {
    title: 'PasskeyCreationOptions',
    description:
      'For `PublicKeyCredential.parseCreationOptionsFromJSON` (`PublicKeyCredentialCreationOptionsJSON`, WebAuthn Level 3 §5.1.8)'
  }
)

export type PasskeyRegistration = Static<typeof PasskeyRegistration>
const PasskeyRegistration = Type.Object(
  {
    name: Passkey.properties.name,
    response: Type.Object(
      {
        id: base64url('The id of the credential'),
        rawId: base64url('The same'),
        type: Type.Literal('public-key'),
        response: Type.Object(
          {
            clientDataJSON: base64url('The client data'),
            attestationObject: base64url('The attestation object'),
            transports: Type.Optional(Passkey.properties.transports)
          },
          { title: 'PasskeyAttestation', additionalProperties: true }
        ),
        clientExtensionResults: Type.Object({}, { title: 'PasskeyExtensions', additionalProperties: true })
      },
      {
        title: 'PasskeyCreationResponse',
        description: 'The result of `credential.toJSON()` (`RegistrationResponseJSON`, WebAuthn Level 3 §5.1)',
        additionalProperties: true
      }
    )
  },
  { title: 'PasskeyRegistration', additionalProperties: false }
)

const AddedPasskey = Type.Object(
  {
    passkey: Passkey,
    recovery_codes: Type.Optional(
      Type.Array(Type.String({ examples: ['ABCD-EFGH-IJKL-MNOP'] }), {
        description:
          'Only when the account had none: each works once in place of a second factor, and is not shown again'
      })
    )
  },
  { title: 'AddedPasskey', description: 'The passkey is added' }
)

/** For a server with passkeys. */
const passkeyRegistration: FastifyPluginAsyncTypebox = async app => {
  const passkeys = app.passkeys as NonNullable<typeof app.passkeys>
  const secured = { tags: ['account'], security: needs('me') }

  const addedPasskey = ({ passkey, codes }: Awaited<ReturnType<typeof passkeys.register>>) => ({
    passkey: passkeys.describe(passkey),
    ...(codes ? { recovery_codes: codes } : {})
  })

  app.post(
    '/users/me/passkeys/options',
    {
      onRequest: app.authenticateToEnrol(),
      // The body may be left out.
      preValidation: async request => {
        request.body ??= {}
      },
      schema: {
        ...secured,
        operationId: 'getPasskeyOptions',
        summary: 'Begin to add a passkey',
        description: `Returns the options with which a client creates a passkey, good for ten minutes and one registration, and until your password or your second factors change. An account can have 20 passkeys. ${needsPassword} The body may be left out.`,
        body: NewPasskey,
        response: { 200: CreationOptions, ...problems(400, 401, 403, 409, 413, 415, 429, 503) }
      }
    },
    async function getPasskeyOptions(request, reply) {
      const user = request.account()
      const by = { ...request.owner(), signal: reply.disconnected() }
      await app.enrolment.assertMayBegin({ ...request.caller, user }, request.body, by)
      return await passkeys.registrationOptions(user)
    }
  )

  app.post(
    '/users/me/passkeys',
    {
      onRequest: app.authenticateToEnrol(),
      schema: {
        ...secured,
        operationId: 'addPasskey',
        summary: 'Add a passkey',
        description:
          'Sends the response of the authenticator. An account without a password needs one that verifies its user, by a PIN or a fingerprint. All your other logins end. This login keeps its `acr`; a step-up or a new login raises it. The first second factor of an account comes with recovery codes.',
        body: PasskeyRegistration,
        response: {
          201: AddedPasskey,
          ...problems(400, 401, 403, 409, 413, 415, 429, 503)
        }
      }
    },
    async function addPasskey(request, reply) {
      const user = request.account()
      const by = request.owner()
      await app.enrolment.count(user, by)
      return reply.code(201).send(addedPasskey(await passkeys.register(user, request.caller.session, request.body, by)))
    }
  )
}

export default passkeyRegistration
