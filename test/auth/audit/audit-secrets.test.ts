import t from 'tap'
import { basic, bearer, createApp, logIn, postForm } from '../../support/app.ts'
import { stranger } from '../../support/guess.ts'

/** Words that must not appear in any event, each from a different flow. */
const passwords = {
  first: 'first-secret-of-hers-Ω-0123',
  second: 'second-secret-of-hers-0123',
  wrong: 'wrong-secret-of-hers-0123',
  refused: 'sEcr3t'
}

t.test('no password, token or client secret is in the audit trail (OWASP ASVS 16.2.5)', async t => {
  const { app, clock, config } = await createApp(t, {})
  const secrets: string[] = Object.values(passwords)
  const say = (secret: unknown) => void secrets.push(String(secret))
  const json = (method: 'POST' | 'PUT' | 'PATCH', url: string, payload: object, token?: string) =>
    app.inject({ method, url, payload, headers: token ? bearer(token) : {} })

  // Accounts: created, refused, logged in to, and with a password in place of a name.
  await json('POST', '/users', { username: 'alice', password: passwords.first })
  await json('POST', '/users', { username: 'bob', password: passwords.refused })
  await logIn(app, { password: passwords.wrong })
  await logIn(app, { username: passwords.first, password: passwords.first })
  const tokens = await logIn(app, { password: passwords.first })
  say(tokens.access_token)
  say(tokens.refresh_token)
  const change = { current_password: passwords.wrong, new_password: passwords.second }
  await json('PUT', '/users/me/password', change, tokens.access_token)
  const right = { ...change, current_password: passwords.first }
  const next = (await json('PUT', '/users/me/password', right, tokens.access_token)).json()
  say(next.access_token)
  say(next.refresh_token)
  await json('PATCH', '/users/me', { email: 'alice@example.com', full_name: 'Alice' }, next.access_token)

  // Tokens: refreshed, retried, reused, revoked, and forged.
  const refresh = (refresh_token: string) =>
    postForm(app, '/token', { grant_type: 'refresh_token', refresh_token }, {}, stranger)
  say((await refresh(next.refresh_token)).json().refresh_token)
  await refresh(next.refresh_token)
  clock.advance(config.refreshGrace + 1)
  await refresh(next.refresh_token)
  const later = await logIn(app, { password: passwords.second })
  for (const token of [later.access_token, later.refresh_token]) {
    say(token)
    await postForm(app, '/revoke', { token })
  }
  await app.inject({ url: '/users/me', headers: bearer(later.access_token) })

  // Clients: created, authenticated in each way, with the secret in place of the id, rotated.
  const grants = ['password', 'client_credentials']
  const made = await app.clientAdmin.create({
    name: 'reports',
    confidential: true,
    grants,
    scopes: ['me', 'introspect']
  })
  const rotated = await app.clientAdmin.rotateSecret('reports')
  const [old, secret] = [String(made.secret), rotated.secret]
  say(old)
  say(secret)
  const grant = { grant_type: 'client_credentials', token: later.access_token }
  for (const url of ['/token', '/revoke', '/introspect']) {
    for (const given of [old, secret]) {
      const { body } = await postForm(app, url, grant, basic(made.client.id, given))
      const [, token] = /"access_token":"([^"]+)"/.exec(body) ?? []
      if (token) say(token)
      await postForm(app, url, { ...grant, client_id: made.client.id, client_secret: given })
      await postForm(app, url, grant, basic(given, 'x'))
      await postForm(app, url, { ...grant, client_id: given })
    }
    await postForm(app, url, grant, bearer(later.access_token))
  }

  // Throttling, and keys.
  for (let i = 0; i < 12; i++) await logIn(app, { password: passwords.wrong })
  await app.keys.rotate({ immediately: true })
  say(app.keys.signer().privatePem.split('\n')[1])
  for (const { passwordHash } of (await app.db.users.page('', 10)).rows) say(passwordHash)

  const rows = (await app.db.audit.next(0))?.rows ?? []
  const text = JSON.stringify(rows)
  t.ok(
    secrets.every(word => word.length > 5 && word !== 'undefined'),
    `${secrets.length} secrets`
  )
  for (const word of secrets) {
    t.notOk(text.includes(word), word)
    // Only the last part makes it a token: the id of a session is not a secret.
    const key = String(word.split('.').at(-1))
    t.notOk(key.length > 20 && text.includes(key), `the end of ${word}`)
  }
  const actions = new Set(rows.map(({ action }) => action))
  for (const action of [
    'user.created',
    'user.updated',
    'user.password_changed',
    'user.password_change_failed',
    'login.succeeded',
    'login.failed',
    'token.refreshed',
    'token.retried',
    'token.reuse_detected',
    'session.ended',
    'client.created',
    'client.secret_rotated',
    'client.authentication_failed',
    'throttle.refused',
    'key.rotated'
  ])
    t.ok(actions.has(action), `${action} was checked`)
  await app.audit.seal()
  t.match(await app.audit.verify(), { events: rows.length, unsealed: 0, broken: undefined })
})
