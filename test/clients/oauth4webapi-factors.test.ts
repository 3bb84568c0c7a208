import { decodeJwt } from 'jose'
import * as oauth from 'oauth4webapi'
import t, { type Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { createVerifiedUser, password } from '../support/app.ts'
import { wrong } from '../support/email-codes.ts'
import { startWithFactor } from '../support/enrolled.ts'
import { createConfidentialClient } from '../support/server.ts'

const insecure = { [oauth.allowInsecureRequests]: true }
const login = { username: 'alice', password, scope: 'me' }

/** alice, who has an authenticator app, and the functions of oauth4webapi for a client of this kind. */
async function discover(t: Test, kind: 'confidential' | 'public', settings: Partial<Config> = {}) {
  const server = await startWithFactor(t, settings)
  const issuer = new URL(server.url)
  const found = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' })
  const as = await oauth.processDiscoveryResponse(issuer, found)
  const { id, secret } = await createConfidentialClient(server)
  const grants = ['password', 'refresh_token', 'authorization_code']
  const phone = { name: 'phone', confidential: false, grants, scopes: ['me'] }
  const isPublic = kind === 'public'
  const client: oauth.Client = { client_id: isPublic ? (await server.app.clientAdmin.create(phone)).client.id : id }
  const auth = isPublic ? oauth.None() : oauth.ClientSecretBasic(secret)
  // A pushed authorization request has the form of a challenge request, and the same refusals.
  const challenged = { ...as, pushed_authorization_request_endpoint: String(as.authorization_challenge_endpoint) }

  return {
    ...server,
    async logIn(form: Record<string, string>) {
      const answer = await oauth.genericTokenEndpointRequest(as, client, auth, 'password', form, insecure)
      return await oauth.processGenericTokenEndpointResponse(as, client, answer)
    },
    async refresh(token = '', additionalParameters = {}) {
      const options = { ...insecure, additionalParameters }
      const answer = await oauth.refreshTokenGrantRequest(as, client, auth, token, options)
      return await oauth.processRefreshTokenResponse(as, client, answer)
    },
    /** A step at the challenge endpoint: the code. Rejects with the library's error for a refusal. */
    async step(form: Record<string, string>): Promise<string> {
      const answer = await oauth.pushedAuthorizationRequest(challenged, client, auth, form, insecure)
      if (answer.ok) return ((await answer.json()) as { authorization_code: string }).authorization_code
      return await oauth.processPushedAuthorizationResponse(challenged, client, answer).then(() => '')
    },
    async exchange(code: string, verifier: string | typeof oauth.nopkce) {
      const given = oauth.validateAuthResponse(as, client, new URLSearchParams({ code }), oauth.expectNoState)
      const redirect = 'http://127.0.0.1/'
      const answer = await oauth.authorizationCodeGrantRequest(as, client, auth, given, redirect, verifier, insecure)
      return await oauth.processAuthorizationCodeResponse(as, client, answer)
    },
    me: (token: string) =>
      oauth.protectedResourceRequest(token, 'GET', new URL(`${server.url}/users/me`), undefined, null, insecure)
  }
}

/** A new verifier, and the parameters of its challenge. */
async function pkce() {
  const verifier = oauth.generateRandomCodeVerifier()
  const code_challenge = await oauth.calculatePKCECodeChallenge(verifier)
  return { verifier, challenge: { code_challenge, code_challenge_method: 'S256' } }
}

/** The error of a refusal, as oauth4webapi has read it, and the auth session in its body. */
async function refusal(promise: Promise<unknown>) {
  const error = await promise.then(
    () => new Error('nothing was refused'),
    (error: Error) => error
  )
  if (!(error instanceof oauth.ResponseBodyError)) throw error
  return { ...error, error: error.error, auth_session: String(error.cause.auth_session), factors: error.cause.factors }
}

const asksForMore = { error: 'insufficient_authorization' }

for (const kind of ['confidential', 'public'] as const) {
  t.test(`oauth4webapi logs an enrolled account in with the password grant, as a ${kind} client`, async t => {
    const { logIn, me, factor, alice } = await discover(t, kind)
    t.match(await refusal(logIn(login)), { ...asksForMore, status: 403, error_description: /^Send otp / })
    const forms = [
      { ...login, otp: factor.code() },
      { ...login, password: password + factor.code(-1) },
      { ...login, recovery_code: factor.recoveryCodes[0] ?? '' }
    ]
    for (const form of forms) {
      const tokens = await logIn(form)
      t.match(tokens, { token_type: 'bearer', expires_in: 600, scope: 'me' })
      t.match(decodeJwt(tokens.access_token), { acr: 'aal2', sub: alice.id })
      t.equal((await me(tokens.access_token)).status, 200)
    }
  })

  t.test(`oauth4webapi exchanges a code of the challenge endpoint as a ${kind} client`, async t => {
    const { step, exchange, factor, me, alice } = await discover(t, kind)
    const { verifier, challenge } = await pkce()
    const first = await refusal(step({ response_type: 'code', ...challenge }))
    t.match(first, { error: 'insufficient_authorization', status: 400, factors: ['password'] })
    const second = await refusal(step({ auth_session: first.auth_session, username: 'alice', password }))
    t.match(second, { ...asksForMore, status: 400 })
    const wrong = await refusal(step({ auth_session: second.auth_session, otp: factor.code(5) }))
    t.match(wrong, { ...asksForMore, error_description: /^The code is wrong/ })
    const code = await step({ auth_session: wrong.auth_session, otp: factor.code() })

    t.match(await refusal(exchange(code, oauth.generateRandomCodeVerifier())), { error: 'invalid_grant' })
    t.match(await refusal(exchange(code, oauth.nopkce)), { error: 'invalid_grant' })
    const tokens = await exchange(code, verifier)
    t.match(tokens, { token_type: 'bearer', expires_in: 600, scope: 'me' })
    t.match(decodeJwt(tokens.access_token), { acr: 'aal2', sub: alice.id })
    t.equal((await me(tokens.access_token)).status, 200)
    t.match(await refusal(step({ auth_session: wrong.auth_session, otp: factor.code(-1) })), {
      error: 'invalid_session'
    })
  })

  t.test(`oauth4webapi logs in with a code in the mail as a ${kind} client, and with the app after it`, async t => {
    const { app, step, exchange, factor, mailed, me } = await discover(t, kind, { emailCodes: 'on' })
    await createVerifiedUser(app, 'bob')
    for (const username of ['bob', 'alice']) {
      const { verifier, challenge } = await pkce()
      const begin = { response_type: 'code', factor: 'email_code', username, scope: 'me', ...challenge }
      const asked = await refusal(step(begin))
      t.match(asked, { ...asksForMore, status: 400, factors: ['password', 'email_code'] })
      const email_code = await mailed(username)
      const tried = await refusal(step({ auth_session: asked.auth_session, email_code: wrong(email_code) }))
      t.match(tried, { ...asksForMore, factors: ['password', 'email_code'] })
      const right = step({ auth_session: tried.auth_session, email_code })
      const code = await (username === 'bob' ? right : withApp(await refusal(right)))
      const tokens = await exchange(code, verifier)
      t.match(decodeJwt(tokens.access_token), { acr: 'aal1', scope: 'me' })
      t.equal((await me(tokens.access_token)).status, 200)
    }

    async function withApp({ auth_session, factors }: { auth_session: string; factors: unknown }) {
      t.strictSame(factors, ['otp', 'recovery_code'])
      return await step({ auth_session, otp: factor.code() })
    }
  })

  t.test(`oauth4webapi steps up through a refresh with acr_values, as a ${kind} client`, async t => {
    const { logIn, refresh, step, exchange, factor, clock } = await discover(t, kind)
    const tokens = await logIn({ ...login, otp: factor.code() })
    clock.advance(900)
    const asked = { acr_values: 'aal2', max_age: '300' }
    const refused = await refusal(refresh(tokens.refresh_token, asked))
    t.match(refused, { ...asksForMore, status: 403 })
    const { verifier, challenge } = await pkce()
    const code = await step({ auth_session: refused.auth_session, ...challenge, otp: factor.code() })
    const raised = await exchange(code, verifier)
    t.equal(decodeJwt(raised.access_token).sid, decodeJwt(tokens.access_token).sid, 'the session is the same')
    t.match(await refresh(raised.refresh_token, asked), { scope: 'me' })
  })
}
