import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../../src/config/config.ts'
import { pageStyle } from '../../src/pages/page.ts'
import { pageHeaders, permissionsPolicy, self } from '../../src/pages/page-headers.ts'
import {
  passwordSetPage,
  type ResetAccount,
  type ResetForm,
  resetPasswordPage
} from '../../src/pages/reset-password.ts'
import { emailChangeUndonePage, undoEmailChangePage } from '../../src/pages/undo-email-change.ts'
import { factorUndonePage, undoFactorPage } from '../../src/pages/undo-factor.ts'
import { emailVerifiedPage, verifyEmailPage } from '../../src/pages/verify-email.ts'

// `app.pages`: the HTML pages that mailed links open. `reply.page()`: sends an HTML page. Register it in a scope that
// has only HTML pages, because it sets their headers and accepts only forms.
declare module 'fastify' {
  interface FastifyInstance {
    pages: Pages
  }
  interface FastifyReply {
    page(html: string): FastifyReply
  }
}

type Pages = ReturnType<typeof createPages>

/** The pages have an empty `data:` icon, so that browsers do not request /favicon.ico. */
const needs = { loads: { 'style-src': [pageStyle], 'img-src': ['data:'] }, forms: [self] }

export default fp<{ config: Config }>(
  async (app, { config }) => {
    app.removeAllContentTypeParsers()
    await app.register(formbody)
    await app.register(helmet, pageHeaders(needs))
    app.addHook('onRequest', async (_request, reply) => void reply.header('Permissions-Policy', permissionsPolicy))
    app.decorate('pages', createPages(config))
    app.decorateReply('page', function page(this: FastifyReply, html: string) {
      return this.type('text/html; charset=utf-8').send(html)
    })
  },
  { name: 'pages' }
)

function createPages({ issuer, passwordMinLength: minLength }: Config) {
  const site = new URL(issuer).host
  return {
    verifyEmail: (account: { email: string; username: string }, token: string) => verifyEmailPage(account, site, token),
    emailVerified: emailVerifiedPage,
    undoEmailChange: (account: { email: string; username: string }, token: string) =>
      undoEmailChangePage(account, site, token),
    emailChangeUndone: emailChangeUndonePage,
    undoFactor: (account: { email: string; username: string }, token: string) => undoFactorPage(account, site, token),
    factorUndone: factorUndonePage,
    resetPassword: (account: ResetAccount, form: Omit<ResetForm, 'minLength'>) =>
      resetPasswordPage(account, { ...form, minLength }),
    passwordSet: passwordSetPage
  }
}
