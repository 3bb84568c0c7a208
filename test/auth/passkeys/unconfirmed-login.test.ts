import t, { type Test } from 'tap'
import type { Config } from '../../../src/config/config.ts'
import { callWith } from '../../support/administrator.ts'
import { password, postForm } from '../../support/app.ts'
import { createAuthenticator, type Faults, type RequestOptions } from '../../support/authenticator.ts'
import { type EngineName, engines } from '../../support/engines.ts'
import { createPasskeyWorld } from '../../support/passkeys.ts'
import { createPkce } from '../../support/pkce.ts'
import { authenticatorApp } from '../../support/second-factor.ts'

interface Asked {
  auth_session: string
  passkey: RequestOptions
}

const credentials = { username: 'alice', password }
const notConfirmed = {
  error: 'insufficient_authorization',
  error_description: 'This passkey is not confirmed: it is no second factor and steps up no login. Use another factor.',
  factors: ['otp', 'recovery_code', 'passkey']
}
const refused = 'The passkey was refused. Try again, or use another factor.'

/** A world in which alice has a passkey that waits to be confirmed. */
async function withUnconfirmed(t: Test, engine: EngineName = 'sqlite', settings: Partial<Config> = {}) {
  const world = await createPasskeyWorld(t, settings, engine)
  const { app, clock } = world
  const { authenticator, passkey } = await world.add(createAuthenticator({ synced: true }), {}, 'alice', true)
  const pkce = createPkce()
  const ask = (form: Record<string, string>) => postForm(app, '/authorize-challenge', { ...pkce.challenge, ...form })
  const begin = async (form: Record<string, string> = {}): Promise<Asked> =>
    (await ask({ response_type: 'code', ...form })).json()
  const present = ({ auth_session, passkey: options }: Asked, faults: Faults = {}, by = authenticator) =>
    ask({ auth_session, passkey: JSON.stringify(by.get(options, faults)) })
  const redeem = (code: string) =>
    postForm(app, '/token', { grant_type: 'authorization_code', code, code_verifier: pkce.code_verifier })
  return {
    ...world,
    authenticator,
    passkey,
    ask,
    begin,
    present,
    redeem,
    row: () => app.userAdmin.byIdOrName('alice'),

    async claimsOf(code: string) {
      const token = String((await redeem(code)).json().access_token)
      return JSON.parse(Buffer.from(String(token.split('.')[1]), 'base64url').toString())
    },

    /** Adds an authenticator app to the account of alice, and resolves to its code, which works once. */
    async addApp() {
      const { token } = await world.logIn()
      const call = callWith(app, token)
      const { id, secret } = (await call('POST', '/users/me/factors', { type: 'totp' })).json()
      const code = () => authenticatorApp(secret).code(clock.now())
      await call('POST', `/users/me/factors/${id}/confirm`, { code: code() })
      clock.advance(30)
      return { code, token }
    }
  }
}

for (const engine of engines)
  t.test(`a passkey that is not confirmed logs in in place of the password, on ${engine}`, async t => {
    t.test('alone, with one factor', async t => {
      const { begin, present, claimsOf, row, app } = await withUnconfirmed(t, engine)
      const done = await present(await begin())
      t.equal(done.statusCode, 200, done.body)
      const claims = await claimsOf(done.json().authorization_code)
      t.match(claims, { preferred_username: 'alice', acr: 'aal1' })
      t.strictSame(claims.amr, ['swk', 'user'])
      t.match((await app.db.secondFactors.passkeysOf((await row()).id))[0]?.lastUsedAt, Date)
      const login = await postForm(app, '/token', { grant_type: 'password', ...credentials })
      t.equal(login.statusCode, 200, 'the password alone is still enough')
    })

    t.test('and is never recent, because its owner may not know of it', async t => {
      const { begin, present, redeem, app } = await withUnconfirmed(t, engine)
      const done = await present(await begin())
      const call = callWith(app, (await redeem(done.json().authorization_code)).json().access_token)
      const answer = await call('POST', '/users/me/tokens', { name: 'cron' })
      t.equal(answer.statusCode, 401)
      t.match(answer.headers['www-authenticate'], /error="insufficient_user_authentication".* max_age="600"/)
    })

    t.test('nor is it after a code, until the password is presented (decision 53)', async t => {
      const { app, clock, ask, begin, present, redeem, addApp } = await withUnconfirmed(t, engine)
      const { code } = await addApp()
      const half = (await present(await begin())).json()
      const done = await ask({ auth_session: half.auth_session, otp: code() })
      const { access_token, refresh_token } = (await redeem(done.json().authorization_code)).json()
      const claims = JSON.parse(Buffer.from(access_token.split('.')[1], 'base64url').toString())
      t.match(claims, { acr: 'aal2', amr: ['swk', 'user', 'otp', 'mfa'], auth_time: undefined })
      const refused = async (token: string) => {
        const call = callWith(app, token)
        for (const [method, url, body] of [
          ['POST', '/users/me/tokens', { name: 'cron' }],
          ['PATCH', '/users/me', { email: 'mallory@example.com' }],
          ['POST', '/users/me/factors', { type: 'totp' }],
          ['POST', '/users/me/recovery-codes', {}]
        ] as const)
          t.equal((await call(method, url, body)).statusCode, 401, url)
      }
      await refused(access_token)

      const ask600 = { grant_type: 'refresh_token', refresh_token, max_age: '600' }
      const asked = (await postForm(app, '/token', ask600)).json()
      t.match(asked, { error: 'insufficient_authorization', factors: ['password', 'otp', 'recovery_code', 'passkey'] })
      clock.advance(30)
      const codeAlone = (await ask({ auth_session: asked.auth_session, otp: code() })).json()
      t.match(codeAlone, { error: 'insufficient_authorization', error_description: /Send the password first/ })
      const withPassword = (await ask({ auth_session: codeAlone.auth_session, password })).json()
      const stepped = await ask({ auth_session: withPassword.auth_session, otp: code() })
      t.equal(stepped.statusCode, 200, stepped.body)
      const { access_token: proved } = (await redeem(stepped.json().authorization_code)).json()
      t.equal((await callWith(app, proved)('POST', '/users/me/tokens', { name: 'cron' })).statusCode, 201)
    })

    t.test('and an account with a second factor is asked for it', async t => {
      const { begin, present, ask, addApp, claimsOf, authenticator } = await withUnconfirmed(t, engine)
      const { code } = await addApp()
      const half = await present(await begin())
      t.equal(half.statusCode, 400)
      t.match(half.json(), notConfirmed)
      t.match((await present(half.json())).json(), notConfirmed, 'once more is not a second factor')
      t.match((await present(await begin(credentials))).json(), notConfirmed, 'nor after the password')
      const { auth_session } = half.json()
      t.match((await ask({ auth_session, otp: '000000' })).json(), { error: 'insufficient_authorization' })
      const done = await ask({ auth_session, otp: code() })
      t.equal(done.statusCode, 200, done.body)
      t.match(await claimsOf(done.json().authorization_code), { acr: 'aal2', amr: ['swk', 'user', 'otp', 'mfa'] })
      t.match((await present(half.json(), {}, authenticator)).json(), { error: 'invalid_session' })
    })

    t.test('and a copy of it is noticed there too (WebAuthn L3 §6.1.1)', async t => {
      const { app, begin, present, addApp, row } = await withUnconfirmed(t, engine)
      await addApp()
      t.match((await present(await begin(), { counter: 7 })).json(), notConfirmed)
      for (const counter of [7, 6, 0]) {
        const copied = (await present(await begin(), { counter })).json()
        t.match(copied, { error: 'insufficient_authorization', error_description: refused }, String(counter))
      }
      const reported = (await app.audit.page({ limit: 100, action: 'factor.refused' })).items
      t.match(reported, Array(3).fill({ detail: { reason: 'counter' } }))

      const { passkeyWithUser } = app.db.secondFactors
      app.db.secondFactors.passkeyWithUser = async id => {
        const found = await passkeyWithUser(id)
        app.db.secondFactors.passkeyWithUser = passkeyWithUser
        t.match((await present(await begin(), { counter: 9 })).json(), notConfirmed)
        return found
      }
      const late = (await present(await begin(), { counter: 8 })).json()
      t.match(late, { error_description: refused }, 'used at the same time')
      t.equal((await app.db.secondFactors.passkeysOf((await row()).id))[0]?.counter, 9)
      t.match((await present(await begin(), { counter: 10 })).json(), notConfirmed)
    })

    t.test('so a code of a passkey that was removed begins no login', async t => {
      const { begin, present, redeem, logIn, app, passkey, add } = await withUnconfirmed(t, engine)
      const code = async () => String((await present(await begin())).json().authorization_code)
      const first = await code()
      t.equal((await redeem(await code())).statusCode, 200)
      const { token } = await logIn()
      t.equal((await callWith(app, token)('DELETE', `/users/me/passkeys/${passkey.id}`)).statusCode, 204)
      await add(createAuthenticator(), {}, 'alice', true)
      t.match((await redeem(first)).json(), { error: 'invalid_grant' })
    })
  })

t.test(
  'without verification of the user, a passkey that is not confirmed is refused, also after the password',
  async t => {
    const { begin, present, addApp } = await withUnconfirmed(t)
    t.match((await present(await begin(), { isUserVerified: false })).json(), { error_description: refused })
    await addApp()
    for (const form of [{}, credentials])
      t.match((await present(await begin(form), { isUserVerified: false })).json(), { error_description: refused })
  }
)

t.test('a passkey that is not confirmed is not aal2 (RFC 9470 §5)', async t => {
  const { begin, present } = await withUnconfirmed(t)
  const error = 'unmet_authentication_requirements'
  t.match((await present(await begin({ acr_values: 'aal2' }))).json(), { error })
  t.match(await begin({ ...credentials, acr_values: 'aal2' }), { error }, 'so the account has no second factor')
})

t.test('a passkey that is not confirmed lets an account that has to enrol do that, after the password', async t => {
  const { app, begin, present, redeem, passkey } = await withUnconfirmed(t, 'sqlite', { secondFactor: 'required' })
  const { access_token, scope } = (await redeem((await present(await begin())).json().authorization_code)).json()
  t.equal(scope, 'factors')
  const call = callWith(app, access_token)
  const url = `/users/me/passkeys/${passkey.id}/confirmation`
  t.equal((await call('POST', url)).statusCode, 401)
  t.equal((await call('POST', '/users/me/passkeys/options')).statusCode, 401)
  t.equal((await call('POST', url, { current_password: password })).statusCode, 200)
})

t.test('a passkey that is not confirmed steps up no login, which would seem to have had the password', async t => {
  const { app, clock, present, ask, redeem, passkey } = await withUnconfirmed(t)
  const { refresh_token } = (await postForm(app, '/token', { grant_type: 'password', ...credentials })).json()
  clock.advance(700)
  const asked = (await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token, max_age: '600' })).json()
  const half = await present(asked)
  t.match(half.json(), { ...notConfirmed, factors: ['password', ...notConfirmed.factors] })
  const refreshed = (await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token })).json()
  const confirm = (token: string) => callWith(app, token)('POST', `/users/me/passkeys/${passkey.id}/confirmation`)
  t.equal((await confirm(refreshed.access_token)).statusCode, 401)
  const done = await ask({ auth_session: half.json().auth_session, password })
  t.equal(done.statusCode, 200, done.body)
  t.equal((await confirm((await redeem(done.json().authorization_code)).json().access_token)).statusCode, 200)
})

t.test('every half of a login with such a passkey is counted and recorded', async t => {
  const { begin, present, addApp, app } = await withUnconfirmed(t)
  await addApp()
  const count = async () => (await app.audit.page({ limit: 100, action: 'login.challenged' })).items
  await present(await begin())
  t.match(await count(), [{ subject: (await app.userAdmin.byIdOrName('alice')).id }])
  const statuses = new Set<number>()
  for (let n = 0; n < 400 && !statuses.has(429); n++) statuses.add((await present(await begin())).statusCode)
  t.strictSame([...statuses], [400, 429])
})

t.test('only the refusal of a passkey of no account says that it is unknown', async t => {
  const { app, begin, present, ask, authenticator, row, clock, add } = await withUnconfirmed(t)
  const { authenticator: another } = await add(createAuthenticator(), {}, 'bob')
  const bob = { username: 'bob', password }
  const stranger = createAuthenticator()
  stranger.create({ rp: { id: 'example.com' }, user: { id: 'AAAA' }, challenge: 'AAAA' })
  const asked = await begin()
  t.match((await present(asked, {}, stranger)).json(), {
    error: 'insufficient_authorization',
    error_description: refused,
    passkey_unknown: true
  })
  t.equal((await app.audit.page({ limit: 100, action: 'login.failed' })).items.length, 1)
  const known: [string, () => Promise<{ json(): object }>][] = [
    ['a wrong signature', async () => present(await begin(), { signature: Buffer.alloc(70, 1) })],
    ['another challenge', async () => present(await begin(), { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' })],
    ['another user handle', async () => present(await begin(), { userHandle: 'AAAA' })],
    ['another account', async () => present(await begin(bob), {})],
    ['a copy', async () => present(await begin(), { counter: 0 }, another)],
    ['no assertion', async () => ask({ auth_session: (await begin()).auth_session, passkey: '{}' })],
    ['nothing', async () => ask({ auth_session: (await begin()).auth_session })]
  ]
  await present(await begin(), { counter: 9 }, another)
  for (const [name, answer] of known) {
    const body = (await answer()).json()
    t.match(body, { error: 'insufficient_authorization' }, name)
    t.notOk('passkey_unknown' in body, name)
  }
  const at = clock.now()
  await app.db.users.update((await row()).id, { disabled: true, updatedAt: at }, app.auditEvents.event('user.disabled'))
  t.notOk('passkey_unknown' in (await present(await begin(), {}, authenticator)).json(), 'a disabled account')
})
