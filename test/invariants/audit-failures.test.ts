import t, { type Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { basic, bearer, createApp, createUser, logIn, password, postForm } from '../support/app.ts'
import { changePassword, guess, guesses, logInFrom, stranger, wrongPassword } from '../support/guess.ts'

/** An app with alice and a confidential client; `told` runs something and resolves to the audit events it left. */
async function createWorld(t: Test, settings: Partial<Config> = {}) {
  const { app, clock, config } = await createApp(t, settings)
  const alice = await createUser(app)
  const grants = ['password', 'client_credentials']
  const { client } = await app.clientAdmin.create({ name: 'reports', confidential: true, grants, scopes: ['me'] })
  async function told(act: () => Promise<unknown>) {
    const before = await app.db.audit.newest()
    await act()
    const rows = (await app.db.audit.next(before))?.rows ?? []
    return rows.map(({ seq, at, seal, ...event }) => event)
  }
  return { app, clock, config, alice, client, told }
}

const failed = { action: 'login.failed', actor: null, subject: null, clientId: 'first-party', ip: stranger, detail: {} }
const wrong = { reason: 'password' }
const unknownClient = {
  ...failed,
  action: 'client.authentication_failed',
  clientId: null,
  detail: { counter: 'client' }
}

t.test('A refused login is in the audit trail: wrong password, unknown name, disabled (ASVS 16.3.1)', async t => {
  const { app, alice, told } = await createWorld(t)
  t.strictSame(await told(() => guess(app)), [{ ...failed, subject: alice.id, detail: wrong }])
  const [unknown] = await told(() => guess(app, stranger, { username: 'mallory' }))
  const name_hash = unknown?.detail.name_hash
  t.match(name_hash, /^[\w-]{43}$/)
  t.strictSame(unknown, { ...failed, detail: { name_hash, reason: 'unknown name' } })
  for (const [username, isSame] of [
    ['MALLORY', true],
    ['mallorys', false]
  ] as const) {
    const [event] = await told(() => guess(app, stranger, { username }))
    t.equal(event?.detail.name_hash === name_hash, isSame, 'a hash says only that two names are equal')
  }
  await app.userAdmin.update(alice.id, { disabled: true }, {})
  const disabled = { ...failed, subject: alice.id, detail: { reason: 'disabled' } }
  t.strictSame(await told(() => logInFrom(app, stranger)), [disabled])
  t.strictSame(await told(() => guess(app)), [{ ...disabled, detail: wrong }], 'a wrong password comes first')
})

t.test('A login that is refused though the password is right is in the audit trail', async t => {
  const { app, alice, client, told } = await createWorld(t)
  const right = { username: 'alice', password }
  const about = { ...failed, subject: alice.id }
  const scope = 'users:write'
  t.strictSame(await told(() => guess(app, stranger, { ...right, scope })), [{ ...about, detail: { reason: 'scope' } }])
  const { secret } = await app.clientAdmin.rotateSecret(client.id)
  const { authenticate } = app.users
  /** Runs `work` after the check of the password. */
  const meanwhile = (work: () => Promise<unknown>) => {
    app.users.authenticate = async (...args) => {
      const user = await authenticate(...args)
      if (user) await work()
      return user
    }
  }
  meanwhile(() => app.clientAdmin.update(client.id, { disabled: true }))
  const form = { grant_type: 'password', ...right }
  const events = await told(async () => {
    const answer = await postForm(app, '/token', form, basic(client.id, secret), stranger)
    t.match(answer.json(), { error: 'invalid_grant' })
  })
  t.match(events.at(-1), { ...about, clientId: client.id, detail: { reason: 'changed meanwhile' } })
  t.notOk(events.some(({ action }) => action === 'login.succeeded'))
  meanwhile(() => app.accountPasswords.set(alice, 'purple monkey dishwasher lamp', {}))
  t.match(await told(() => logInFrom(app, stranger)), [{ action: 'user.password_changed' }, about])
})

t.test('A refused change of a password is in the audit trail; a bad new one does not check the old one', async t => {
  const { app, alice, told } = await createWorld(t)
  const { access_token } = await logIn(app)
  const about = { ...failed, actor: alice.id, subject: alice.id, clientId: null }
  t.strictSame(await told(() => changePassword(app, stranger, access_token)), [
    { ...about, action: 'user.password_change_failed', detail: wrong }
  ])
  for (const current_password of [password, wrongPassword]) {
    const payload = { current_password, new_password: 'short' }
    const headers = bearer(access_token)
    const answer = await app.inject({ method: 'PUT', url: '/users/me/password', payload, headers })
    t.equal(answer.statusCode, 400)
    t.strictSame(answer.json().errors, [
      { pointer: '/new_password', detail: 'is shorter than 15 characters', reason: 'length' }
    ])
  }
})

t.test('Failed authentication of a client is in the audit trail, with an id only where it can be one', async t => {
  const { app, client, told } = await createWorld(t)
  const form = { grant_type: 'client_credentials', token: 'x' }
  const ask = (url: string, headers: Record<string, string>, more = {}) =>
    told(() => postForm(app, url, { ...form, ...more }, headers, stranger))
  const known = { ...unknownClient, clientId: client.id }
  for (const url of ['/token', '/revoke']) {
    t.strictSame(await ask(url, basic(client.id, 'not its secret')), [known])
    t.strictSame(await ask(url, {}, { client_id: client.id }), [known])
    t.strictSame(await ask(url, basic('a secret in the wrong place', 'x')), [unknownClient])
    t.strictSame(await ask(url, { authorization: 'Basic !' }), [unknownClient])
  }
  const introspection = { counter: 'introspection' }
  t.strictSame(await ask('/introspect', basic(client.id, 'x')), [{ ...known, detail: introspection }])
  t.strictSame(await ask('/introspect', bearer('not.a.token')), [
    { ...unknownClient, detail: { ...introspection, reason: 'access token' } }
  ])
  await app.clientAdmin.update(client.id, { disabled: true })
  t.strictSame(await ask('/token', basic(client.id, 'x')), [known])
})

t.test('The reuse of a replaced refresh token is in the audit trail, once', async t => {
  const { app, clock, config, alice, told } = await createWorld(t)
  const { refresh_token } = await logIn(app)
  const refresh = () => postForm(app, '/token', { grant_type: 'refresh_token', refresh_token })
  await refresh()
  clock.advance(config.refreshGrace + 1)
  t.match(await told(refresh), [{ action: 'token.reuse_detected', actor: null, subject: alice.id }])
  t.strictSame(await told(refresh), [], 'the session has ended: repeated attempts add no events')
})

t.test('A throttled request is in the audit trail, once per wait', async t => {
  const { app, clock, alice, told } = await createWorld(t)
  await guesses(app, 10)
  const refused = (seconds: number) => ({
    ...failed,
    action: 'throttle.refused',
    subject: alice.id,
    detail: { counter: 'account', seconds }
  })
  t.strictSame(await told(() => guesses(app, 5)), [refused(1)])
  t.strictSame(await told(() => guesses(app, 2, '203.0.113.1')), [], 'one event per wait, even for another address')
  clock.advance(1)
  const events = await told(() => guesses(app, 3))
  t.strictSame(events, [{ ...failed, subject: alice.id, detail: wrong }, refused(2)])
  await app.throttle.prune()
  t.strictSame(await told(() => guesses(app, 3)), [refused(2)], 'pruning does not cause a second event for one wait')
})

t.test('A registration, a client request and a request for mail past their limits are in the audit trail', async t => {
  const { app, told } = await createWorld(t, { limits: ['registration=1'] })
  const send = (url: string, payload: object) => app.inject({ method: 'POST', url, remoteAddress: stranger, payload })
  const refused = { ...failed, action: 'throttle.refused', clientId: null }
  for (const [counter, times, ask] of [
    [
      'credential',
      50,
      () => postForm(app, '/token', { grant_type: 'client_credentials', client_id: 'c_x' }, {}, stranger)
    ],
    ['registration', 1, () => send('/users', { username: `bob${Math.random()}`, password })],
    ['mail', 30, () => send('/password/forgot', { email: 'alice@example.com' })]
  ] as const) {
    for (let n = 0; n < times; n++) await ask()
    const [event, ...others] = await told(ask)
    t.match(event, { ...refused, detail: { counter } })
    t.strictSame(others, [])
  }
})

t.test('A refusal that cannot be recorded still stands, and the log has the missing audit event', async t => {
  const lines: string[] = []
  const logger = { stream: { write: (line: string) => void lines.push(line) } } as never
  const { app } = await createApp(t, { logLevel: 'error' }, { logger })
  const alice = await createUser(app)
  await guesses(app, 10)
  app.db.audit.record = async () => {
    throw new Error('the store is ill')
  }
  t.strictSame(await guesses(app, 1), [429])
  t.match(
    lines.map(line => JSON.parse(line)),
    [
      {
        msg: 'failed to record an event in the audit trail',
        err: { message: 'the store is ill' },
        event: { action: 'throttle.refused', subject: alice.id, ip: stranger }
      }
    ]
  )
})
