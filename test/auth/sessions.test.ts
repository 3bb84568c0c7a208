import t from 'tap'
import { createTrail } from '../../src/auth/audit.ts'
import { createSessions } from '../../src/auth/sessions.ts'
import { basic, createApp, createUser, login, password, postForm } from '../support/app.ts'
import { auditTrail, newSession, start } from '../support/store.ts'

const invalidGrant = {
  name: 'OAuthError',
  code: 'invalid_grant',
  status: 400,
  message: 'The refresh token is invalid, expired or revoked.'
}

t.test('a session that is deleted while it is refreshed is invalid_grant (RFC 6749 §5.2)', async t => {
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
    trail: createTrail({ newId: () => 'id', now: clock.now }),
    newId: () => 'id',
    now: clock.now
  })
  const client = await app.clients.authenticate({})
  await t.rejects(
    sessions.refresh({ sessionId: row.id, counter: 0 }, client, null, () => ['me']),
    invalidGrant
  )
})

t.test('a password that changes while a login is on its way makes no session (design §3)', async t => {
  const { app } = await createApp(t)
  await createUser(app)
  const { authenticate } = app.users
  app.users.authenticate = async (...args) => {
    const outcome = await authenticate(...args)
    if ('user' in outcome) await app.users.setPassword(outcome.user, 'purple monkey dishwasher lamp', {})
    return outcome
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

t.test(
  'what has ended is deleted a day later, and tokens of it stay refused (issue 3: expired rows are pruned)',
  async t => {
    const { app, clock } = await createApp(t)
    await createUser(app)
    const tokens = await login(app)
    await postForm(app, '/revoke', { token: tokens.refresh_token })
    t.equal(await app.sessions.prune(), 0)
    clock.advance(86_401)
    t.equal(await app.sessions.prune(), 1)
    const answer = await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
    t.equal(answer.json().error, 'invalid_grant')
  }
)

t.test('the trail tells a whole life, and holds no secret (issue 3: audit events)', async t => {
  const { app, config, clock } = await createApp(t)
  const user = await createUser(app)
  const { client, secret } = await app.clients.create({
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
