import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'
import { needs } from './shapes.ts'

const Undo = Type.Object(
  { token: Type.String({ description: 'The `token` parameter of the mailed link' }) },
  { title: 'EmailChangeUndo', additionalProperties: false }
)

const Verification = Type.Object(
  { token: Type.String({ description: 'The `token` parameter of the mailed link' }) },
  { title: 'EmailVerification', additionalProperties: false }
)

const email: FastifyPluginAsyncTypebox = async app => {
  app.post(
    '/users/me/email/verify-request',
    {
      onRequest: app.authenticate('me'),
      schema: {
        operationId: 'requestEmailVerification',
        summary: 'Request a link that verifies your e-mail address',
        description:
          'For the pending address, or else for the unverified one. The server mails a link to each new address without a request. Only the first few links within an hour are sent.',
        tags: ['account'],
        security: needs('me'),
        response: {
          202: { type: 'null', description: 'The request was accepted' },
          ...problems(400, 401, 403, 409, 413, 415, 429, 503)
        }
      }
    },
    async function requestEmailVerification(request, reply) {
      const user = request.account()
      await app.emailVerification.request(user, request.owner())
      return reply.code(202).send()
    }
  )

  app.post(
    '/email/verify',
    {
      schema: {
        operationId: 'verifyEmail',
        summary: 'Verify an e-mail address with the token of a mailed link',
        description: 'For clients with their own page. The mailed link opens a page of this server.',
        tags: ['account'],
        security: [],
        body: Verification,
        response: { 204: { type: 'null', description: 'The address is verified' }, ...problems(400, 413, 415, 503) }
      }
    },
    async function verifyEmail(request, reply) {
      await app.emailVerification.confirm(request.body.token, request.visitor())
      return reply.code(204).send()
    }
  )

  app.post(
    '/email/undo',
    {
      schema: {
        operationId: 'undoEmailChange',
        summary: 'Restore the previous e-mail address with the token of a mailed link',
        description:
          'The notice of a change, to the old address, contains the link. The old address is in force again, second factors, personal access tokens and accounts elsewhere that were added since the change are removed, all logins of the account end, and a link for a new password is mailed to it. The recovery codes are void if second factors or codes have changed since. For clients with their own page. The mailed link opens a page of this server.',
        tags: ['account'],
        security: [],
        body: Undo,
        response: {
          204: { type: 'null', description: 'The previous address is restored' },
          ...problems(400, 413, 415, 503)
        }
      }
    },
    async function undoEmailChange(request, reply) {
      await app.emailChangeUndo.undo(request.body.token, request.visitor())
      return reply.code(204).send()
    }
  )
}

export default email
