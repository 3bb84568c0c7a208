import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { createAuditEvents } from '../../../src/auth/audit-events.ts'
import { createSessions } from '../../../src/auth/sessions/sessions.ts'
import type { SessionStore } from '../../../src/store/sessions.ts'
import { basic, bearer, createApp, createUser, logIn, password, postForm } from '../../support/app.ts'
import { uncounted } from '../../support/attempts.ts'
import { at, auditTrail, execute, newSession, sessionRow } from '../../support/store.ts'

const invalidGrant = {
  name: 'OAuthError',
  code: 'invalid_grant',
  status: 400,
  message: 'The refresh token is invalid, expired or revoked.'
}

/** The sessions of an app whose store has the methods of `store` in place of its own. */
const sessionsWith = (
  { app, config, clock }: Awaited<ReturnType<typeof createApp>>,
  store: Partial<SessionStore>,
  others: Partial<Parameters<typeof createSessions>[0]> = {}
) =>
  createSessions({
    store: { ...app.db.sessions, ...store },
    config,
    auditEvents: createAuditEvents({ now: clock.now }),
    record: app.db.audit.record,
    throttle: app.throttle,
    onUnrecorded: () => {},
    mail: app.mail,
    onLogin: () => {},
    newId: () => 'id',
    now: clock.now,
    sharedNow: clock.now,
    ...others
  })

t.test('Refreshing a session that is deleted at the same time is invalid_grant (RFC 6749 §5.2)', async t => {
  const made = await createApp(t)
  const { app } = made
  const user = await createUser(app)
  const row = sessionRow(newSession(user.id, { idleExpiresAt: at(1_000_000), expiresAt: at(1_000_000) }))
  let reads = 0
  const sessions = sessionsWith(made, {
    withUser: async () =>
      reads++ === 0 ? { session: row, user, endedByClient: false, clientScopes: null } : undefined,
    rotate: async () => undefined
  })
  const client = await app.clients.authenticate({}, { authorization: undefined, ip: null })
  const [name, from] = [{ sessionId: row.id, counter: 0, isBound: false }, { ip: null }]
  t.strictSame(await sessions.ofRefreshToken(name, client, from), { session: row, user })
  t.equal(await sessions.rotate(row, name, { ip: null }), undefined)
  const device = { ip: null, userAgent: null }
  const begun = await app.sessions.startLogin(user, client, ['me'], device, uncounted())
  t.match(begun, device, 'an unknown address is none')
  await t.rejects(sessions.ofRetry(name, from), invalidGrant)
  await t.rejects(sessions.ofRefreshToken(name, client, from), invalidGrant)
})

t.test('A bound refresh token without its key is refused also when that cannot be recorded (RFC 9449 §5)', async t => {
  const made = await createApp(t)
  const user = await createUser(made.app)
  const session = sessionRow(
    newSession(user.id, { idleExpiresAt: at(1_000_000), expiresAt: at(1_000_000), jkt: 'key' })
  )
  const [error, unrecorded] = [new Error('the disk is full'), [] as unknown[]]
  const sessions = sessionsWith(
    made,
    { withUser: async () => ({ session, user, endedByClient: false, clientScopes: null }) },
    { record: () => Promise.reject(error), onUnrecorded: (...about) => unrecorded.push(about) }
  )
  const client = await made.app.clients.authenticate({}, { authorization: undefined, ip: null })
  for (const isBound of [true, false]) {
    const name = { sessionId: session.id, counter: 0, isBound }
    await t.rejects(sessions.ofRefreshToken(name, client, { jkt: 'another', ip: null }), invalidGrant)
    t.match(await sessions.ofRefreshToken(name, client, { jkt: 'key', ip: null }), { session })
  }
  t.match(unrecorded, [[error, { action: 'token.key_refused' }]])
})

t.test('A login creates no session if the password changes at the same time', async t => {
  const { app } = await createApp(t)
  await createUser(app)
  const { authenticate } = app.users
  app.users.authenticate = async (...args) => {
    const checked = await authenticate(...args)
    if (checked) await app.accountPasswords.set(checked.user, 'purple monkey dishwasher lamp', {})
    return checked
  }
  const answer = await postForm(app, '/token', { grant_type: 'password', username: 'alice', password })
  t.equal(answer.statusCode, 400)
  t.strictSame(answer.json(), {
    error: 'invalid_grant',
    error_description: 'The username or the password is wrong.'
  })
})

t.test('The audit trail records every step of a session, and no secret', async t => {
  const { app, config, clock } = await createApp(t)
  const user = await createUser(app)
  const grants = ['client_credentials']
  const made = await app.clientAdmin.create({ name: 'reports', confidential: true, grants, scopes: ['me'] })
  const { client, secret } = made
  await postForm(app, '/token', { grant_type: 'password', username: 'alice', password: 'wrong, and long enough' })
  const first = await logIn(app)
  await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: first.refresh_token })
  clock.advance(config.refreshGrace + 1)
  await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: first.refresh_token })
  const second = await logIn(app)
  await postForm(app, '/revoke', { token: second.refresh_token })
  await postForm(app, '/token', { grant_type: 'client_credentials' }, basic(client.id, String(secret)))

  const trail = await auditTrail(t, config.databaseUrl)
  t.strictSame(
    trail.map(({ action }) => action),
    [
      ...['key.created', 'user.created', 'client.created', 'login.failed', 'login.succeeded'],
      ...['token.reuse_detected', 'login.succeeded', 'session.ended', 'login.succeeded']
    ]
  )
  t.match(trail[3], { subject: user.id, clientId: 'first-party', ip: '127.0.0.1' })
  const text = JSON.stringify(trail)
  for (const word of [password, String(secret), first.refresh_token, second.access_token, user.passwordHash]) {
    t.notOk(text.includes(word))
  }
})

/** Sends a refresh token from an address. */
async function refreshFrom(app: FastifyInstance, refresh_token: string, from?: string) {
  const answer = await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token }, {}, from)
  return { status: answer.statusCode, ...(answer.json() as { refresh_token: string; access_token: string }) }
}

const countOf = async (t: Test, url: string, action: string) =>
  (await auditTrail(t, url)).filter(event => event.action === action).length

t.test('A refresh is recorded when it comes from another address prefix than the last', async t => {
  const { app, config } = await createApp(t)
  await createUser(app)
  let { refresh_token: token, access_token } = await logIn(app)
  const seen: string[] = []
  const addresses = '127.0.0.1 127.0.0.99 192.0.2.1 192.0.2.200 2001:db8::1 2001:db8::ffff 192.0.2.1'.split(' ')
  for (const address of addresses) {
    ;({ refresh_token: token, access_token } = await refreshFrom(app, token, address))
    const [session] = (await app.inject({ url: '/users/me/sessions', headers: bearer(access_token) })).json().items
    t.equal(session.ip, '127.0.0.1', 'the address of the login stays')
    seen.push(session.last_ip)
  }
  t.strictSame(seen, addresses)
  const trail = (await auditTrail(t, config.databaseUrl)).filter(({ action }) => action === 'token.refreshed')
  t.strictSame(
    trail.map(({ ip }) => ip),
    ['192.0.2.1', '2001:db8::1', '192.0.2.1']
  )
})

t.test('A retry of a refresh is recorded once for each token, wherever it comes from', async t => {
  const { app, config } = await createApp(t)
  await createUser(app)
  const first = await logIn(app)
  const second = await refreshFrom(app, first.refresh_token)
  for (const address of [undefined, undefined, '192.0.2.1'])
    t.equal((await refreshFrom(app, first.refresh_token, address)).refresh_token, second.refresh_token)
  t.equal(await countOf(t, config.databaseUrl, 'token.retried'), 1)
  const third = await refreshFrom(app, second.refresh_token)
  t.equal((await refreshFrom(app, second.refresh_token)).refresh_token, third.refresh_token)
  t.equal(await countOf(t, config.databaseUrl, 'token.retried'), 2)
})

t.test('A user has at most a hundred sessions', async t => {
  const { app } = await createApp(t)
  const alice = await createUser(app)
  const client = await app.clients.authenticate({}, { authorization: undefined, ip: null })
  for (let n = 0; n <= 100; n++)
    await app.sessions.startLogin(alice, client, ['me'], { ip: null, userAgent: null }, uncounted())
  t.equal((await app.sessions.ofUser(alice.id)).length, 100)
})

/** Logins in an app, whose tokens `introspect` describes; the database forgets all refreshes but the first. */
async function withLoss(t: Test) {
  const made = await createApp(t)
  const { app, clock, config } = made
  await createUser(app, 'alice', ['me', 'introspect'])
  const { access_token } = await logIn(app, { scope: 'introspect' })
  return {
    ...made,
    introspect: async (token: string) =>
      (await postForm(app, '/introspect', { token }, bearer(access_token))).json() as { active: boolean },
    /** The refresh tokens of a login, of which the database knows the first two. */
    async lose() {
      const tokens = [(await logIn(app)).refresh_token]
      for (let n = 0; n < 4; n++) {
        tokens.push((await refreshFrom(app, String(tokens[n]))).refresh_token)
        clock.advance(60)
      }
      await execute(config.databaseUrl, 'UPDATE sessions SET counter = 1')
      return tokens as [string, string, string, string, string]
    }
  }
}

t.test('A database that lost refreshes accepts the token of a client, and the next ones', async t => {
  const { app, introspect, lose } = await withLoss(t)
  const tokens = await lose()
  t.match(await introspect(tokens[4]), { active: true, token_type: 'refresh_token', username: 'alice' })
  const answers = await Promise.all(Array.from({ length: 20 }, () => refreshFrom(app, tokens[4])))
  t.strictSame([...new Set(answers.map(({ status }) => status))], [200])
  const [refresh_token = '', ...others] = new Set(answers.map(answer => answer.refresh_token))
  t.strictSame(others, [], 'all get the same successor')
  t.notOk(tokens.includes(refresh_token))
  const headers = bearer(String(answers[0]?.access_token))
  t.equal((await app.inject({ url: '/users/me', headers })).statusCode, 200)
  t.strictSame(await introspect(tokens[4]), { active: false }, 'the row has moved past it')
  t.equal((await refreshFrom(app, tokens[4])).refresh_token, refresh_token, 'a retry gets the answer again')
  t.equal((await refreshFrom(app, refresh_token)).status, 200)
})

t.test('A database that has lost refreshes still ends a session at a replay and a revocation', async t => {
  const { app, config, introspect, lose } = await withLoss(t)
  const replayed = await lose()
  const next = await refreshFrom(app, replayed[4])
  t.match(await refreshFrom(app, replayed[3]), { status: 400, error: 'invalid_grant' })
  t.match(await refreshFrom(app, next.refresh_token), { status: 400, error: 'invalid_grant' })
  t.equal(await countOf(t, config.databaseUrl, 'token.reuse_detected'), 1)
  const revoked = await lose()
  t.equal((await postForm(app, '/revoke', { token: revoked[4] })).statusCode, 200)
  for (const token of revoked.toReversed()) t.match(await refreshFrom(app, token), { status: 400 })
  t.strictSame(await introspect(revoked[4]), { active: false })
})

t.test('Tokens of a client that was disabled are refused at the next request, also after it is enabled', async t => {
  const { app } = await createApp(t)
  await createUser(app)
  const grants = ['password', 'refresh_token']
  const { client } = await app.clientAdmin.create({ name: 'shop', confidential: false, grants, scopes: ['me'] })
  const [tokens, other] = [await logIn(app, { client_id: client.id }), await logIn(app)]
  const use = async ({ access_token, refresh_token }: typeof tokens, client_id?: string) => {
    const form = { grant_type: 'refresh_token', refresh_token, ...(client_id && { client_id }) }
    return [
      (await app.inject({ url: '/users/me', headers: bearer(access_token) })).statusCode,
      (await postForm(app, '/token', form)).json().error ?? 'refreshed'
    ]
  }
  t.strictSame(await use(tokens, client.id), [200, 'refreshed'])
  await app.clientAdmin.update(client.id, { disabled: true })
  t.strictSame(await use(tokens, client.id), [401, 'invalid_client'])
  await app.clientAdmin.update(client.id, { disabled: false })
  t.strictSame(await use(tokens, client.id), [401, 'invalid_grant'])
  t.strictSame(await use(other), [200, 'refreshed'], "other clients' logins stay")
  const again = await logIn(app, { client_id: client.id })
  t.strictSame(await use(again, client.id), [200, 'refreshed'])
  await app.clientAdmin.delete(client.id)
  t.strictSame(await use(again, client.id), [401, 'invalid_client'])
})

t.test('A refresh works after the clock was set back, and does not shorten the session', async t => {
  const { app, clock } = await createApp(t)
  await createUser(app)
  const session = async (token: string) =>
    (await app.inject({ url: '/users/me/sessions', headers: bearer(token) })).json().items[0]
  const first = await logIn(app)
  const before = await session(first.access_token)
  clock.advance(-3600)
  const second = await refreshFrom(app, first.refresh_token)
  t.equal(second.status, 200)
  const after = await session(first.access_token)
  t.equal(after.idle_expires_at, before.idle_expires_at)
  t.equal(after.expires_at, before.expires_at)
  t.equal(after.last_used_at, clock.now().toISOString())
  clock.advance(7200)
  t.equal((await refreshFrom(app, second.refresh_token)).status, 200)
  const later = await session((await logIn(app)).access_token)
  t.ok(later.idle_expires_at > before.idle_expires_at, 'later refreshes extend the session again')
})

t.test('A repeated refresh token from the future is refused, and its session stays', async t => {
  const { app, clock } = await createApp(t)
  await createUser(app)
  const first = await logIn(app)
  const second = await refreshFrom(app, first.refresh_token)
  clock.advance(-30)
  const answer = await refreshFrom(app, first.refresh_token)
  t.equal(answer.refresh_token, second.refresh_token, 'by less than the grace time, it is a retry')
  clock.advance(-1)
  t.match(await refreshFrom(app, first.refresh_token), { status: 400, error: 'invalid_grant' })
  const third = await refreshFrom(app, second.refresh_token)
  t.equal(third.status, 200, 'the session stays')
  t.match(await refreshFrom(app, first.refresh_token), { status: 400 })
  t.match(
    await refreshFrom(app, third.refresh_token),
    { status: 400 },
    'an older token still ends it (RFC 9700 §4.14.2)'
  )
})

t.test('The event of the end of every session has the number that ended, also when a step failed', async t => {
  const made = await createApp(t)
  const steps = [
    { ended: 1000, next: 'a' },
    { ended: 7, next: 'b' }
  ]
  const sessions = sessionsWith(made, {
    async endNext() {
      const step = steps.shift()
      if (!step) throw new Error('the database is gone')
      return step
    }
  })
  await t.rejects(sessions.endEvery({ actor: 'cli' }), { message: 'the database is gone' })
  t.match(await made.app.audit.page({ action: 'sessions.ended', limit: 1 }), { items: [{ detail: { count: 1007 } }] })
})
