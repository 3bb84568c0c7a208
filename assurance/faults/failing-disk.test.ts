import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { childrenOf } from '../../test/support/children.ts'
import { type Answer, call, durability, faultEnv, logInAt, startProgram, timeUntil } from '../../test/support/faults.ts'
import { skipWithoutProgram } from '../support/debian.ts'
import { failSyncs } from '../support/failing-syncs.ts'

const password = 'correct horse battery staple'
const clients = 8
/** Longer than the grace of a refresh token that was replaced. */
const failureMs = 6000

for (const workers of [1, 2]) {
  test(`While the disk refuses syncs, what is answered with 503 has not happened, WORKERS=${workers}`, {
    skip: skipWithoutProgram('strace')
  }, async t => {
    const path = join(t.testdir(), 'test.db')
    const env = faultEnv({ DATABASE_URL: `sqlite:${path}`, WORKERS: `${workers}`, REFRESH_GRACE: '3' })
    const server = startProgram(t, env)
    const url = await server.listens
    const pid = Number(server.child.pid)
    const register = (username: string) => call(`${url}/users`, { json: { username, password } })
    const refresh = (refresh_token: string) =>
      call(`${url}/token`, { form: { grant_type: 'refresh_token', refresh_token } })

    let isOver = false
    let refused = 0
    let [lastWrite, longestMs] = [performance.now(), 0]
    const acknowledged = new Set<string>()
    const unexpected: string[] = []
    function note(answer: Answer, success: number) {
      if (answer.status === 503) refused++
      else if (answer.status !== success) unexpected.push(`${answer.status} ${answer.text}`)
      if (answer.status !== success) return false
      longestMs = Math.max(longestMs, performance.now() - lastWrite)
      lastWrite = performance.now()
      return true
    }
    /** Registers accounts, each name until it is acknowledged, and refreshes with the newest token that it has. */
    async function work(client: number, token: string) {
      let refresh_token = token
      for (let turn = 0; !isOver; ) {
        const name = `user-${client}-${turn}`
        if (note(await register(name), 201)) {
          acknowledged.add(name)
          turn++
        }
        const answer = await refresh(refresh_token)
        if (note(answer, 200)) refresh_token = String(answer.json.refresh_token)
        await sleep(5)
      }
      return refresh_token
    }

    const newest: string[] = []
    for (let client = 0; client < clients; client++) {
      await register(`client-${client}`)
      newest.push((await logInAt(url, `client-${client}`, password)).refresh_token)
    }
    const working = Promise.all(newest.map((token, client) => work(client, token)))
    // If a check below fails, the server ends before its clients: that check is to be reported, not theirs.
    working.catch(() => {})
    t.teardown(() => {
      if (!isOver) t.comment(server.output())
    })
    await sleep(1000)
    const heal = await failSyncs(t, workers === 1 ? [pid] : childrenOf(pid))
    await timeUntil(async () => (await call(`${url}/readyz`)).status === 503)
    // The clients may all wait for what they have sent first.
    t.notOk(note(await register('late'), 201))
    t.ok(refused > 0, 'a later write is refused')
    // A sync that began before may still succeed.
    await sleep(1000)
    const before = acknowledged.size
    await sleep(failureMs)
    t.equal((await call(`${url}/livez`)).status, 200)
    t.equal(acknowledged.size, before, 'nothing is acknowledged')
    await heal()
    await timeUntil(async () => (await call(`${url}/readyz`)).status === 200)
    // 409 would mean that the refused account existed.
    await timeUntil(async () => note(await register('late'), 201))
    await sleep(1000)
    isOver = true
    const tokens = await working

    t.strictSame(unexpected, [], 'a retry of what was answered with 503 succeeds')
    t.ok(acknowledged.size > before)
    for (const token of tokens) t.equal((await refresh(token)).status, 200, 'no login has ended')
    server.child.kill('SIGTERM')
    t.strictSame(await server.exit, [0, null])
    t.match(server.output(), /Writes are refused until the disk takes them/)
    const db = openDatabase(path)
    const names = new Set(db.prepare('SELECT username FROM users').pluck().all())
    t.equal(db.pragma('integrity_check', { simple: true }), 'ok')
    db.close()
    durability(t, {
      fault: 'the disk refuses syncs for 6 s',
      engine: workers === 1 ? 'SQLite' : 'SQLite, two workers',
      acknowledged: acknowledged.size,
      lost: [...acknowledged].filter(name => !names.has(name)).length,
      refused,
      longestMs
    })
  })
}
