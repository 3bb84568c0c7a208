import { mock } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import errors from '../../plugins/http/errors.ts'
import outage from '../../plugins/outage.ts'
import { StoreError } from '../../src/store/errors.ts'
import { createApp, createUser } from '../support/app.ts'
import { databaseUrl } from '../support/engines.ts'
import { pgTest } from '../support/pg-test.ts'
import { bareFastify } from '../support/plugins.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'

const away = () =>
  new StoreError('unavailable', 'Cannot connect to PostgreSQL at 127.0.0.1:4398 (ECONNREFUSED)', 'ECONNREFUSED')

/** Lets everything run that can run now. */
const settle = () => new Promise(resolve => setImmediate(resolve))

/** A bare server whose database fails with `error` until the test says otherwise, with a route that needs it. */
async function createWorld(t: Test, { error = away(), db = {} } = {}) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const { app, log } = bareFastify(t)
  let isAway = true
  const ping = async () => {
    if (isAway) throw error
  }
  app.decorate('db', { ping, ...db } as never)
  await app.register(outage)
  await app.register(errors)
  app.get('/', ping)
  const lines = () =>
    log
      .map(line => JSON.parse(line))
      .filter(({ msg }) => !/^(incoming request|request completed)$/.test(msg))
      .map(({ level, msg, err }) => ({ level, msg, ...(err && { err }) }))
  return {
    app,
    lines,
    comesBack: () => {
      isAway = false
    },
    async pass(seconds: number) {
      mock.timers.tick(seconds * 1000)
      await settle()
      await settle()
    }
  }
}

const start = 'Cannot connect to PostgreSQL at 127.0.0.1:4398 (ECONNREFUSED).'

t.test('An outage is one line at once, one each five seconds, and one at its end, without stacks', async t => {
  const { app, lines, comesBack, pass } = await createWorld(t)
  for (let n = 0; n < 20; n++) t.equal((await app.inject('/')).statusCode, 503)
  t.strictSame(lines(), [{ level: 50, msg: `${start} Requests that need the database get 503.` }])
  await pass(4)
  t.equal(lines().length, 1)
  await pass(1)
  t.strictSame(lines().slice(1), [{ level: 50, msg: `${start} 20 requests were refused.` }])
  await app.inject('/')
  await pass(5)
  t.strictSame(lines().slice(2), [{ level: 50, msg: `${start} 1 request was refused.` }])
  comesBack()
  await pass(5)
  t.strictSame(lines().slice(3), [{ level: 30, msg: 'PostgreSQL is back. 0 requests were refused.' }])
  await pass(60)
  t.equal(lines().length, 4)
})

t.test('Writes that SQLite refuses share a line in five seconds, until it refuses none', async t => {
  const { app, lines, comesBack, pass } = await createWorld(t, {
    error: new StoreError('unavailable', 'Database error: database or disk is full (SQLITE_FULL)', 'SQLITE_FULL'),
    // A full disk does not prevent reads.
    db: { dialect: 'sqlite', ping: async () => {} }
  })
  const full = 'Database error: database or disk is full (SQLITE_FULL).'
  for (let n = 0; n < 20; n++) t.equal((await app.inject('/')).statusCode, 503)
  t.strictSame(lines(), [{ level: 50, msg: `${full} Writes that it refuses get 503.` }])
  await pass(5)
  t.strictSame(lines().slice(1), [{ level: 50, msg: `${full} 20 requests were refused.` }])
  await app.inject('/')
  await pass(5)
  t.strictSame(lines().slice(2), [{ level: 50, msg: `${full} 1 request was refused.` }])
  comesBack()
  t.equal((await app.inject('/')).statusCode, 200)
  await pass(5)
  t.strictSame(lines().slice(3), [{ level: 30, msg: 'SQLite has refused nothing for five seconds.' }])
  await pass(60)
  t.equal(lines().length, 4)
})

t.test('The next outage is logged again, and one that has not ended stops with the server', async t => {
  const { app, lines, comesBack, pass } = await createWorld(t)
  await app.inject('/')
  comesBack()
  await pass(5)
  t.equal(app.isOutage(away()), true)
  t.match(lines(), [{ level: 50 }, { level: 30 }, { level: 50 }])
  await app.close()
  await pass(60)
  t.equal(lines().length, 3)
})

t.test('Only errors about the whole server are an outage', async t => {
  const { app, lines } = await createWorld(t)
  for (const error of [
    new StoreError('failed', 'damaged', 'SQLITE_CORRUPT'),
    new StoreError('unavailable', 'deadlock', '40P01'),
    new StoreError('unavailable', 'disk full', '53100'),
    new StoreError('failed', 'syntax', '42601'),
    Object.assign(new Error('of another server'), { code: 'ECONNREFUSED' }),
    undefined
  ])
    t.equal(app.isOutage(error, 'request'), false, String(error))
  t.strictSame(lines(), [])
  for (const code of [
    'SQLITE_FULL',
    'SQLITE_IOERR_WRITE',
    'SQLITE_BUSY',
    'SQLITE_READONLY',
    'ECONNREFUSED',
    'ENOTFOUND',
    '57P01',
    '57P03',
    '25006',
    '08006',
    ''
  ])
    t.equal(app.isOutage(new StoreError('unavailable', 'away', code)), true, code)
})

pgTest('While PostgreSQL is away, requests, background tasks and lost connections share one line', async t => {
  const { url, open, cut } = await createTcpProxy(t, await databaseUrl(t, 'postgres'))
  await open()
  const lines: { level: number; msg: string; err?: unknown }[] = []
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const { app } = await createApp(t, { databaseUrl: url, logLevel: 'info' }, { logger: { stream } })
  await createUser(app)
  await app.beginServing()
  const events = () => lines.filter(({ msg }) => !/^(incoming request|request completed|SMTP_URL)/.test(msg))
  t.strictSame(events(), [])
  cut()
  for (let n = 0; n < 3; n++) t.equal((await app.inject('/readyz')).statusCode, 503)
  for (let n = 0; n < 3; n++) await t.rejects(app.audit.seal())
  await sleep(200)
  t.match(events(), [{ level: 50, msg: /^[^.]*PostgreSQL[^.]*|^Database error/ }])
  t.equal(events().length, 1)
  await open()
  while (events().length < 2) await sleep(50)
  t.match(events()[1], { level: 30, msg: /^PostgreSQL is back\. [3-9] requests were refused\.$/ })
  t.equal((await app.inject('/readyz')).statusCode, 200)
  for (const line of events()) t.equal(line.err, undefined)
})
