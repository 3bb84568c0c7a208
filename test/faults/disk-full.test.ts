import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, rmdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { type Answer, call, faultEnv, figures, logIn, startProgram, timeUntil } from '../support/faults.ts'

const password = 'correct horse battery staple'
const newPassword = 'purple monkey dishwasher lamp'
// In CI nothing is skipped: there the tests run as root.
const skip = process.getuid?.() !== 0 && !process.env.CI && 'only root can mount a disk to fill'

/** A disk of 24 MB of the test's own, and a file that takes all that is left of it. */
function mountDisk(t: Test) {
  // Not the folder of the test, which tap removes while the disk is still mounted there.
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder])
  t.teardown(() => {
    execFileSync('umount', ['--lazy', folder])
    rmdirSync(folder)
  })
  const filler = join(folder, 'filler')
  return {
    path: join(folder, 'test.db'),
    fill(mostBytes = Number.POSITIVE_INFINITY) {
      const file = openSync(filler, 'a')
      try {
        for (let size = 4096, all = 0; all < mostBytes; all += size) writeSync(file, Buffer.alloc(size))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      } finally {
        closeSync(file)
      }
    },
    empty: () => rmSync(filler)
  }
}

const unavailable = {
  type: 'about:blank',
  title: 'Service Unavailable',
  status: 503,
  detail: 'The database cannot be reached or written now. Try again in a moment.'
}

function assertUnavailable(t: Test, answer: Answer, instance: string) {
  t.same([answer.status, answer.json], [503, { ...unavailable, instance }], instance)
  t.match(answer.headers.get('content-type'), /^application\/problem\+json/)
  t.equal(answer.headers.get('retry-after'), '1')
}

/** A server with the account alice, who is logged in, and what its clients do. */
async function startServer(t: Test, path: string) {
  const server = startProgram(t, faultEnv({ DATABASE_URL: `sqlite:${path}` }))
  const url = await server.listens
  let names = 0
  const actions = {
    register: (username = `user${++names}`) => call(`${url}/users`, { json: { username, password } }),
    tryPassword: (username: string, guess: string) =>
      call(`${url}/token`, { form: { grant_type: 'password', username, password: guess } }),
    refresh: (refresh_token: string) => call(`${url}/token`, { form: { grant_type: 'refresh_token', refresh_token } }),
    revoke: (token: string) => call(`${url}/revoke`, { form: { token } }),
    me: (token: string) => call(`${url}/users/me`, { token }),
    rename: (token: string) => call(`${url}/users/me`, { method: 'PATCH', json: { full_name: 'Alice' }, token }),
    changePassword: (token: string) =>
      call(`${url}/users/me/password`, {
        method: 'PUT',
        json: { current_password: password, new_password: newPassword },
        token
      }),
    /** Registers until there is no room for more; fails the test when there always is. */
    async registerUntilFull() {
      for (let tries = 0; tries < 5000; tries++) if ((await actions.register()).status === 503) return
      t.fail('the disk was never full')
    }
  }
  t.equal((await actions.register('alice')).status, 201)
  const alice = await logIn(url, 'alice', password)
  return { ...server, url, ...actions, alice }
}

/** Stops the server with a signal that lets it finish, and looks at the file that it leaves. */
async function assertWhole(t: Test, server: Awaited<ReturnType<typeof startServer>>, path: string) {
  server.child.kill('SIGTERM')
  t.same(await server.exit, [0, null])
  const db = openDatabase(path)
  t.equal(db.pragma('integrity_check', { simple: true }), 'ok')
  t.same(db.pragma('foreign_key_check'), [])
  db.close()
}

test('on a full disk, logging in and out goes on in the reserved space, and nothing else is written', {
  skip
}, async t => {
  const disk = mountDisk(t)
  const server = await startServer(t, disk.path)
  const { alice, register, tryPassword, refresh, revoke, me } = server
  t.equal((await register('mallory')).status, 201)
  disk.fill()
  await server.registerUntilFull()

  const rounds = 100
  let refreshToken = alice.refresh_token
  const statuses = new Map<string, number>()
  const note = (what: string, { status }: Answer) =>
    statuses.set(`${what} ${status}`, (statuses.get(`${what} ${status}`) ?? 0) + 1)
  for (let round = 0; round < rounds; round++) {
    const login = await tryPassword('alice', password)
    note('login', login)
    note('revocation', await revoke(String(login.json.refresh_token)))
    note('ended', await me(String(login.json.access_token)))
    note('registration', await register())
    const refreshed = await refresh(refreshToken)
    note('refresh', refreshed)
    refreshToken = String(refreshed.json.refresh_token)
    note('read', await me(alice.access_token))
  }
  t.same(Object.fromEntries(statuses), {
    'login 200': rounds,
    'revocation 200': rounds,
    'ended 401': rounds,
    'registration 503': rounds,
    'refresh 200': rounds,
    'read 200': rounds
  })
  assertUnavailable(t, await register(), '/users')
  assertUnavailable(t, await server.rename(alice.access_token), '/users/me')
  assertUnavailable(t, await server.changePassword(alice.access_token), '/users/me/password')
  t.equal((await tryPassword('alice', newPassword)).status, 400, 'the password is the old one')

  const guesses: number[] = []
  for (let guess = 0; guess < 20 && !guesses.includes(429); guess++)
    guesses.push((await tryPassword('mallory', 'a wrong password')).status)
  t.same(guesses.slice(0, 10), Array(10).fill(400), 'a wrong password is refused as ever')
  t.ok(guesses.includes(429), 'and whoever guesses has to wait')
  t.match(server.output(), /The disk is full: only logging in and out goes on/)
  t.notMatch(server.output(), /only in memory/, 'failures are counted in the database')

  disk.empty()
  const recovery = await timeUntil(async () => (await register()).status === 201)
  t.equal((await server.changePassword(alice.access_token)).status, 204)
  t.ok(existsSync(`${disk.path}-reserve`), 'the space is held back again')
  figures(t, 'disk full, with the reserve', `${rounds} × 6 requests`, 0, `${Math.round(recovery)} ms`)
  await assertWhole(t, server, disk.path)
})

test('without room for a reserve a full disk stops every write, and no read', { skip }, async t => {
  const disk = mountDisk(t)
  disk.fill(18 << 20)
  const server = await startServer(t, disk.path)
  const { alice, register, refresh, me } = server
  t.notOk(existsSync(`${disk.path}-reserve`))
  disk.fill()
  await server.registerUntilFull()
  // What is left of the last page that the log was given.
  let [token, used] = [alice.refresh_token, 0]
  for (let answer = await refresh(token); answer.status === 200; answer = await refresh(token), used++)
    token = String(answer.json.refresh_token)

  assertUnavailable(t, await register(), '/users')
  assertUnavailable(t, await server.changePassword(alice.access_token), '/users/me/password')
  const refused = await refresh(token)
  t.same(
    [refused.status, refused.json],
    [503, { error: 'temporarily_unavailable', error_description: unavailable.detail }]
  )
  t.equal((await me(alice.access_token)).status, 200)
  t.equal((await call(`${server.url}/readyz`)).status, 200)

  disk.empty()
  const recovery = await timeUntil(async () => (await register()).status === 201)
  t.equal((await refresh(token)).status, 200, 'the refresh token that could not be used is not used up')
  figures(t, 'disk full, without a reserve', `until all was 503 (${used} refreshes)`, 0, `${Math.round(recovery)} ms`)
  await assertWhole(t, server, disk.path)
})

test('a file at its size limit is 503 too, and does not end the process', async t => {
  const path = join(t.testdir(), 'test.db')
  const server = await startServer(t, path)
  const { alice, register, refresh, me } = server
  const limit = (size: number | 'unlimited') => {
    execFileSync('prlimit', ['--pid', String(server.child.pid), `--fsize=${size}:unlimited`])
  }
  limit(statSync(`${path}-wal`).size + 20_000)
  await server.registerUntilFull()
  assertUnavailable(t, await register(), '/users')
  assertUnavailable(t, await server.rename(alice.access_token), '/users/me')
  t.equal((await me(alice.access_token)).status, 200)
  const refused = await refresh(alice.refresh_token)
  t.ok([200, 503].includes(refused.status), 'the reserve is of no use here')

  limit('unlimited')
  const recovery = await timeUntil(async () => (await register()).status === 201)
  t.equal((await refresh(alice.refresh_token)).status, 200)
  t.equal(server.child.exitCode, null)
  figures(t, 'file-size limit (SIGXFSZ, EFBIG)', 'until all was 503', 0, `${Math.round(recovery)} ms`)
  await assertWhole(t, server, path)
})
