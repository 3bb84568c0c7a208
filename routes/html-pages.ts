import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { Problem } from '../src/errors.ts'

// A missing token gets the same response as an invalid token.
const Link = Type.Object({ token: Type.String({ default: '' }) })
const TokenForm = Type.Object({ token: Type.String() })
const ResetForm = Type.Object({ token: Type.String(), new_password: Type.String() })

/** The HTML pages that mailed links open. Viewing a page changes nothing; only its button does. */
const pages: FastifyPluginAsyncTypebox = async app => {
  const config = { page: true }

  app.get(
    '/verify-email',
    { config, schema: { hide: true, querystring: Link } },
    async function showVerification(request, reply) {
      const { token } = request.query
      return reply.page(app.pages.verifyEmail(await app.emailVerification.accountOf(token), token))
    }
  )

  app.post(
    '/verify-email',
    { config, schema: { hide: true, body: TokenForm } },
    async function submitVerification(request, reply) {
      await app.emailVerification.confirm(request.body.token, { ip: request.ip })
      return reply.page(app.pages.emailVerified())
    }
  )

  app.get(
    '/undo-email-change',
    { config, schema: { hide: true, querystring: Link } },
    async function showUndo(request, reply) {
      const { token } = request.query
      return reply.page(app.pages.undoEmailChange(await app.emailChangeUndo.accountOf(token), token))
    }
  )

  app.post(
    '/undo-email-change',
    { config, schema: { hide: true, body: TokenForm } },
    async function submitUndo(request, reply) {
      await app.emailChangeUndo.undo(request.body.token, { ip: request.ip })
      return reply.page(app.pages.emailChangeUndone())
    }
  )

  app.get(
    '/undo-factor',
    { config, schema: { hide: true, querystring: Link } },
    async function showFactorUndo(request, reply) {
      const { token } = request.query
      return reply.page(app.pages.undoFactor(await app.factorUndo.accountOf(token), token))
    }
  )

  app.post(
    '/undo-factor',
    { config, schema: { hide: true, body: TokenForm } },
    async function submitFactorUndo(request, reply) {
      await app.factorUndo.undo(request.body.token, { ip: request.ip })
      return reply.page(app.pages.factorUndone())
    }
  )

  app.get(
    '/reset-password',
    { config, schema: { hide: true, querystring: Link } },
    async function showReset(request, reply) {
      const { token } = request.query
      return reply.page(app.pages.resetPassword(await app.passwordReset.accountOf(token), token))
    }
  )

  app.post(
    '/reset-password',
    { config, schema: { hide: true, body: ResetForm } },
    async function submitReset(request, reply) {
      const { token } = request.body
      try {
        await app.passwordReset.complete(request.body, { ip: request.ip, signal: reply.disconnected() })
      } catch (error) {
        const refusal = error instanceof Problem ? error.errors[0]?.detail : undefined
        if (refusal === undefined) throw error
        const account = await app.passwordReset.accountOf(token)
        return reply.code(400).page(app.pages.resetPassword(account, token, refusal))
      }
      return reply.page(app.pages.passwordSet())
    }
  )
}

export default pages
