import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { createAuditEvents } from '../../../src/auth/audit/audit-events.ts'
import { createSessions } from '../../../src/auth/sessions/sessions.ts'
import { basic, bearer, createApp, createUser, login, password, postForm } from '../../support/app.ts'
import { engines } from '../../support/engines.ts'
import { auditTrail, newSession, start } from '../../support/store.ts'

const invalidGrant = {
  name: 'OAuthError',
  code: 'invalid_grant',
  status: 400,
  message: 'The refresh token is invalid, expired or revoked.'
}

t.test('refreshing a session that is deleted meanwhile is invalid_grant (RFC 6749 §5.2)', async t => {
  const { app, config, clock } = await createApp(t)
  const user = await createUser(app)
  const row = { ...newSession(user.id, { idleExpiresAt: new Date(start.getTime() + 1_000_000) }), revokedAt: null }
  let reads = 0
  const sessions = createSessions({
    store: {
      ...app.db.sessions,
      withUser: async () => (reads++ === 0 ? { session: row, user } : undefined),
      rotate: async () => undefined
    },
    config,
    auditEvents: createAuditEvents({ now: clock.now }),
    newId: () => 'id',
    now: clock.now
  })
  const client = await app.clients.authenticate({}, { authorization: undefined, ip: null })
  const name = { sessionId: row.id, counter: 0 }
  t.strictSame(await sessions.ofRefreshToken(name, client), { session: row, user })
  t.equal(await sessions.rotate(row, null), undefined)
  await t.rejects(sessions.ofRetry(name), invalidGrant)
})

t.test('a login from an unknown address creates a session without an address', async t => {
  const { app } = await createApp(t)
  const client = await app.clients.authenticate({}, { authorization: undefined, ip: null })
  const device = { ip: null, userAgent: null }
  t.match(await app.sessions.startLogin(await createUser(app), client, ['me'], device), device)
})

t.test('a login creates no session if the password changes meanwhile', async t => {
  const { app } = await createApp(t)
  await createUser(app)
  const { authenticate } = app.users
  app.users.authenticate = async (...args) => {
    const user = await authenticate(...args)
    if (user) await app.users.setPassword(user, 'purple monkey dishwasher lamp', {})
    return user
  }
  const answer = await postForm(app, '/token', { grant_type: 'password', username: 'alice', password })
  t.equal(answer.statusCode, 400)
  t.strictSame(answer.json(), {
    error: 'invalid_grant',
    error_description: 'The username or the password is wrong.'
  })
})

t.test('introspection with a malformed header is invalid_request with a challenge (RFC 6750 §3.1)', async t => {
  const { app } = await createApp(t)
  const answer = await postForm(app, '/introspect', { token: 'x' }, { authorization: 'Bearer a b' })
  t.equal(answer.statusCode, 400)
  t.equal(answer.json().error, 'invalid_request')
  t.match(answer.headers['www-authenticate'], /^Bearer realm="sallyport", error="invalid_request"/)
})

t.test('ended sessions are deleted a day later, and their tokens stay rejected', async t => {
  const { app, clock } = await createApp(t)
  await createUser(app)
  const tokens = await login(app)
  await postForm(app, '/revoke', { token: tokens.refresh_token })
  t.equal(await app.sessions.prune(), 0)
  clock.advance(86_401)
  t.equal(await app.sessions.prune(), 1)
  const answer = await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
  t.equal(answer.json().error, 'invalid_grant')
})

t.test('the audit trail records every step of a session, and no secret', async t => {
  const { app, config, clock } = await createApp(t)
  const user = await createUser(app)
  const { client, secret } = await app.clientAdmin.create({
    name: 'reports',
    confidential: true,
    grants: ['client_credentials'],
    scopes: ['me']
  })
  await postForm(app, '/token', { grant_type: 'password', username: 'alice', password: 'wrong, and long enough' })
  const first = await login(app)
  await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: first.refresh_token })
  clock.advance(config.refreshGrace + 1)
  await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: first.refresh_token })
  const second = await login(app)
  await postForm(app, '/revoke', { token: second.refresh_token })
  await postForm(app, '/token', { grant_type: 'client_credentials' }, basic(client.id, String(secret)))

  const trail = await auditTrail(t, config.databaseUrl)
  t.strictSame(
    trail.map(({ action }) => action),
    [
      'key.created',
      'user.created',
      'client.created',
      'login.failed',
      'login.succeeded',
      'token.refreshed',
      'token.reuse_detected',
      'login.succeeded',
      'session.ended',
      'login.succeeded'
    ]
  )
  t.match(trail[3], { subject: user.id, clientId: 'first-party', ip: '127.0.0.1' })
  const text = JSON.stringify(trail)
  for (const word of [password, String(secret), first.refresh_token, second.access_token, user.passwordHash]) {
    t.notOk(text.includes(word))
  }
})

for (const engine of engines) {
  t.test(`a clock that is set back, on ${engine}`, async t => {
    const hour = 3600
    const refresh = async (app: FastifyInstance, refresh_token: string) => {
      const answer = await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token })
      return { ...(answer.json() as { refresh_token: string }), status: answer.statusCode }
    }
    const refused = {
      status: 400,
      error: 'invalid_grant',
      error_description: 'The refresh token is invalid, expired or revoked.'
    }
    const session = async (app: FastifyInstance, token: string) =>
      (await app.inject({ url: '/users/me/sessions', headers: bearer(token) })).json().items[0]

    t.test('a refresh works and does not shorten the session (decision 5)', async t => {
      const { app, clock } = await createApp(t, {}, engine)
      await createUser(app)
      const first = await login(app)
      const before = await session(app, first.access_token)
      clock.advance(-hour)
      const second = await refresh(app, first.refresh_token)
      t.equal(second.status, 200)
      const after = await session(app, first.access_token)
      t.equal(after.idle_expires_at, before.idle_expires_at)
      t.equal(after.expires_at, before.expires_at)
      t.equal(after.last_used_at, clock.now().toISOString())
      clock.advance(2 * hour)
      t.equal((await refresh(app, second.refresh_token)).status, 200)
      const later = await session(app, (await login(app)).access_token)
      t.ok(later.idle_expires_at > before.idle_expires_at, 'later refreshes extend the session again')
    })

    t.test('a repeated refresh token from the future is refused, and its session stays (decision 5)', async t => {
      const { app, clock } = await createApp(t, {}, engine)
      await createUser(app)
      const first = await login(app)
      const second = await refresh(app, first.refresh_token)
      clock.advance(-hour)
      t.strictSame(await refresh(app, first.refresh_token), refused)
      t.equal((await refresh(app, second.refresh_token)).status, 200, 'the session stays')
    })

    t.test('by less than the grace time: a client that lost the answer gets it again', async t => {
      const { app, clock } = await createApp(t, {}, engine)
      await createUser(app)
      const first = await login(app)
      const second = await refresh(app, first.refresh_token)
      clock.advance(-30)
      t.equal((await refresh(app, first.refresh_token)).refresh_token, second.refresh_token)
      clock.advance(-1)
      t.strictSame(await refresh(app, first.refresh_token), refused)
    })

    t.test('a token older than the previous one still ends the session (RFC 9700 §4.14.2)', async t => {
      const { app, clock } = await createApp(t, {}, engine)
      await createUser(app)
      const first = await login(app)
      const second = await refresh(app, first.refresh_token)
      const third = await refresh(app, second.refresh_token)
      clock.advance(-hour)
      t.strictSame(await refresh(app, first.refresh_token), refused)
      t.strictSame(await refresh(app, third.refresh_token), refused)
    })
  })
}
