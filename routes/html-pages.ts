import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { Problem } from '../src/errors.ts'

// A missing token gets the same response as an invalid token.
const Link = Type.Object({ token: Type.String({ default: '' }) })
const TokenForm = Type.Object({ token: Type.String() })
const ResetForm = Type.Object({
  token: Type.String(),
  new_password: Type.String(),
  delete_tokens: Type.Optional(Type.Literal('true')),
  unlink_identities: Type.Optional(Type.Literal('true'))
})

/** The HTML pages that mailed links open. Viewing a page changes nothing; only its button does. */
const pages: FastifyPluginAsyncTypebox = async app => {
  const config = { page: true }

  /** The account whose password the token would set, and what else the reset can end. */
  async function accountOf(token: string) {
    const user = await app.passwordReset.accountOf(token)
    return {
      username: user.username,
      hasTokens: (await app.personalTokens.list(user)).length > 0,
      hasIdentities: (await app.identities.list(user)).length > 0
    }
  }

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
      return reply.page(app.pages.resetPassword(await accountOf(token), { token }))
    }
  )

  app.post(
    '/reset-password',
    { config, schema: { hide: true, body: ResetForm } },
    async function submitReset(request, reply) {
      const { delete_tokens, unlink_identities, ...given } = request.body
      const ends = { delete_tokens: delete_tokens !== undefined, unlink_identities: unlink_identities !== undefined }
      try {
        await app.passwordReset.complete({ ...given, ...ends }, { ip: request.ip, signal: reply.disconnected() })
      } catch (error) {
        const refusal = error instanceof Problem ? error.errors[0]?.detail : undefined
        if (refusal === undefined) throw error
        const checked = { deletesTokens: ends.delete_tokens, unlinksIdentities: ends.unlink_identities }
        const { token } = given
        return reply.code(400).page(app.pages.resetPassword(await accountOf(token), { token, ...checked, refusal }))
      }
      return reply.page(app.pages.passwordSet())
    }
  )
}

export default pages
