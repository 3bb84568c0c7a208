import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { databaseUrl } from '../../test/support/engines.ts'
import {
  call,
  createRandom,
  faultEnv,
  figures,
  logInAt,
  type Program,
  spread,
  startProgram
} from '../../test/support/faults.ts'
import { createTcpProxy } from '../../test/support/tcp-proxy.ts'

const password = 'correct horse battery staple'
const rounds = 10
/** What a write of the healthy node may take longer than the slowest one before the fault, in milliseconds. */
const toleratedMs = 500

/** Two nodes on one PostgreSQL. `first` gets the fault, and `load` measures the writes of the second. */
async function startPair(t: Test, firstUrl: (url: string) => Promise<string> = async url => url) {
  const url = await databaseUrl(t, 'postgres')
  const settings = { LOG_LEVEL: 'silent' }
  const second = startProgram(t, faultEnv({ DATABASE_URL: url, ...settings }))
  await second.listens
  const migrated = { DATABASE_URL: await firstUrl(url), ...settings }
  const first = startProgram(t, faultEnv(migrated))
  await first.listens

  /**
   * Refreshes, logs in and registers at `node` until `isOver`, which gets the number of answers. Resolves to the statuses
   * and durations of all answers.
   */
  async function load(node: Program, name: string, isOver: (answers: number) => boolean) {
    const base = await node.listens
    const [statuses, took] = [new Map<number, number>(), [] as number[]]
    const record = ({ status, ms }: { status: number; ms: number }) => {
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      took.push(ms)
    }
    await Promise.all(
      Array.from({ length: 4 }, async (_, client) => {
        const username = `${name}-${client}`
        // The logins of the load have an account of their own: beyond the limit, each ends the oldest of its account.
        const another = `${username}-too`
        for (const each of [username, another]) await call(`${base}/users`, { json: { username: each, password } })
        let { refresh_token } = await logInAt(base, username, password)
        for (let turn = 0; !isOver(took.length); turn++) {
          const refreshed = await call(`${base}/token`, { form: { grant_type: 'refresh_token', refresh_token } })
          record(refreshed)
          if (refreshed.status === 200) refresh_token = String(refreshed.json.refresh_token)
          if (turn % 5 === 0)
            record(await call(`${base}/users`, { json: { username: `${username}-${turn}-${Date.now()}`, password } }))
          if (turn % 7 === 0)
            record(await call(`${base}/token`, { form: { grant_type: 'password', username: another, password } }))
          await sleep(5)
        }
      })
    )
    return { statuses, took }
  }
  return { first, second, load }
}

/** Asserts that the second node serves as if nothing had happened while the first, which is busy, is disturbed. */
async function checkOther(
  t: Test,
  { first, second, load }: Awaited<ReturnType<typeof startPair>>,
  name: string,
  [begin, end]: [begin: () => unknown, end: () => unknown]
) {
  const random = createRandom()
  let isOver = false
  // The answers of the first node do not matter, and may never come.
  const busy = load(first, 'busy', () => isOver).catch(() => undefined)
  const calm = await load(second, 'calm', answers => answers >= 400)
  const disturbed = load(second, 'disturbed', () => isOver)
  for (let round = 0; round < rounds; round++) {
    await sleep(200 + random.below(200))
    begin()
    await sleep(1000)
    end()
  }
  isOver = true
  const { statuses, took } = await disturbed
  t.same([...statuses.keys()].sort(), [200, 201], 'no write was refused')
  const limit = Math.max(...calm.took) + toleratedMs
  const slow = took.filter(ms => ms >= limit)
  // A stall of the machine slows one write of each client. A node that holds a lock slows several in every round.
  t.ok(slow.length < rounds, `${slow.length} of ${took.length} writes took ${Math.round(limit)} ms or more`)
  figures(t, name, rounds, 0, `${took.length} writes of the other node: ${spread(took)}`)
  await busy
}

test('A node that is frozen in the middle of writes does not slow the other', async t => {
  const pair = await startPair(t)
  const send = (signal: NodeJS.Signals) => () => process.kill(Number(pair.first.child.pid), signal)
  await checkOther(t, pair, 'a node frozen for a second (SIGSTOP)', [send('SIGSTOP'), send('SIGCONT')])
})

test('A node that is cut off from PostgreSQL in the middle of writes does not slow the other', async t => {
  let proxy: Awaited<ReturnType<typeof createTcpProxy>> | undefined
  const pair = await startPair(t, async url => {
    proxy = await createTcpProxy(t, url)
    await proxy.open()
    return proxy.url
  })
  const fault = [() => proxy?.sever(), () => proxy?.mend()] as [() => void, () => void]
  await checkOther(t, pair, 'a node cut off from PostgreSQL for a second', fault)
})
