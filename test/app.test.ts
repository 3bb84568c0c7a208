import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { build } from '../src/app.ts'
import { noPreparation } from '../src/auth/hashing/hash-turn.ts'
import { createApp, createUser, metricOf, password, postForm, testConfig, withMetrics } from './support/app.ts'
import { assertProblem } from './support/problem.ts'

t.test('A failed start closes everything it opened and reports the reason', async t => {
  const { config } = await createApp(t)
  await t.rejects(build({ config: { ...config, secret: 'another secret, which is as long as it must be' } }), {
    name: 'ConfigError',
    message: /SECRET does not match this database/
  })
})

t.test('An unreadable URL is a 400 in the form of every other error (RFC 9457)', async t => {
  const { app } = await createApp(t)
  const answer = await app.inject('/%zz?password=secret')
  t.equal(answer.statusCode, 400)
  t.match(answer.headers['content-type'], /^application\/problem\+json/)
  t.match(answer.json(), { type: 'about:blank', title: 'Bad Request', status: 400, instance: '/%25zz' })
  t.notMatch(answer.body, 'secret')
})

t.test('A path that is too long is a 414 that does not repeat it, with the usual headers', async t => {
  const { app } = await createApp(t)
  const answer = await app.inject({ method: 'DELETE', url: `/users/me/sessions/${'x'.repeat(101)}` })
  assertProblem(t, answer, 414, `/users/me/sessions/${'x'.repeat(101)}`, {
    detail: 'A path parameter is longer than 100 characters.'
  })
  t.equal(answer.headers['x-content-type-options'], 'nosniff')
})

t.test('The log contains the path of a request without its query', async t => {
  const lines: string[] = []
  const app = await build(
    { config: testConfig({ databaseUrl: 'sqlite::memory:', logLevel: 'info' }) },
    { logger: { stream: { write: (line: string) => void lines.push(line) } } as never }
  )
  t.teardown(() => app.close())
  await app.inject('/users/me?access_token=hunter2')
  const incoming = lines.map(line => JSON.parse(line)).find(({ req }) => req)
  t.strictSame(incoming.req, { method: 'GET', path: '/users/me', ip: '127.0.0.1' })
  t.notMatch(lines.join(''), 'hunter2')
})

t.test('The server hashes no password for clients that have disconnected, and counts no attempt of theirs', async t => {
  const { app } = await createApp(t, { ...withMetrics, hashConcurrency: 1 })
  await createUser(app)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const metric = (name: string) => metricOf(app, name)
  const until = async (name: string, pattern: RegExp) => {
    while (!pattern.test(await metric(name))) await new Promise(resolve => setImmediate(resolve))
  }
  const form = new URLSearchParams({ grant_type: 'password', username: 'alice', password }).toString()
  // More than may fail without a wait.
  for (let n = 1; n <= 12; n++) {
    // Holds the only turn.
    const turn = await app.passwords.takeTurn({}, noPreparation)
    const socket = connect(port, '127.0.0.1')
    socket.write(
      `POST /token HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n${form}`
    )
    await until('sallyport_hash_waiting', /^sallyport_hash_waiting 1$/m)
    socket.destroy()
    await until('sallyport_hash_shed_total', RegExp(`\\{reason="disconnected"\\} ${n}$`, 'm'))
    t.match(await metric('sallyport_hash_waiting'), /^sallyport_hash_waiting 0$/m)
    turn.end()
  }
  t.match(
    await metric('sallyport_hash_wait_seconds'),
    /^sallyport_hash_wait_seconds_count 13$/m,
    'one for the new account and twelve for takeTurn'
  )
  const right = await postForm(app, '/token', { grant_type: 'password', username: 'alice', password })
  t.equal(right.statusCode, 200)
})

t.test('A new server has no accounts and no registered clients (ASVS 6.3.2)', async t => {
  const { app } = await createApp(t)
  await app.ready()
  t.strictSame(await app.db.users.page('', 10), { rows: [] })
  t.strictSame(await app.db.clients.page('', 10), { rows: [] })
})
