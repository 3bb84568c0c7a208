import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { loggerOptions, newRequestId } from '../../src/logging/logging.ts'

/** A Fastify with the server's logger, and its log lines without time, process and host. */
function createLogged(t: Test, logLevel = 'info') {
  const lines: Record<string, unknown>[] = []
  const write = (line: string) => {
    const { time: _, pid, hostname, ...rest } = JSON.parse(line)
    lines.push(rest)
  }
  const app = Fastify({
    genReqId: newRequestId,
    logger: { ...loggerOptions({ logLevel }, { isTerminal: false }), stream: { write } }
  })
  t.teardown(() => app.close())
  return { app, lines }
}

t.test('A request is logged with method, path and address, without query and headers', async t => {
  const { app, lines } = createLogged(t)
  app.get('/users/me', async () => 'me')
  const headers = { authorization: 'Bearer hunter2', cookie: 'session=hunter2' }
  await app.inject({ url: '/users/me?access_token=hunter2', headers })
  const reqId = lines[0]?.reqId
  t.strictSame(lines[0], {
    level: 30,
    reqId,
    req: { method: 'GET', path: '/users/me', ip: '127.0.0.1' },
    msg: 'incoming request'
  })
  t.match(lines[1], { level: 30, reqId, res: { statusCode: 200 }, msg: 'request completed' })
  t.equal(lines.length, 2)
})

t.test('A long path is cut, so that a stranger cannot fill the disk', async t => {
  const { app, lines } = createLogged(t)
  const path = `/${'x'.repeat(255)}`
  await app.inject(`${path}${'y'.repeat(8000)}`)
  t.match(lines[0], { req: { path } })
  t.ok(JSON.stringify(lines[0]).length < 400)
})

t.test('A request in absolute form, or with a fragment, is logged with its path alone', t => {
  const { req } = loggerOptions({ logLevel: 'info' }, { isTerminal: false }).serializers
  const pathOf = (url: string) => req({ method: 'GET', url, ip: '192.0.2.7' }).path
  t.equal(pathOf('http://user:hunter2@example.com/users/me?token=hunter2'), '/users/me')
  t.equal(pathOf('/console/#setup=hunter2'), '/console/')
  t.equal(pathOf('/verify?next=/a#b'), '/verify')
  t.equal(pathOf('*'), '*')
  t.end()
})

const names = [
  ...['authorization', 'proxy-authorization', 'cookie', 'set-cookie'],
  ...['password', 'current_password', 'new_password', 'passwordHash', 'password_hash'],
  ...['token', 'access_token', 'refresh_token', 'subject_token', 'accessToken', 'refreshToken'],
  ...['otp', 'recovery_code', 'email_code', 'auth_session', 'code_verifier'],
  ...['secret', 'secondSecret', 'client_secret', 'clientSecret', 'databaseUrl', 'migrationDatabaseUrl', 'smtpUrl']
]
const filled = (value: string) => Object.fromEntries(names.map(name => [name, value]))

t.test('Members named like a secret are redacted anywhere in a log line', async t => {
  const { app, lines } = createLogged(t)
  const places = (members: object) => ({
    ...members,
    headers: { ...members, host: 'auth.example.com' },
    body: { ...members, username: 'alice' },
    form: members,
    query: members,
    config: { ...members, issuer: 'https://auth.example.com' }
  })
  const given = places(filled('hunter2'))
  app.log.warn({ ...given }, 'all of it')
  t.strictSame(lines, [{ level: 40, ...places(filled('[redacted]')), msg: 'all of it' }])
  t.strictSame(given, places(filled('hunter2')), 'the logged object is unchanged')
})

t.test('secret members of an error are redacted to a depth of three, and other members are kept', async t => {
  const { app, lines } = createLogged(t)
  const members = (value: string) => ({ ...filled(value), code: 'E', inner: { ...filled(value), deep: filled(value) } })
  const error = Object.assign(new TypeError('it broke'), members('hunter2'))
  app.log.error({ err: error }, 'the request failed')
  t.strictSame(lines, [
    {
      level: 50,
      err: { type: 'TypeError', message: 'it broke', stack: error.stack, ...members('[redacted]') },
      msg: 'the request failed'
    }
  ])
  t.strictSame({ ...error }, members('hunter2'), 'the logged object is unchanged')
})

t.test('Events below LOG_LEVEL are not logged', async t => {
  const { app, lines } = createLogged(t, 'warn')
  app.log.info('quiet')
  app.log.warn('loud')
  t.strictSame(lines, [{ level: 40, msg: 'loud' }])
})

t.test("A request id is new and random, and the client's own is ignored", async t => {
  const { app, lines } = createLogged(t)
  app.get('/id', async request => request.id)
  const ids = new Set<string>()
  for (const header of ['x-request-id', 'request-id', 'x-correlation-id']) {
    ids.add((await app.inject({ url: '/id', headers: { [header]: 'forged' } })).body)
  }
  t.equal(ids.size, 3)
  for (const id of ids) {
    t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    t.equal(lines.filter(({ reqId }) => reqId === id).length, 2)
  }
})
