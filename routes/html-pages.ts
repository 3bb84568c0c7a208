import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../src/base/errors.ts'
import type { ResetAccount } from '../src/pages/reset-password.ts'

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

  app.get(
    '/verify-email',
    { config, schema: { hide: true, querystring: Link } },
    async function showVerification(request, reply) {
      const { token } = request.query
      const account = await app.emailVerification.accountOf(token)
      return reply.page(request.pages(account.locale).verifyEmail(account, token))
    }
  )

  app.post(
    '/verify-email',
    { config, schema: { hide: true, body: TokenForm } },
    async function submitVerification(request, reply) {
      const { locale } = await app.emailVerification.confirm(request.body.token, request.visitor())
      return reply.page(request.pages(locale).emailVerified())
    }
  )

  for (const [path, changes] of [
    ['undo-email-change', app.emailChangeUndo],
    ['undo-factor', app.factorUndo]
  ] as const) {
    app.get(`/${path}`, { config, schema: { hide: true, querystring: Link } }, async function showUndo(request, reply) {
      const { token } = request.query
      const account = await changes.accountOf(token)
      return reply.page(request.pages(account.locale).undo(path, account, token))
    })

    app.post(
      `/${path}`,
      { config, schema: { hide: true, body: TokenForm } },
      async function submitUndo(request, reply) {
        const { locale } = await changes.undo(request.body.token, request.visitor())
        return reply.page(request.pages(locale).undone(path))
      }
    )
  }

  /** The page with the form for the account whose password the token would set. */
  async function resetPage(
    request: FastifyRequest,
    form: Parameters<ReturnType<typeof request.pages>['resetPassword']>[1]
  ) {
    const { user, address } = await app.passwordReset.accountOf(form.token)
    const account = {
      username: user.username,
      invitation: invitationOf(user, address),
      hasTokens: (await app.personalTokens.list(user)).length > 0,
      hasIdentities: (await app.identities.list(user)).length > 0
    }
    return request.pages(user.locale).resetPassword(account, form)
  }

  app.get(
    '/reset-password',
    { config, schema: { hide: true, querystring: Link } },
    async function showReset(request, reply) {
      return reply.page(await resetPage(request, { token: request.query.token }))
    }
  )

  app.post(
    '/reset-password',
    { config, schema: { hide: true, body: ResetForm } },
    async function submitReset(request, reply) {
      const { delete_tokens, unlink_identities, ...given } = request.body
      const ends = { delete_tokens: delete_tokens !== undefined, unlink_identities: unlink_identities !== undefined }
      try {
        const origin = { ...request.visitor(), signal: reply.disconnected() }
        const { user, address } = await app.passwordReset.complete({ ...given, ...ends }, origin)
        return reply.page(request.pages(user.locale).passwordSet(invitationOf(user, address)))
      } catch (error) {
        const reason = error instanceof Problem ? error.errors[0]?.reason : undefined
        if (reason === undefined) throw error
        const refusal = reason === 'length' && app.passwords.isTooLong(given.new_password) ? 'bytes' : reason
        const checked = { deletesTokens: ends.delete_tokens, unlinksIdentities: ends.unlink_identities }
        return reply.code(400).page(await resetPage(request, { token: given.token, ...checked, refusal }))
      }
    }
  )
}

/** How the account was invited: by mail, or with a link that was handed over, which proves no address. */
const invitationOf = ({ invitedAt }: { invitedAt: Date | null }, address: string | null): ResetAccount['invitation'] =>
  invitedAt === null ? undefined : address === null ? 'handed' : 'mailed'

export default pages
