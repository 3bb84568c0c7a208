import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { needsPassword, problems } from './refusals.ts'
import { currentPassword, Factors, needs } from './shapes.ts'

const NewFactor = Type.Object(
  { type: Type.Literal('totp', { description: 'An authenticator app' }), current_password: currentPassword },
  { title: 'NewFactor', additionalProperties: false }
)

const EnrolledFactor = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    type: Type.Literal('totp'),
    secret: Type.String({ description: 'The secret in base32, to type in', examples: ['JBSWY3DPEHPK3PXP'] }),
    otpauth_uri: Type.String({ description: 'The secret as a URI for authenticator apps' }),
    svg: Type.String({ description: 'The URI as a QR code, an SVG image' })
  },
  { title: 'EnrolledFactor', description: 'An authenticator app that is not confirmed yet' }
)

const FactorConfirmation = Type.Object(
  { code: Type.String({ description: 'The current code of the authenticator app', examples: ['123456'] }) },
  { title: 'FactorConfirmation', additionalProperties: false }
)

const RecoveryCodes = Type.Object(
  {
    recovery_codes: Type.Array(Type.String({ examples: ['AAAA-BBBB-CCCC-DDDD'] }), {
      description: 'Ten codes that each log in once; they cannot be read again'
    })
  },
  { title: 'RecoveryCodes', description: 'New recovery codes' }
)

const FactorUndo = Type.Object(
  { token: Type.String({ description: 'The `token` parameter of the mailed link' }) },
  { title: 'FactorUndo', additionalProperties: false }
)

const params = Type.Object({ id: Type.String({ format: 'uuid', description: 'The id of the second factor' }) })
const userParams = Type.Object({ id: Type.String({ format: 'uuid', description: 'The id of the account' }) })

const factors: FastifyPluginAsyncTypebox = async app => {
  const onRequest = [app.authenticate('me'), app.recentLogin]
  const secured = { tags: ['account'], security: needs('me') }

  app.get(
    '/users/me/factors',
    {
      onRequest: app.authenticateToEnrol(),
      schema: {
        ...secured,
        operationId: 'listMyFactors',
        summary: 'List your second factors',
        description:
          'Returns your authenticator app and your confirmed passkeys, and how many recovery codes are left.',
        response: { 200: Factors, ...problems(400, 401, 403, 503) }
      }
    },
    async function listMyFactors(request) {
      return app.secondFactors.list(request.account())
    }
  )

  app.post(
    '/users/me/factors',
    {
      onRequest: app.authenticateToEnrol(),
      schema: {
        ...secured,
        operationId: 'enrolFactor',
        summary: 'Begin to enrol an authenticator app',
        description: `The app counts once you confirm it with a code, within an hour, and if neither your password nor your second factors change before. It then replaces an app that you had before. ${needsPassword}`,
        body: NewFactor,
        response: { 201: EnrolledFactor, ...problems(400, 401, 403, 409, 413, 415, 429, 503) }
      }
    },
    async function enrolFactor(request, reply) {
      const user = request.account()
      const by = { ...request.owner(), signal: reply.disconnected() }
      await app.enrolment.assertMayBegin({ ...request.caller, user }, request.body, by)
      return reply.code(201).send(await app.secondFactors.enrol(user))
    }
  )

  app.post(
    '/users/me/factors/:id/confirm',
    {
      onRequest: app.authenticateToEnrol(),
      schema: {
        ...secured,
        operationId: 'confirmFactor',
        summary: 'Confirm an authenticator app with a code',
        description:
          'From then on, a login needs a second factor. Your other logins end, and you get ten recovery codes in place of earlier ones. This login keeps its `acr`; a step-up or a new login raises it.',
        params,
        body: FactorConfirmation,
        response: { 200: RecoveryCodes, ...problems(400, 401, 403, 404, 409, 413, 414, 415, 429, 503) }
      }
    },
    async function confirmFactor(request) {
      const user = request.account()
      const given = { ...request.params, ...request.body }
      return app.secondFactors.confirm(user, request.caller.session, given, request.owner())
    }
  )

  app.delete(
    '/users/me/factors/:id',
    {
      onRequest,
      schema: {
        ...secured,
        operationId: 'removeMyFactor',
        summary: 'Remove a second factor',
        description:
          'All your other logins end. With the last one, the recovery codes are void, and the password alone logs in again. The last one of an account that needs a second factor cannot be removed: add another one first.',
        params,
        response: {
          204: { type: 'null', description: 'The second factor is removed' },
          ...problems(400, 401, 403, 404, 409, 413, 414, 415, 429, 503)
        }
      }
    },
    async function removeMyFactor(request, reply) {
      const user = request.account()
      const by = request.owner()
      await app.enrolment.count(user, by)
      await app.secondFactors.remove(user, request.caller.session, request.params.id, by)
      return reply.code(204).send()
    }
  )

  app.post(
    '/users/me/recovery-codes',
    {
      onRequest,
      schema: {
        ...secured,
        operationId: 'replaceRecoveryCodes',
        summary: 'Get new recovery codes',
        description: 'All earlier recovery codes are void.',
        response: { 200: RecoveryCodes, ...problems(400, 401, 403, 409, 413, 415, 429, 503) }
      }
    },
    async function replaceRecoveryCodes(request) {
      const user = request.account()
      const by = request.owner()
      await app.enrolment.count(user, by)
      return app.secondFactors.replaceRecoveryCodes(user, request.caller.session, by)
    }
  )

  app.post(
    '/factors/undo',
    {
      schema: {
        operationId: 'undoFactor',
        summary: 'Remove what was added to the account since a notice, with the token of its link',
        description:
          'The notice of an added second factor, passkey, personal access token or account elsewhere contains the link. All of these that were added or confirmed at that time or later are removed, the recovery codes are void if second factors or codes have changed since, and all logins of the account end. The address that received the notice is in force again, and a link for a new password is mailed to it. For clients with their own page. The mailed link opens a page of this server.',
        tags: ['account'],
        security: [],
        body: FactorUndo,
        response: {
          204: { type: 'null', description: 'What was added is removed' },
          ...problems(400, 413, 415, 503)
        }
      }
    },
    async function undoFactor(request, reply) {
      await app.factorUndo.undo(request.body.token, request.visitor())
      return reply.code(204).send()
    }
  )

  app.get(
    '/users/:id/factors',
    {
      onRequest: app.authenticate('users:read'),
      schema: {
        tags: ['administration'],
        security: needs('users:read'),
        operationId: 'listUserFactors',
        summary: 'List the second factors of an account',
        description: 'No secret can be read.',
        params: userParams,
        response: { 200: Factors, ...problems(400, 401, 403, 404, 414, 503) }
      }
    },
    async function listUserFactors(request) {
      return app.secondFactors.list(await app.userAdmin.byId(request.params.id))
    }
  )

  app.delete(
    '/users/:id/factors',
    {
      onRequest: [app.authenticate('users:write'), app.administration],
      schema: {
        tags: ['administration'],
        security: needs('users:write'),
        operationId: 'removeUserFactors',
        summary: 'Remove every second factor of an account and end its logins',
        description:
          'For an owner who has lost all of them. The recovery codes are void too. The owner is notified by mail, and logs in with the password alone until a new factor is enrolled.',
        params: userParams,
        response: {
          204: { type: 'null', description: 'The account has no second factor' },
          ...problems(400, 401, 403, 404, 409, 413, 414, 415, 429, 503)
        }
      }
    },
    async function removeUserFactors(request, reply) {
      await app.secondFactors.removeAll(await app.userAdmin.byId(request.params.id), request.administrator())
      return reply.code(204).send()
    }
  )
}

export default factors
