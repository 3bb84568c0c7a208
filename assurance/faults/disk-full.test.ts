import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { call, durability, faultEnv, logInAt, startProgram, timeUntil } from '../../test/support/faults.ts'
import { mountDisk } from '../support/disk.ts'

const password = 'correct horse battery staple'
// In CI nothing is skipped: the tests run as root there.
const skip = process.getuid?.() !== 0 && !process.env.CI && 'only root can mount a disk to fill'

/** A server with the accounts bob, mallory and alice, who is logged in, and the actions of its clients. */
async function startServer(t: Test, path: string) {
  const env = faultEnv({ DATABASE_URL: `sqlite:${path}` })
  const server = startProgram(t, env)
  const url = await server.listens
  const api = startProgram(t, env, [
    ...['clients', 'create', 'api', '--confidential', '--json'],
    ...['--grants', 'client_credentials', '--scopes', 'introspect']
  ])
  await api.exit
  const { client_id, client_secret } = JSON.parse(api.output())
  const acknowledged: string[] = []
  const counts = { refused: 0, longestMs: 0 }
  let last = performance.now()
  let names = 0
  async function register(username = `user${++names}`) {
    const answer = await call(`${url}/users`, { json: { username, password } })
    if (answer.status === 503) counts.refused++
    if (answer.status !== 201) return answer
    acknowledged.push(username)
    counts.longestMs = Math.max(counts.longestMs, performance.now() - last)
    last = performance.now()
    return answer
  }
  await register('alice')
  await register('bob')
  await register('mallory')
  let { access_token, refresh_token } = await logInAt(url, 'alice', password)
  const logInAs = (username: string, password: string) =>
    call(`${url}/token`, { form: { grant_type: 'password', username, password } })
  return {
    ...server,
    path,
    /** The names of the accounts whose registration was answered with 201. */
    acknowledged,
    counts,
    register,
    /** Enough at once that they share commits. */
    registerMany: () => Promise.all(Array.from({ length: 8 }, () => register())),
    logInAs,
    logIn: () => logInAs('bob', password),
    /** Uses the most recent refresh token. */
    async refresh() {
      const answer = await call(`${url}/token`, { form: { grant_type: 'refresh_token', refresh_token } })
      if (answer.status === 200) refresh_token = String(answer.json.refresh_token)
      return answer
    },
    introspect: (secret = client_secret) =>
      call(`${url}/introspect`, { form: { token: access_token, client_id, client_secret: secret } }),
    revoke: () => call(`${url}/revoke`, { form: { token: refresh_token } }),
    read: (path: string) => call(url + path, { token: access_token }),
    rename: () =>
      call(`${url}/users/me`, { method: 'PATCH', json: { full_name: `Alice ${++names}` }, token: access_token }),
    changePassword: () =>
      call(`${url}/users/me/password`, {
        method: 'PUT',
        json: { current_password: password, new_password: 'purple monkey dishwasher lamp' },
        token: access_token
      })
  }
}

type Server = Awaited<ReturnType<typeof startServer>>

const detail = 'The database is unavailable. Try again in a moment.'

/** Writes until no write fits, and asserts the server's answers then. */
async function assertFull(t: Test, server: Server) {
  while ((await server.registerMany()).some(({ status }) => status === 201));
  // A smaller write may still fit where a registration does not.
  for (const write of [server.logIn, server.refresh, server.rename]) {
    let tries = 0
    while ((await write()).status === 200 && tries < 1000) tries++
  }
  for (const write of ['register', 'rename', 'changePassword'] as const) {
    const { status, headers, json } = await server[write]()
    t.match([status, json], [503, { title: 'Service Unavailable', status: 503, detail }], write)
    t.match(headers.get('content-type'), /^application\/problem\+json/)
    t.equal(headers.get('retry-after'), '1')
  }
  for (const write of ['logIn', 'refresh', 'revoke'] as const) {
    const { status, headers, json } = await server[write]()
    t.same([status, json], [503, { error: 'temporarily_unavailable', error_description: detail }], write)
    t.equal(headers.get('retry-after'), '1')
  }
  // No attempt can be counted, so no password is checked: the answer says nothing about it.
  for (const [name, given] of [
    ['mallory', password],
    ['mallory', 'a wrong password'],
    ['nobody', password]
  ] as const) {
    const { status, json } = await server.logInAs(name, given)
    t.same([status, json], [503, { error: 'temporarily_unavailable', error_description: detail }], `${name}, ${given}`)
  }
  t.equal((await server.introspect('a wrong secret')).status, 503)
  t.match((await server.introspect()).json, { active: true }, 'a right secret is not counted')
  for (const path of ['/users/me', '/.well-known/jwks.json', '/readyz'])
    t.equal((await server.read(path)).status, 200, path)
}

/** Asserts that everything works within a second, then ends the server and finds exactly the acknowledged accounts. */
async function assertRecovers(t: Test, server: Server, fault: string) {
  await timeUntil(async () => (await server.register()).status === 201, 1000)
  t.equal((await server.logIn()).status, 200)
  t.equal((await server.refresh()).status, 200, 'the refused refresh token still works')
  t.equal((await server.changePassword()).status, 200)
  server.child.kill('SIGTERM')
  t.same(await server.exit, [0, null])
  const db = openDatabase(server.path)
  t.equal(db.pragma('integrity_check', { simple: true }), 'ok')
  t.same(db.pragma('foreign_key_check'), [])
  const names = db.prepare('SELECT username FROM users').pluck().all()
  t.same(names.toSorted(), server.acknowledged.toSorted())
  db.close()
  const lost = server.acknowledged.filter(name => !names.includes(name)).length
  durability(t, { fault, engine: 'SQLite', acknowledged: names.length, lost, ...server.counts })
}

test('A full disk refuses writes, not reads, until there is space', {
  skip
}, async t => {
  const disk = mountDisk(t, 24)
  const server = await startServer(t, disk.path)
  // Until SQLite has copied its log into the file: after that the log has space on a full disk, and the file has none.
  while (statSync(disk.path).size < 100_000) await server.registerMany()
  disk.fill()
  await assertFull(t, server)
  disk.free(1 << 20)
  await assertRecovers(t, server, 'disk full')
})

test('A file at its size limit refuses writes, not reads, until the limit is lifted', async t => {
  const server = await startServer(t, join(t.testdir(), 'test.db'))
  const limit = (size: number | 'unlimited') => {
    execFileSync('prlimit', ['--pid', String(server.child.pid), `--fsize=${size}:unlimited`])
  }
  limit(statSync(`${server.path}-wal`).size + 20_000)
  await assertFull(t, server)
  limit('unlimited')
  await assertRecovers(t, server, 'file-size limit (SIGXFSZ, EFBIG)')
})
