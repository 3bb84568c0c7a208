import { type Test, test } from 'tap'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { basic, bearer, password } from '../support/app.ts'
import { built } from '../support/built.ts'
import { cliEnv, createCli } from '../support/cli.ts'
import { startCli } from '../support/cli-process.ts'

const secret = 'SECRET-of-the-tests-that-no-log-may-contain'
const newPassword = 'incorrect horse battery staple'
const wrongPassword = 'a wrong guess, and nearly right'

interface Tokens {
  access_token: string
  refresh_token: string
}

/** A server with LOG_LEVEL=trace, and functions that send requests; `end` stops it and resolves to its output. */
async function startServer(t: Test) {
  const env: Record<string, string> = { ...cliEnv(t.testdir()), SECRET: secret, LOG_LEVEL: 'trace' }
  const { sallyport } = createCli(t, env)
  await sallyport(['migrate'])
  const { client_id, client_secret } = JSON.parse(
    (
      await sallyport([
        ...['clients', 'create', 'reports', '--confidential', '--json'],
        ...['--grants', 'password,refresh_token,client_credentials', '--scopes', 'me,introspect']
      ])
    ).out
  )
  const server = startCli(t, ['serve'], env, { command: built })
  const url = await server.out.until(/Sallyport listens on ([^\s"]+)/)
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, {
      method,
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body ? { body: JSON.stringify(body) } : {})
    })
  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, { method: 'POST', body: new URLSearchParams(form), headers })
  const end = async () => {
    server.child.kill('SIGTERM')
    t.same(await server.exit, [0, null])
    return server.out.text() + (await server.err)
  }
  return { client: { id: client_id, secret: client_secret }, database: env.DATABASE_URL?.slice(7), send, post, end }
}

test('No secret is logged, by successful or failing requests', async t => {
  const { client, database, send, post, end } = await startServer(t)
  const grant = { grant_type: 'password', username: 'alice', password }
  const noted = async (expected: number, answer: Promise<Response>) => {
    const { status, url } = await answer
    t.equal(status, expected, url)
  }

  await noted(201, send('POST', '/users', { username: 'alice', password, email: 'alice@example.com' }))
  await noted(409, send('POST', '/users', { username: 'alice', password }))
  await noted(400, send('POST', '/users', { username: 'bob', password: 'too short', extra: password }))
  await noted(400, post('/token', { ...grant, password: wrongPassword }))
  await noted(400, post('/token', { ...grant, username: 'mallory' }))
  const tokens = (await (await post('/token', grant)).json()) as Tokens
  const rotated = (await (
    await post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
  ).json()) as Tokens
  t.ok(rotated.access_token)
  await noted(200, send('GET', '/users/me', undefined, bearer(tokens.access_token)))
  await noted(401, send('GET', '/users/me', undefined, bearer(`${tokens.access_token}x`)))
  await noted(400, send('GET', '/users/me', undefined, { authorization: `Bearer  ${tokens.access_token} x` }))
  await noted(404, send('GET', `/nothing?access_token=${tokens.access_token}&password=${encodeURIComponent(password)}`))
  await noted(400, post(`/token?${new URLSearchParams(grant)}`, grant))

  await noted(200, post('/token', { grant_type: 'client_credentials' }, basic(client.id, client.secret)))
  await noted(200, post('/token', { ...grant, client_id: client.id, client_secret: client.secret }))
  await noted(401, post('/token', { ...grant, client_id: client.id, client_secret: `${client.secret}x` }))
  await noted(401, post('/token', grant, { authorization: `Basic ${client.secret}` }))
  await noted(200, post('/introspect', { token: rotated.access_token }, basic(client.id, client.secret)))
  const passwords = { current_password: password, new_password: newPassword }
  const change = await send('PUT', '/users/me/password', passwords, bearer(rotated.access_token))
  t.ok(change.status < 500)
  await noted(200, post('/revoke', { token: rotated.refresh_token }))

  const db = openDatabase(String(database))
  const hashes = db.prepare('SELECT password_hash FROM users').pluck().all() as string[]
  const sealed = db.prepare('SELECT private_sealed FROM keys').pluck().all() as string[]
  const clientHashes = db.prepare('SELECT secret_hash FROM clients').pluck().all() as string[]
  // From here on every insert fails with a driver error that contains the parameters of the statement.
  db.exec(`CREATE TRIGGER broken BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'broken'); END`)
  db.exec(`CREATE TRIGGER stuck BEFORE INSERT ON sessions BEGIN SELECT RAISE(ABORT, 'stuck'); END`)
  db.close()
  await noted(500, send('POST', '/users', { username: 'carol', password: `${password}!` }))
  await noted(500, post('/token', { ...grant, password: change.ok ? newPassword : password }))

  const log = await end()
  t.match(log, /"level":50.*"msg":"the request failed"/, 'failures are logged')
  t.match(log, /"path":"\/token"/, 'requests are logged')
  const secrets = {
    secret,
    password,
    wrongPassword,
    newPassword,
    'password, encoded': encodeURIComponent(password),
    'password, form-encoded': 'correct+horse',
    'access token': tokens.access_token,
    'second access token': rotated.access_token,
    'signature of an access token': tokens.access_token.split('.')[2],
    'refresh token': tokens.refresh_token,
    'second refresh token': rotated.refresh_token,
    'signature of a refresh token': tokens.refresh_token.split('.')[2],
    'client secret': client.secret,
    'Basic credentials': basic(client.id, client.secret).authorization.slice(6),
    'a hash of a password': 'bcrypt-sha256',
    'another hash': '$2b$',
    'a private key': 'PRIVATE KEY',
    ...Object.fromEntries([...hashes, ...sealed, ...clientHashes].map((value, index) => [`column ${index}`, value]))
  }
  for (const [name, value] of Object.entries(secrets)) {
    t.ok(value, name)
    t.notOk(log.includes(String(value)), `${name} is not in the log`)
  }
})
