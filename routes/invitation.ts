import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { needsRecentLogin, problems } from './refusals.ts'
import { invitationLink, needs } from './shapes.ts'

const params = Type.Object({ id: Type.String({ format: 'uuid', description: 'The id of the account' }) })

const RepeatedInvitation = Type.Object(
  { invitation_link: Type.Optional(invitationLink) },
  {
    title: 'RepeatedInvitation',
    description: 'The invitation is queued, or no mail server is set, and this is its link'
  }
)

const invitation: FastifyPluginAsyncTypebox = async app => {
  app.post(
    '/users/:id/invitation',
    {
      onRequest: [app.authenticate('users:write'), app.administration],
      schema: {
        operationId: 'resendInvitation',
        summary: 'Mail another invitation to an account',
        description: `For an account that was created without a password, until one is chosen; otherwise the response is 409. The new link works for 7 days, and earlier links stay valid. To void these, order a password reset, which mails a new invitation too. To revoke an invitation, delete the account. After ten messages to the address at once, one an hour is possible. Without \`SMTP_URL\`, nothing is mailed, and the response has the link. It is then 403 if the account has a scope that neither new accounts nor your access token have, and 409 if its address is verified or it has been used. ${needsRecentLogin}`,
        tags: ['administration'],
        security: needs('users:write'),
        params,
        response: {
          202: RepeatedInvitation,
          ...problems(400, 401, 403, 404, 409, 413, 414, 415, 429, 503)
        }
      }
    },
    async function resendInvitation(request, reply) {
      const user = await app.userAdmin.byId(request.params.id)
      const { link } = await app.invitations.resend(user, request.administrator())
      return reply.code(202).send({ ...(link !== undefined && { invitation_link: link }) })
    }
  )
}

export default invitation
