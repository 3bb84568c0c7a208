import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { oauthErrors } from './refusals.ts'
import { AuthorizationRequired, loginParameters, ref } from './shapes.ts'

const text = (description: string, example = '') => Type.Optional(Type.String({ description, examples: [example] }))

/** The parameters of an authorization challenge request. An empty parameter counts as absent. */
export type ChallengeForm = Static<typeof ChallengeForm>
const ChallengeForm = Type.Object(
  {
    response_type: text('`code`; omit it with `auth_session`', 'code'),
    ...loginParameters,
    auth_session: text('The `auth_session` of the response before, to continue its login'),
    factor: text('`email_code` mails a code to the account of `username`, where `EMAIL_CODES` is on'),
    email_code: text('The code in the message, six digits'),
    passkey: text('The response of a passkey to the options in `passkey`, as JSON (WebAuthn Level 3 §5.1)'),
    code_challenge: text('SHA-256 of the `code_verifier` in base64url (RFC 7636); required of public clients'),
    code_challenge_method: text('`S256`', 'S256'),
    dpop_jkt: text(
      'The thumbprint of the key that redeems the code (RFC 9449 §10); a proof in the header DPoP names it too'
    ),
    acr_values: text('`aal2` asks for a second factor (RFC 9470 §4)'),
    max_age: text('Accepted; a login that begins here is never older (RFC 9470 §4)')
  },
  { title: 'AuthorizationChallengeRequest' }
)

const AuthorizationCode = Type.Object(
  { authorization_code: Type.String({ description: 'For `grant_type=authorization_code`; valid for 60 seconds' }) },
  { title: 'AuthorizationCode', description: 'The authorization code' }
)

const authorizeChallenge: FastifyPluginAsyncTypebox = async app => {
  app.post(
    '/authorize-challenge',
    {
      config: { oauth: true },
      // src/auth/login/authorization-challenge.ts refuses invalid forms with the errors of RFC 6749 §5.2.
      attachValidation: true,
      schema: {
        operationId: 'authorizeChallenge',
        summary: 'Log in step by step, and get an authorization code',
        description:
          'The authorization challenge endpoint (draft-ietf-oauth-first-party-apps §4.1) for native apps of the owner of this server. Send what the user presents: a password, a code, a passkey. While something is missing, the response is 403 `insufficient_authorization`: continue with its `auth_session`. The draft does not recommend this endpoint for browser apps.',
        tags: ['oauth'],
        security: [{}, { client: [] }],
        consumes: ['application/x-www-form-urlencoded'],
        body: ChallengeForm,
        response: {
          200: AuthorizationCode,
          403: ref(AuthorizationRequired, { description: 'More is needed' }),
          ...oauthErrors(400, 401, 413, 429, 503)
        }
      }
    },
    async function authorizeChallenge(request, reply) {
      return await app.oauth.authorizeChallenge(request.body, request.requestContext(reply))
    }
  )
}

export default authorizeChallenge
