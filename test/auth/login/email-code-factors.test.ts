import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import type { Config } from '../../../src/config/config.ts'
import { bearer, password, postForm } from '../../support/app.ts'
import { createCodeWorld } from '../../support/email-codes.ts'
import { enrol } from '../../support/second-factor.ts'
import { auditTrail } from '../../support/store.ts'

/** alice with an authenticator app, and a login of hers with a code in the mail and one of the app. */
async function createEnrolled(t: Test, settings: Partial<Config> = {}) {
  const world = await createCodeWorld(t, settings)
  const factor = await enrol(world)
  await world.received()
  const next = async (form: Record<string, string>) => (await world.send(form)).json()
  return {
    ...world,
    factor,
    next,
    /** The auth session after the code in the mail. */
    halfway: async (form: Record<string, string> = {}) => await next(await world.asked('alice', form)),
    refresh: async (refresh_token: string, form: Record<string, string> = {}) =>
      (await postForm(world.app, '/token', { grant_type: 'refresh_token', refresh_token, ...form })).json()
  }
}

t.test(
  'A code in the mail still needs the second factor, and the two are aal1 (NIST SP 800-63B-4 §3.1.3.1)',
  async t => {
    const { halfway, next, factor, redeem, config } = await createEnrolled(t)
    for (const proof of [{ otp: factor.code() }, { recovery_code: String(factor.recoveryCodes[0]) }]) {
      const { auth_session, ...rest } = await halfway()
      t.match(rest, { error: 'insufficient_authorization', factors: ['otp', 'recovery_code'] })
      t.equal((await auditTrail(t, config.databaseUrl)).at(-1)?.action, 'login.challenged')
      t.match(await next({ auth_session, email_code: '000000' }), { error: 'invalid_request' })
      const { authorization_code } = await next({ auth_session, ...(proof as Record<string, string>) })
      const { amr, acr } = decodeJwt((await redeem(authorization_code)).access_token)
      t.strictSame({ amr, acr }, { amr: ['email', 'otp'], acr: 'aal1' })
    }
  }
)

t.test('A code in the mail does not satisfy aal2, which the password and the app do', async t => {
  const { halfway, next, factor, redeem, clock } = await createEnrolled(t)
  const { auth_session } = await halfway({ acr_values: 'aal2' })
  t.match(await next({ auth_session, otp: factor.code() }), {
    error: 'unmet_authentication_requirements',
    error_description: 'Log in with the password or a passkey: a code by mail is not one of the two factors.'
  })
  t.match(await next({ auth_session, otp: factor.code() }), { error: 'invalid_session' })
  clock.advance(30)
  const again = await halfway({ acr_values: 'aal2' })
  const { auth_session: second } = await next({ auth_session: again.auth_session, password })
  const { authorization_code } = await next({ auth_session: second, otp: factor.code() })
  t.match(decodeJwt((await redeem(authorization_code)).access_token), { acr: 'aal2' })
})

t.test('A code in the mail does not log in where two factors are required', async t => {
  const { app, alice, clock, halfway, next, factor } = await createEnrolled(t, { secondFactor: 'administrators' })
  const logIn = async () => next({ auth_session: (await halfway()).auth_session, otp: factor.code() })
  t.ok((await logIn()).authorization_code, 'an account without an administrative scope')
  await app.userAdmin.update(alice.id, { scopes: ['me', 'users:read'] }, {})
  clock.advance(30)
  t.match(await logIn(), { error: 'unmet_authentication_requirements' })
})

t.test('A login with a code in the mail steps up with the password and the app, not with the app alone', async t => {
  const { app, halfway, next, factor, redeem, refresh, clock } = await createEnrolled(t)
  const { auth_session } = await halfway()
  let login = await redeem((await next({ auth_session, otp: factor.code() })).authorization_code)
  const url = '/users/me/recovery-codes'
  const answer = await app.inject({ method: 'POST', url, headers: bearer(login.access_token) })
  t.equal(answer.statusCode, 401)
  t.match(answer.headers['www-authenticate'], 'acr_values="aal2"')
  for (let n = 0; n < 2; n++) {
    clock.advance(60)
    const { auth_session } = await refresh(login.refresh_token, { max_age: '5' })
    login = await redeem((await next({ auth_session, otp: factor.code() })).authorization_code)
    t.match(decodeJwt(login.access_token), { amr: ['email', 'otp'], acr: 'aal1' }, 'also a second time')
  }
  clock.advance(30)
  const alone = await refresh(login.refresh_token, { acr_values: 'aal2' })
  t.strictSame(alone.factors, ['password', 'otp', 'recovery_code'])
  for (const form of [{ factor: 'email_code', username: 'alice' }, { email_code: '000000' }])
    t.match(await next({ auth_session: alone.auth_session, ...form }), {
      error: 'invalid_request',
      error_description:
        'An e-mail code can only start a login. It is not accepted as a second factor or for a step-up.'
    })
  t.match(await next({ auth_session: alone.auth_session, otp: factor.code() }), {
    error: 'unmet_authentication_requirements'
  })
  clock.advance(30)
  const both = await refresh(login.refresh_token, { acr_values: 'aal2' })
  const proof = { auth_session: both.auth_session, password, otp: factor.code() }
  t.match(decodeJwt((await redeem((await next(proof)).authorization_code)).access_token), { acr: 'aal2' })
})

t.test('A code in the mail adds no first second factor: that needs the password', async t => {
  const { app, asked, send, redeem } = await createCodeWorld(t)
  const { access_token } = await redeem((await send(await asked())).json().authorization_code)
  const enrolment = { method: 'POST', url: '/users/me/factors', payload: { type: 'totp' } } as const
  const answer = await app.inject({ ...enrolment, headers: bearer(access_token) })
  t.equal(answer.statusCode, 401)
  t.match(answer.json().detail, 'password')
})

t.test('A second factor that the server requires is enrolled first, after a code in the mail too', async t => {
  const { asked, send, redeem } = await createCodeWorld(t, { secondFactor: 'required' })
  const { access_token } = await redeem((await send(await asked())).json().authorization_code)
  t.match(decodeJwt(access_token), { aud: 'urn:sallyport:enrol', scope: 'factors' })
})
