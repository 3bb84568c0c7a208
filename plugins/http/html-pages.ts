import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { acceptedLocales } from '../../src/auth/account/locale.ts'
import type { Problem } from '../../src/base/errors.ts'
import type { Config } from '../../src/config/config.ts'
import { type Frame, pageStyle } from '../../src/pages/page.ts'
import { pageHeaders, permissionsPolicy, self } from '../../src/pages/page-headers.ts'
import { problemPage } from '../../src/pages/problem.ts'
import {
  passwordSetPage,
  type ResetAccount,
  type ResetForm,
  resetPasswordPage
} from '../../src/pages/reset-password.ts'
import { type UndoPath, undonePage, undoPage } from '../../src/pages/undo.ts'
import { emailVerifiedPage, verifyEmailPage } from '../../src/pages/verify-email.ts'
import { fill } from '../../src/texts/placeholders.ts'

// `request.pages(locale)`: the HTML pages that mailed links open, in the language of an account, or otherwise of the
// browser. `reply.page()`: sends an HTML page. `reply.problemPage()`: sends that of an error. Register it in a scope
// that has only HTML pages, because it sets their headers and accepts only forms.
declare module 'fastify' {
  interface FastifyRequest {
    pages(locale: string | null): Pages
  }
  interface FastifyReply {
    page(html: string): FastifyReply
    problemPage(problem: Problem): FastifyReply
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
    app.addHook('onRequest', async (_request, reply) => {
      const vary = reply.getHeader('Vary')
      reply.headers({
        'Permissions-Policy': permissionsPolicy,
        Vary: vary ? `${vary}, Accept-Language` : 'Accept-Language'
      })
    })
    const { host } = new URL(config.issuer)
    const length = String(config.passwordMinLength)
    app.decorateRequest('pages', function pages(this: FastifyRequest, locale: string | null) {
      const texts = app.texts.page(locale, ...acceptedLocales(this.headers['accept-language']))
      return createPages(
        {
          lang: texts.lang,
          text: (name, placeholder = host) => fill(texts.text(name), { host: placeholder, length }),
          site: config.siteName ?? host,
          next: config.linkAfter
        },
        config
      )
    })
    app.decorateReply('page', function page(this: FastifyReply, html: string) {
      return this.type('text/html; charset=utf-8').send(html)
    })
    app.decorateReply('problemPage', function showProblem(this: FastifyReply, problem: Problem) {
      return this.page(this.request.pages(null).problem(problem))
    })
  },
  { name: 'pages', dependencies: ['texts'] }
)

const createPages = (frame: Frame, { passwordMinLength: minLength }: Config) => ({
  verifyEmail: (account: { email: string; username: string }, token: string) => verifyEmailPage(frame, account, token),
  emailVerified: () => emailVerifiedPage(frame),
  undo: (path: UndoPath, account: { email: string; username: string }, token: string) =>
    undoPage(frame, path, account, token),
  undone: (path: UndoPath) => undonePage(frame, path),
  resetPassword: (account: ResetAccount, form: Omit<ResetForm, 'minLength'>) =>
    resetPasswordPage(frame, account, { ...form, minLength }),
  passwordSet: (invitation: Parameters<typeof passwordSetPage>[1]) => passwordSetPage(frame, invitation),
  problem: (problem: Problem) => problemPage(frame, problem)
})
