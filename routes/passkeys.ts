import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'
import { needs, Passkey } from './shapes.ts'

export type PasskeySignals = Static<typeof PasskeySignals>
const PasskeySignals = Type.Object(
  {
    rpId: Type.String({ examples: ['example.com'] }),
    userId: Type.String({ description: 'The user handle, in base64url' }),
    name: Type.String({ examples: ['alice'] }),
    displayName: Type.String({ examples: ['Alice Liddell'] }),
    allAcceptedCredentialIds: Type.Array(Type.String(), { description: 'The ids of the credentials, in base64url' })
  },
  {
    title: 'PasskeySignals',
    description:
      'For `PublicKeyCredential.signalAllAcceptedCredentials` and `signalCurrentUserDetails` (WebAuthn Level 3 §5.1.10)'
  }
)

const Passkeys = Type.Object(
  { items: Type.Array(Passkey), signals: PasskeySignals },
  { title: 'Passkeys', description: 'Your passkeys, in the order of their creation' }
)
const PasskeyChange = Type.Object(
  { name: Passkey.properties.name },
  { title: 'PasskeyChange', additionalProperties: false }
)
const params = Type.Object({ id: Type.String({ format: 'uuid', description: 'The id of the passkey' }) })

/** For a server with passkeys. */
const passkeyRoutes: FastifyPluginAsyncTypebox = async app => {
  const passkeys = app.passkeys as NonNullable<typeof app.passkeys>
  const onRequest = [app.authenticate('me'), app.recentLogin]
  const secured = { tags: ['account'], security: needs('me') }

  app.get(
    '/users/me/passkeys',
    {
      onRequest: app.authenticateToEnrol(),
      schema: {
        ...secured,
        operationId: 'listMyPasskeys',
        summary: 'List your passkeys',
        description:
          'Returns your passkeys in the order of their creation, and what a client tells the browser, so that it offers these passkeys and no others.',
        response: { 200: Passkeys, ...problems(400, 401, 403, 503) }
      }
    },
    async function listMyPasskeys(request) {
      const user = request.account()
      const found = await passkeys.list(user)
      return { items: found.map(passkeys.describe), signals: passkeys.signals(user, found) }
    }
  )

  app.patch(
    '/users/me/passkeys/:id',
    {
      onRequest,
      schema: {
        ...secured,
        operationId: 'renamePasskey',
        summary: 'Rename a passkey',
        description: 'The name helps you to recognize the passkey. It has no other meaning.',
        params,
        body: PasskeyChange,
        response: { 200: Passkey, ...problems(400, 401, 403, 404, 413, 414, 415, 429, 503) }
      }
    },
    async function renamePasskey(request) {
      const user = request.account()
      const by = request.owner()
      await app.enrolment.count(user, by)
      return passkeys.describe(await passkeys.rename(user, request.params.id, request.body.name, by))
    }
  )

  app.delete(
    '/users/me/passkeys/:id',
    {
      onRequest,
      schema: {
        ...secured,
        operationId: 'removePasskey',
        summary: 'Remove a passkey',
        description: 'All your other logins end. With the last second factor, the recovery codes are removed too.',
        params,
        response: {
          204: { type: 'null', description: 'The passkey is removed' },
          ...problems(400, 401, 403, 404, 409, 413, 414, 415, 429, 503)
        }
      }
    },
    async function removePasskey(request, reply) {
      const user = request.account()
      const by = request.owner()
      await app.enrolment.count(user, by)
      await app.secondFactors.remove(user, request.caller.session, request.params.id, by, 'passkey')
      return reply.code(204).send()
    }
  )
}

export default passkeyRoutes
