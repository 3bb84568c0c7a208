import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { sqliteDriver } from '../../src/store/engine/sqlite-driver.ts'
import { call, faultEnv, figures, logInAt, spread, startProgram, timeUntil } from '../../test/support/faults.ts'

const password = 'correct horse battery staple'
const locker = `
  import Database from '${sqliteDriver().name}'
  const db = new Database(process.argv[1])
  db.exec('BEGIN IMMEDIATE')
  process.send('locked')
  process.on('message', () => db.exec('ROLLBACK'))
  process.on('disconnect', () => process.exit())
`

/** Another process that holds the write lock of the file until `release` is called. */
async function lock(t: Test, path: string) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', locker, path], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child, 'message')
  return { release: () => child.send('release') }
}

async function startServer(t: Test) {
  const path = join(t.testdir(), 'test.db')
  const url = await startProgram(t, faultEnv({ DATABASE_URL: `sqlite:${path}` })).listens
  const register = (username: string) => call(`${url}/users`, { json: { username, password } })
  t.equal((await register('alice')).status, 201)
  const { access_token, refresh_token } = await logInAt(url, 'alice', password)
  /** Reads repeatedly until `isOver`, and records how long each read took. */
  const readUntil = async (isOver: () => boolean) => {
    const [took, statuses] = [[] as number[], new Set<number>()]
    while (!isOver()) {
      for (const [path, token] of [['/users/me', access_token], ['/readyz']] as const) {
        const { status, ms } = await call(`${url}${path}`, { token })
        statuses.add(status)
        took.push(ms)
      }
      await sleep(20)
    }
    t.same([...statuses], [200], 'every read was answered')
    return took
  }
  return { path, url, register, readUntil, refresh_token }
}

test('writes wait for another process, and reads do not', async t => {
  const { path, url, register, readUntil, refresh_token } = await startServer(t)
  const { release } = await lock(t, path)
  let written = 0
  const writes = [
    register('bob'),
    register('carol'),
    call(`${url}/token`, { form: { grant_type: 'password', username: 'alice', password } }),
    call(`${url}/token`, { form: { grant_type: 'refresh_token', refresh_token } })
  ]
  for (const write of writes) write.then(() => written++)
  // Far less than the five seconds that a write waits.
  const until = performance.now() + 500
  const took = await readUntil(() => performance.now() > until)
  t.equal(written, 0, 'every write waited meanwhile')
  release()
  const begun = performance.now()
  const answers = await Promise.all(writes)
  t.same(
    answers.map(({ status }) => status),
    [201, 201, 200, 200]
  )
  const recovery = `${Math.round(performance.now() - begun)} ms until the last write was done`
  figures(t, 'SQLite locked for less than 5 s', `4 writes, ${took.length} reads: ${spread(took)}`, 0, recovery)
})

test('a lock that is held too long is 503 with Retry-After, until it is released', async t => {
  const { path, url, register, readUntil, refresh_token } = await startServer(t)
  const { release } = await lock(t, path)
  const problem = {
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    code: 'temporarily_unavailable',
    detail: 'The database is unavailable. Try again in a moment.',
    instance: '/users'
  }
  let isOver = false
  const writes = Promise.all([
    register('bob'),
    call(`${url}/token`, { form: { grant_type: 'refresh_token', refresh_token } })
  ]).finally(() => {
    isOver = true
  })
  const took = await readUntil(() => isOver)
  const [registered, refreshed] = await writes
  t.same([registered.status, registered.json], [503, problem])
  t.same(
    [refreshed.status, refreshed.json],
    [503, { error: 'temporarily_unavailable', error_description: problem.detail }]
  )
  for (const { headers, ms } of [registered, refreshed]) {
    t.equal(headers.get('retry-after'), '1')
    t.ok(ms >= 4900, 'it waited five seconds')
  }
  release()
  const recovery = await timeUntil(async () => (await register('bob')).status === 201)
  t.equal(
    (await call(`${url}/token`, { form: { grant_type: 'refresh_token', refresh_token } })).status,
    200,
    'the refused refresh token still works'
  )
  const rounds = `2 writes → 503, ${took.length} reads: ${spread(took)}`
  figures(t, 'SQLite locked for more than 5 s', rounds, 0, `${Math.round(recovery)} ms`)
})
