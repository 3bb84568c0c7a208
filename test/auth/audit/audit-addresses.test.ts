import t from 'tap'
import { basic, bearer, createApp, createUser, logIn, password, postForm } from '../../support/app.ts'
import { wrongPassword } from '../../support/guess.ts'

const from = '192.0.2.77'
const next = 'purple monkey dishwasher lamp'

t.test('every event of a request has its address (OWASP ASVS 16.2.1)', async t => {
  const { app, clock, config } = await createApp(t, { limits: ['registration=2'] })
  const scopes = ['me', 'users:read', 'users:write', 'clients:read', 'clients:write', 'introspect']
  await createUser(app, 'admin', scopes)
  const { access_token: admin } = await logIn(app, { username: 'admin' })
  const [before] = [(await app.db.audit.next(0))?.rows.length ?? 0]

  const send = (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, token: string, payload?: object) =>
    app.inject({ method, url, remoteAddress: from, headers: bearer(token), ...(payload && { payload }) })
  const post = (url: string, form: Record<string, string>, headers = {}) => postForm(app, url, form, headers, from)
  const logInAlice = async (given = password) =>
    (await post('/token', { grant_type: 'password', username: 'alice', password: given })).json()

  // Accounts and logins.
  const account = { username: 'alice', password, email: 'alice@example.com' }
  const { id } = (await app.inject({ method: 'POST', url: '/users', remoteAddress: from, payload: account })).json()
  for (const username of ['bob', 'carol'])
    await app.inject({ method: 'POST', url: '/users', remoteAddress: from, payload: { username, password } })
  await logInAlice(wrongPassword)
  const refresh = (refresh_token: string) => post('/token', { grant_type: 'refresh_token', refresh_token })
  const reused = await logInAlice()
  await refresh(reused.refresh_token)
  await refresh(reused.refresh_token)
  clock.advance(config.refreshGrace + 1)
  t.equal((await refresh(reused.refresh_token)).json().error, 'invalid_grant')
  await send('PATCH', '/users/me', (await logInAlice()).access_token, { full_name: 'Alice' })
  const change = { current_password: wrongPassword, new_password: next }
  await send('PUT', '/users/me/password', (await logInAlice()).access_token, change)
  await send('PUT', '/users/me/password', (await logInAlice()).access_token, {
    ...change,
    current_password: password
  })
  await post('/password/forgot', { email: 'alice@example.com' })

  // Each way in which a login ends.
  await post('/revoke', { token: (await logInAlice(next)).refresh_token })
  await post('/revoke', { token: (await logInAlice(next)).access_token })
  const [here, there] = [await logInAlice(next), await logInAlice(next)]
  const other = JSON.parse(Buffer.from(there.access_token.split('.')[1], 'base64url').toString()).sid
  t.equal((await send('DELETE', `/users/me/sessions/${other}`, here.access_token)).statusCode, 204)
  await logInAlice(next)
  t.equal((await send('DELETE', '/users/me/sessions', here.access_token)).statusCode, 204)
  t.equal((await send('DELETE', '/users/me/sessions?all=true', here.access_token)).statusCode, 204)
  await logInAlice(next)
  t.equal((await send('DELETE', `/users/${id}/sessions`, admin)).statusCode, 204)

  // Administration and clients.
  await send('PATCH', `/users/${id}`, admin, { disabled: true })
  await send('PATCH', `/users/${id}`, admin, { disabled: false, scopes: ['me', 'users:read'] })
  await send('DELETE', '/users/me', (await logInAlice(next)).access_token, { current_password: wrongPassword })
  await send('POST', `/users/${id}/password/reset`, admin)
  await send('DELETE', `/users/${id}`, admin)
  const grants = ['client_credentials']
  const made = { name: 'jobs', confidential: true, grants, scopes: ['introspect'] }
  const { client_id, client_secret } = (await send('POST', '/clients', admin, made)).json()
  const as = basic(client_id, client_secret)
  const own = (await post('/token', { grant_type: 'client_credentials', scope: 'introspect' }, as)).json()
  await post('/revoke', { token: own.access_token }, as)
  await post('/introspect', { token: 'x' }, basic(client_id, 'wrong'))
  await send('POST', `/clients/${client_id}/secret`, admin)
  await send('PATCH', `/clients/${client_id}`, admin, { name: 'more jobs' })
  await send('DELETE', `/clients/${client_id}`, admin)

  const rows = ((await app.db.audit.next(0))?.rows ?? []).slice(before)
  t.strictSame(
    rows.filter(({ ip }) => ip !== from),
    []
  )
  const counts = new Map<string, number>()
  for (const { action } of rows) counts.set(action, (counts.get(action) ?? 0) + 1)
  t.equal(counts.get('session.ended'), 7)
  t.strictSame(
    [...counts.keys()].sort(),
    [
      'client.authentication_failed',
      'client.created',
      'client.deleted',
      'client.secret_rotated',
      'client.updated',
      'login.failed',
      'login.succeeded',
      'session.ended',
      'throttle.refused',
      'token.retried',
      'token.reuse_detected',
      'user.created',
      'user.deleted',
      'user.deletion_failed',
      'user.disabled',
      'user.enabled',
      'user.password_change_failed',
      'user.password_changed',
      'user.password_reset_forced',
      'user.scopes_changed',
      'user.updated'
    ].sort()
  )
})
