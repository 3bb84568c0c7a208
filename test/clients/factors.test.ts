import { decodeJwt } from 'jose'
import t from 'tap'
import { createVerifiedUser, password } from '../support/app.ts'
import { wrong } from '../support/email-codes.ts'
import { discover, names, pkce, refusal } from './libraries.ts'

const login = { username: 'alice', password, scope: 'me' }
const asksForMore = { error: 'insufficient_authorization' }

for (const name of names)
  for (const [kind, method] of [
    ['confidential', 'client_secret_basic'],
    ['public', 'none']
  ] as const) {
    t.test(`${name} logs an enrolled account in with the password grant, as a ${kind} client`, async t => {
      const { grant, refresh, get, factor, alice } = await discover(t, name, method)
      const refused = await refusal(grant('password', login))
      t.match(refused, { ...asksForMore, status: 403, error_description: /^Send otp /, auth_session: /./ })
      for (const shown of [
        { otp: factor.code() },
        { password: password + factor.code(-1) },
        { recovery_code: factor.recoveryCodes[0] ?? '' }
      ]) {
        const tokens = await grant('password', { ...login, ...shown })
        t.match(tokens, { token_type: 'bearer', expires_in: 600, scope: 'me' })
        t.match(decodeJwt(tokens.access_token), { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'], sub: alice.id })
        t.equal((await get(tokens.access_token)).status, 200)
        t.ok((await refresh(tokens.refresh_token)).refresh_token)
      }
    })

    t.test(`${name} exchanges a code of the challenge endpoint as a ${kind} client`, async t => {
      const { app, step, redeem, get, factor, alice } = await discover(t, name, method)
      const { verifier, challenge } = await pkce()
      const begun = { response_type: 'code', ...challenge }
      const first = await step(begun)
      t.match(first, { ...asksForMore, status: 403, factors: ['password'] })
      const second = await step({ auth_session: first.auth_session, username: 'alice', password })
      t.match(second, { ...asksForMore, factors: ['otp', 'recovery_code'] })
      const third = await step({ auth_session: second.auth_session, otp: factor.code(5) })
      t.match(third, { ...asksForMore, error_description: /^The code is wrong/ })
      const { authorization_code: code } = await step({ auth_session: third.auth_session, otp: factor.code() })
      for (const guess of [(await pkce()).verifier, undefined])
        t.match(await refusal(redeem(code, guess)), { error: 'invalid_grant', status: 400 })
      const tokens = await redeem(code, verifier)
      t.match(tokens, { token_type: 'bearer', expires_in: 600, scope: 'me' })
      t.match(decodeJwt(tokens.access_token), { acr: 'aal2', sub: alice.id })
      t.equal((await get(tokens.access_token)).status, 200)
      t.match(await refusal(redeem(code, verifier)), { error: 'invalid_grant' })

      await createVerifiedUser(app, 'bob')
      const { authorization_code } = await step({ ...begun, username: 'bob', password })
      t.match(decodeJwt((await redeem(authorization_code, verifier)).access_token), { acr: 'aal1', amr: ['pwd'] })
    })

    t.test(`${name} logs in with a code in the mail as a ${kind} client, and with the app after it`, async t => {
      const { app, step, redeem, refresh, get, mailed, factor } = await discover(t, name, method, { emailCodes: 'on' })
      await createVerifiedUser(app, 'bob')
      for (const [username, amr] of [
        ['bob', ['email']],
        ['alice', ['email', 'otp']]
      ] as const) {
        const { verifier, challenge } = await pkce()
        const asked = await step({ response_type: 'code', factor: 'email_code', username, scope: 'me', ...challenge })
        t.match(asked, { ...asksForMore, factors: ['password', 'email_code'] })
        const email_code = await mailed(username)
        const tried = await step({ auth_session: asked.auth_session, email_code: wrong(email_code) })
        let shown = await step({ auth_session: tried.auth_session, email_code })
        if (username === 'alice') shown = await step({ auth_session: shown.auth_session, otp: factor.code() })
        const tokens = await redeem(shown.authorization_code, verifier)
        t.match(decodeJwt(tokens.access_token), { acr: 'aal1', amr, scope: 'me' })
        t.equal((await get(tokens.access_token)).status, 200)
        t.ok(await refresh(tokens.refresh_token))
      }
    })

    t.test(`${name} steps up through a refresh with acr_values, as a ${kind} client`, async t => {
      const { app, clock, grant, refresh, redeem, step, factor } = await discover(t, name, method)
      const tokens = await grant('password', { ...login, otp: factor.code() })
      const refreshed = await refresh(tokens.refresh_token, { acr_values: 'aal2' })
      clock.advance(900)
      const asked = { acr_values: 'aal2', max_age: '300' }
      const refused = await refusal(refresh(refreshed.refresh_token, asked))
      t.match(refused, { ...asksForMore, status: 403 })
      const { verifier, challenge } = await pkce()
      const { auth_session } = refused as unknown as { auth_session: string }
      const { authorization_code } = await step({ auth_session, ...challenge, otp: factor.code() })
      const raised = await redeem(authorization_code, verifier)
      t.equal(decodeJwt(raised.access_token).sid, decodeJwt(tokens.access_token).sid, 'the session is the same')
      t.match(await refresh(raised.refresh_token, asked), { scope: 'me' })

      await createVerifiedUser(app, 'bob')
      const ofBob = await grant('password', { ...login, username: 'bob' })
      t.match(await refusal(refresh(ofBob.refresh_token, { acr_values: 'aal2' })), {
        error: 'unmet_authentication_requirements'
      })
    })
  }
