import t from 'tap'
import { StoreError } from '../../src/store/errors.ts'
import { bearer, createApp, createUser, logIn, password } from '../support/app.ts'
import { databaseUrl } from '../support/engines.ts'
import { pgTest } from '../support/pg-test.ts'
import { assertProblem } from '../support/problem.ts'
import { execute } from '../support/store.ts'

t.test('/livez and /readyz are 200 while process and database respond', async t => {
  const { app } = await createApp(t, {})
  for (const url of ['/livez', '/readyz']) {
    const answer = await app.inject(url)
    t.equal(answer.statusCode, 200)
    t.equal(answer.headers['cache-control'], 'no-store')
    t.strictSame(answer.json(), { status: 'ok' })
    const head = await app.inject({ method: 'HEAD', url })
    t.equal(head.statusCode, 200)
    t.equal(head.body, '')
  }
})

const unavailable = { detail: 'The database is unavailable. Try again in a moment.' }

pgTest('/readyz and writes are 503 while PostgreSQL is read-only, and reads continue (SQLSTATE 25006)', async t => {
  const { app, config } = await createApp(t, { databaseUrl: await databaseUrl(t, 'postgres') })
  await createUser(app)
  const { access_token: token } = await logIn(app)
  const name = new URL(config.databaseUrl).pathname.slice(1)

  /** Changes the setting for new connections, and closes the connections of the app. */
  async function setReadOnly(value: 'on' | 'off') {
    const server = String(process.env.TEST_POSTGRES_URL)
    await execute(server, `ALTER DATABASE ${name} SET default_transaction_read_only = ${value}`)
    await execute(server, `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${name}'`)
  }

  await setReadOnly('on')
  assertProblem(t, await app.inject('/readyz'), 503, '/readyz', unavailable)
  const account = { method: 'POST', url: '/users', payload: { username: 'bob', password } } as const
  assertProblem(t, await app.inject(account), 503, '/users', unavailable)
  t.equal((await app.inject({ url: '/users/me', headers: bearer(token) })).statusCode, 200)
  await setReadOnly('off')
  t.equal((await app.inject('/readyz')).statusCode, 200)
  t.equal((await app.inject(account)).statusCode, 201)
})

t.test('/readyz is 503 while SQLite cannot be read, and /livez is 200', async t => {
  const { app } = await createApp(t)
  for (const error of [
    new StoreError('unavailable', 'Database error: disk I/O error (SQLITE_IOERR)', 'SQLITE_IOERR'),
    new StoreError('failed', 'Database error: database disk image is malformed (SQLITE_CORRUPT)', 'SQLITE_CORRUPT')
  ]) {
    app.db.ping = () => Promise.reject(error)
    t.equal((await app.inject('/livez')).statusCode, 200)
    const answer = await app.inject('/readyz')
    assertProblem(t, answer, 503, '/readyz', unavailable)
    t.equal(answer.headers['retry-after'], '1')
  }
})
