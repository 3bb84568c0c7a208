import t, { type Test } from 'tap'
import type { Config } from '../../../src/config/config.ts'
import { bearer, createUser, password, postForm } from '../../support/app.ts'
import { createAuthenticator, type Faults, type RequestOptions } from '../../support/authenticator.ts'
import { createPasskeyWorld } from '../../support/passkeys.ts'
import { createPkce } from '../../support/pkce.ts'

interface Asked {
  auth_session: string
  passkey: RequestOptions
  factors: string[]
}

const refused = {
  error: 'insufficient_authorization',
  error_description: 'The passkey was refused. Try again, or use another factor.'
}

/** A world in which alice has a passkey as her only second factor. */
async function withPasskey(t: Test, settings: Partial<Config> = {}) {
  const world = await createPasskeyWorld(t, settings)
  const { app } = world
  const added = await world.add(createAuthenticator())
  const { authenticator } = added
  const pkce = createPkce()
  const ask = (form: Record<string, string>, to = app) =>
    postForm(to, '/authorize-challenge', { ...pkce.challenge, ...form })
  const begin = async (form: Record<string, string> = {}) =>
    (await ask({ response_type: 'code', ...form })).json() as Asked
  const answer = ({ auth_session, passkey }: Asked, faults: Faults = {}, to = app) =>
    ask({ auth_session, passkey: JSON.stringify(authenticator.get(passkey, faults)) }, to)
  const claimsOf = async (code: string) => {
    const form = { grant_type: 'authorization_code', code, code_verifier: pkce.code_verifier }
    const token = (await postForm(app, '/token', form)).json().access_token as string
    return JSON.parse(Buffer.from(String(token.split('.')[1]), 'base64url').toString())
  }
  return { ...world, ...added, pkce, ask, begin, answer, claimsOf }
}

t.test('Of logins with one passkey', async t => {
  const world = await withPasskey(t)

  t.test('A login needs no username and no password where the passkey verifies its user', async t => {
    const { begin, answer, claimsOf } = world
    const asked = await begin()
    t.strictSame(asked.factors, ['password', 'passkey'])
    t.match(asked.passkey, { rpId: 'example.com', allowCredentials: [], userVerification: 'required' })
    const done = await answer(asked)
    t.equal(done.statusCode, 200, done.body)
    t.match(await claimsOf(done.json().authorization_code), {
      preferred_username: 'alice',
      acr: 'aal2',
      amr: ['hwk', 'user', 'mfa']
    })
  })

  t.test('Without verification of the user, a passkey needs the password too', async t => {
    const { begin, answer, claimsOf } = world
    t.match((await answer(await begin(), { isUserVerified: false })).json(), refused)
    const asked = await begin({ username: 'alice', password })
    t.match(asked, { factors: ['otp', 'recovery_code', 'passkey'], passkey: { userVerification: 'preferred' } })
    const done = await answer(asked, { isUserVerified: false })
    t.match(await claimsOf(done.json().authorization_code), { acr: 'aal2', amr: ['pwd', 'hwk', 'mfa'] })
  })

  t.test('A passkey completes a login that the password grant has refused', async t => {
    const { app, answer, claimsOf } = world
    const form = { grant_type: 'password', username: 'alice', password }
    const challenged = await postForm(app, '/token', form)
    t.equal(challenged.statusCode, 403)
    const done = await answer(challenged.json())
    t.match(await claimsOf(done.json().authorization_code), { amr: ['pwd', 'hwk', 'user', 'mfa'] })
  })

  t.test('A login refuses every fault of a passkey alike, and continues with a new challenge', async t => {
    const { begin, answer } = world
    const faults: [string, Faults][] = [
      ['a bad signature', { signature: Buffer.from('3006020101020101', 'hex') }],
      ['another challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' }]
    ]
    for (const [name, fault] of faults) {
      const answered = await answer(await begin(), fault)
      t.equal(answered.statusCode, 403, name)
      t.match(answered.json(), refused, name)
      t.equal((await answer(answered.json())).statusCode, 200, `after ${name}`)
    }
  })

  t.test('Of two uses of a passkey at once for a scope that is refused, one is refused for it', async t => {
    const { begin, ask, authenticator } = world
    const { auth_session, passkey } = await begin({ scope: 'users:write' })
    const form = { auth_session, passkey: JSON.stringify(authenticator.get(passkey)) }
    const answers = await Promise.all([ask(form), ask(form)])
    const errors = answers.map(answer => answer.json().error)
    // The other one comes too late for the auth session, or for the counter of the passkey.
    t.equal(errors.filter(error => error === 'invalid_scope').length, 1, errors.join())
  })
})

t.test('A response of a passkey works once, and only for its own login', async t => {
  const { begin, ask, authenticator, add } = await withPasskey(t)
  const asked = await begin()
  const passkey = JSON.stringify(authenticator.get(asked.passkey))
  const { auth_session } = asked
  const both = await Promise.all([ask({ auth_session, passkey }), ask({ auth_session, passkey })])
  // The other one comes too late for the auth session, or for the counter of the passkey.
  t.match(
    both
      .map(({ statusCode }) => statusCode)
      .sort()
      .join(),
    /^200,40[03]$/
  )
  t.match((await ask({ auth_session, passkey })).json(), { error: 'invalid_session' })
  const other = await begin()
  t.match((await ask({ auth_session: other.auth_session, passkey })).json(), refused, 'of another challenge')
  const without = await ask({ response_type: 'code', passkey })
  t.match(without.json(), { error: 'invalid_request', error_description: /auth_session/ })
  const { authenticator: theirs } = await add(createAuthenticator(), {}, 'bob')
  const alice = await begin({ username: 'alice', password })
  const foreign = JSON.stringify(theirs.get(alice.passkey))
  t.match((await ask({ auth_session: alice.auth_session, passkey: foreign })).json(), refused, 'of another account')
})

t.test('A step-up of a login without a password needs a passkey that verifies its user', async t => {
  const { app, clock, begin, answer, pkce } = await withPasskey(t)
  const { authorization_code: code } = (await answer(await begin())).json()
  const form = { grant_type: 'authorization_code', code, code_verifier: pkce.code_verifier }
  const { refresh_token } = (await postForm(app, '/token', form)).json()
  clock.advance(5)
  const asked = await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token, max_age: '1' })
  t.match((await answer(asked.json(), { isUserVerified: false })).json(), refused)
  t.equal((await answer(asked.json())).statusCode, 200)
})

t.test('A code of a passkey that was removed begins no login', async t => {
  const { app, begin, answer, logIn, passkey, pkce } = await withPasskey(t)
  const { authorization_code: code } = (await answer(await begin())).json()
  const url = `/users/me/passkeys/${passkey.id}`
  const headers = bearer((await logIn()).token)
  t.equal((await app.inject({ method: 'DELETE', url, headers })).statusCode, 204)
  const form = { grant_type: 'authorization_code', code, code_verifier: pkce.code_verifier }
  t.match((await postForm(app, '/token', form)).json(), { error: 'invalid_grant' })
})

t.test('An account that has to enrol can begin with a passkey', async t => {
  const { app } = await createPasskeyWorld(t, { secondFactor: 'required' })
  await createUser(app, 'dora')
  const form = { grant_type: 'password', username: 'dora', password }
  const first = (await postForm(app, '/token', form)).json()
  t.equal(first.scope, 'factors')
  const post = (path: string, payload: object) =>
    app.inject({ method: 'POST', url: `/users/me/passkeys${path}`, headers: bearer(first.access_token), payload })
  const response = createAuthenticator().create((await post('/options', {})).json())
  const added = await post('', { name: 'Laptop', response })
  t.equal(added.statusCode, 201, added.body)
  const { recovery_codes: codes, passkey } = added.json()
  t.equal(codes.length, 10)
  const { access_token } = (await postForm(app, '/token', { ...form, recovery_code: codes[0] })).json()
  const url = `/users/me/passkeys/${passkey.id}`
  const removed = await app.inject({ method: 'DELETE', url, headers: bearer(access_token) })
  t.equal(removed.statusCode, 409, 'the last factor of an account that needs one stays')
})

t.test('Only the refusal of a passkey of no account says that it is unknown', async t => {
  const { app, begin, ask, authenticator, clock, add, events, notices } = await withPasskey(t)
  const { authenticator: another } = await add(createAuthenticator(), {}, 'bob')
  const present = ({ auth_session, passkey }: Asked, faults: Faults = {}, by = authenticator) =>
    ask({ auth_session, passkey: JSON.stringify(by.get(passkey, faults)) })
  const bob = { username: 'bob', password }
  const stranger = createAuthenticator()
  stranger.create({ rp: { id: 'example.com' }, user: { id: 'AAAA' }, challenge: 'AAAA' })
  const asked = await begin()
  t.match((await present(asked, {}, stranger)).json(), {
    ...refused,
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
  t.ok(
    (await events()).some(({ action }) => action === 'factor.refused'),
    'the copy is recorded'
  )
  t.ok((await notices()).includes('passkey_refused'), 'and told by mail')
  const [{ id }, at] = [await app.userAdmin.byIdOrName('alice'), clock.now()]
  await app.db.users.update(id, { disabled: true, updatedAt: at }, app.auditEvents.event('user.disabled'))
  t.notOk('passkey_unknown' in (await present(await begin())).json(), 'a disabled account')
})
