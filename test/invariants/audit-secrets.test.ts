import t from 'tap'
import { basic, bearer, createApp, createUser, logIn, postForm } from '../support/app.ts'

const from = '192.0.2.77'

/** Words that must not appear in any event, each from a different flow. */
const passwords = {
  first: 'first-secret-of-hers-Ω-0123',
  second: 'second-secret-of-hers-0123',
  wrong: 'wrong-secret-of-hers-0123',
  refused: 'sEcr3t'
}

t.test('Events have the address of their request, and no password or token (ASVS 16.2.1, 16.2.5)', async t => {
  const { app, clock, config } = await createApp(t, { limits: ['registration=4'] })
  await createUser(app, 'admin', ['me', 'users:read', 'users:write', 'clients:read', 'clients:write', 'introspect'])
  const { access_token: admin, refresh_token } = await logIn(app, { username: 'admin' })
  const before = await app.db.audit.newest()
  const secrets: string[] = [...Object.values(passwords), admin, refresh_token]

  /** The answer, whose tokens and secrets no event may have. */
  function heard<Answer extends { body: string }>(answer: Answer) {
    const said = answer.body.matchAll(/"(?:access_token|refresh_token|client_secret)":"([^"]+)"/g)
    for (const [, secret] of said) secrets.push(String(secret))
    return answer
  }
  const send = async (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, payload?: object, token?: string) =>
    heard(
      await app.inject({
        ...{ method, url, remoteAddress: from },
        headers: token ? bearer(token) : {},
        ...(payload && { payload })
      })
    )
  const post = async (url: string, form: Record<string, string>, headers = {}) =>
    heard(await postForm(app, url, form, headers, from))
  const logInAlice = async (password: string, username = 'alice') =>
    (await post('/token', { grant_type: 'password', username, password })).json()
  const refresh = (refresh_token: string) => post('/token', { grant_type: 'refresh_token', refresh_token })

  // Accounts: created, refused, logged in to, and with a password in place of a name.
  const account = { username: 'alice', password: passwords.first, email: 'alice@example.com' }
  const { id } = (await send('POST', '/users', account)).json()
  await send('POST', '/users', { username: 'bob', password: passwords.refused })
  for (const username of ['bob', 'carol', 'dave', 'erin'])
    await send('POST', '/users', { username, password: passwords.second })
  await logInAlice(passwords.wrong)
  await logInAlice(passwords.first, passwords.first)
  const { access_token } = await logInAlice(passwords.first)
  const change = { current_password: passwords.wrong, new_password: passwords.second }
  await send('PUT', '/users/me/password', change, access_token)
  const right = { ...change, current_password: passwords.first }
  const next = (await send('PUT', '/users/me/password', right, access_token)).json()
  await send('PATCH', '/users/me', { full_name: 'Alice' }, next.access_token)
  await send('POST', '/password/forgot', { email: 'alice@example.com' })

  // Tokens: refreshed, also in a new network, retried and reused, and each way in which a login ends.
  await refresh(refresh_token)
  for (const _ of ['refreshed', 'retried']) await refresh(next.refresh_token)
  clock.advance(config.refreshGrace + 1)
  t.equal((await refresh(next.refresh_token)).json().error, 'invalid_grant')
  for (const kind of ['access_token', 'refresh_token'])
    await post('/revoke', { token: (await logInAlice(passwords.second))[kind] })
  const [here, there] = [await logInAlice(passwords.second), await logInAlice(passwords.second)]
  const other = JSON.parse(Buffer.from(there.access_token.split('.')[1], 'base64url').toString()).sid
  await logInAlice(passwords.second)
  for (const url of [`/users/me/sessions/${other}`, '/users/me/sessions', '/users/me/sessions?all=true'])
    t.equal((await send('DELETE', url, undefined, here.access_token)).statusCode, 204, url)
  await logInAlice(passwords.second)
  t.equal((await send('DELETE', `/users/${id}/sessions`, undefined, admin)).statusCode, 204)

  // Administration.
  await send('PATCH', `/users/${id}`, { disabled: true }, admin)
  await send('PATCH', `/users/${id}`, { disabled: false, scopes: ['me', 'users:read'] }, admin)
  const wrong = { current_password: passwords.wrong }
  await send('DELETE', '/users/me', wrong, (await logInAlice(passwords.second)).access_token)
  await send('POST', `/users/${id}/password/reset`, undefined, admin)
  await send('DELETE', `/users/${id}`, undefined, admin)

  // Clients: created, authenticated in each way, also with the secret in place of the id, and rotated.
  const grants = ['client_credentials']
  const made = { name: 'jobs', confidential: true, grants, scopes: ['introspect'] }
  const { client_id, client_secret: old } = (await send('POST', '/clients', made, admin)).json()
  const { client_secret: secret } = (await send('POST', `/clients/${client_id}/secret`, undefined, admin)).json()
  const grant = { grant_type: 'client_credentials', token: here.access_token }
  for (const url of ['/token', '/revoke', '/introspect']) {
    for (const given of [old, secret]) {
      await post(url, grant, basic(client_id, given))
      await post(url, { ...grant, client_id, client_secret: given })
      await post(url, grant, basic(given, 'x'))
      await post(url, { ...grant, client_id: given })
    }
    await post(url, grant, bearer(here.access_token))
  }
  await send('PATCH', `/clients/${client_id}`, { name: 'more jobs' }, admin)
  await send('DELETE', `/clients/${client_id}`, undefined, admin)
  await app.keys.rotate({ immediately: true, ip: from })
  secrets.push(String(app.keys.signer().privatePem.split('\n')[1]))
  for (const { passwordHash } of (await app.db.users.page('', 10)).rows) secrets.push(passwordHash)

  const rows = (await app.db.audit.next(before))?.rows ?? []
  t.strictSame(
    rows.filter(({ ip }) => ip !== from),
    []
  )
  const text = JSON.stringify(rows)
  t.strictSame(
    secrets.filter(word => word.length < 6 || word === 'undefined'),
    []
  )
  t.ok(secrets.length > 25, `${secrets.length} secrets`)
  // Only the last part makes it a token: the id of a session is not a secret.
  const parts = secrets.map(word => String(word.split('.').at(-1))).filter(part => part.length > 20)
  t.strictSame(
    [...secrets, ...parts].filter(word => text.includes(word)),
    []
  )
  const actions = rows.map(({ action }) => action)
  t.equal(actions.filter(action => action === 'session.ended').length, 6)
  t.strictSame(
    [...new Set(actions)].sort(),
    [
      ...['created', 'authentication_failed', 'deleted', 'secret_rotated', 'updated'].map(name => `client.${name}`),
      ...['login.failed', 'login.succeeded', 'session.ended', 'throttle.refused', 'key.rotated'],
      ...['token.refreshed', 'token.retried', 'token.reuse_detected', 'user.created', 'user.deleted'],
      ...['user.deletion_failed', 'user.disabled', 'user.enabled', 'user.password_change_failed'],
      ...['user.password_changed', 'user.password_reset_forced', 'user.password_reset_requested'],
      ...['user.scopes_changed', 'user.updated']
    ].sort()
  )
  await app.audit.seal()
  t.match(await app.audit.verify(), { unsealed: 0, broken: undefined })
})
