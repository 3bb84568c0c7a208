import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { createCli } from '../../test/support/cli.ts'
import { call, createRandom, durability, faultEnv, startProgram, timeUntil } from '../../test/support/faults.ts'
import { createPostgresServer } from '../support/postgres-server.ts'
import { Unavailable } from '../support/writer/requests.ts'
import { createWriter } from '../support/writer.ts'

const rounds = 10
/** A crash comes once this many writes are acknowledged, and up to `longestMs` later. */
const fewestWrites = 40
const longestMs = 250

type Postgres = Awaited<ReturnType<typeof createPostgresServer>>

/** Whether a crash has lost a table that PostgreSQL had acknowledged to another client; five crashes try it. */
async function losesTable(postgres: Postgres): Promise<boolean> {
  for (let crash = 1; crash <= 5; crash++) {
    await (await postgres.connect()).query(`CREATE TABLE lost_${crash} (n int)`)
    await postgres.stop('immediate')
    await postgres.start()
    const client = await postgres.connect()
    const { rows } = await client.query(`SELECT to_regclass('lost_${crash}') AS found`)
    await client.end()
    if (rows[0].found === null) return true
  }
  return false
}

test('Acknowledged writes outlive crashes of PostgreSQL, although it has synchronous_commit off', async t => {
  const postgres = await createPostgresServer(t, 'synchronous_commit=off', 'wal_writer_delay=10s')
  await postgres.start()
  t.ok(await losesTable(postgres), 'a commit of another client is lost')

  const env = faultEnv({ DATABASE_URL: postgres.url, LOG_LEVEL: 'silent' })
  const nodes = [startProgram(t, env), startProgram(t, env)]
  const urls = await Promise.all(nodes.map(({ listens }) => listens))
  const random = createRandom()
  t.comment(`FAULT_SEED=${random.seed}`)
  const writers = Array.from({ length: 4 }, (_, index) => createWriter(index, random))
  const acknowledged = () => writers.reduce((sum, writer) => sum + writer.counts().acknowledged, 0)
  let refused = 0
  const wrong: string[] = []
  let longest = 0

  for (let round = 0; round < rounds && wrong.length === 0; round++) {
    const urlOf = (index: number) => String(urls[(index + round) % 2])
    const before = acknowledged()
    const load = Promise.all(
      writers.map((writer, index) =>
        writer.write(urlOf(index)).catch((error: Error) => {
          // The first refusal ends the load, so that the state is known but for the request that was refused.
          if (!(error instanceof Unavailable)) throw error
          refused++
        })
      )
    )
    const early = load.then(() => Promise.reject(new Error('The load has ended early')))
    early.catch(() => {})
    while (acknowledged() < before + fewestWrites) await Promise.race([early, sleep(5)])
    await sleep(random.below(longestMs))
    const crashed = performance.now()
    await postgres.stop('immediate')
    await load
    await postgres.start()
    for (const [node, url] of urls.entries()) {
      const json = { username: `after-${round}-${node}`, password: 'correct horse battery staple' }
      // 409 after an attempt that was committed and not answered.
      await timeUntil(async () => [201, 409].includes((await call(`${url}/users`, { json })).status))
    }
    longest = Math.max(longest, performance.now() - crashed)
    const everything = round === rounds - 1
    wrong.push(...(await Promise.all(writers.map((writer, at) => writer.verify(() => urlOf(at), everything)))).flat())
  }

  t.same(wrong, [], 'no acknowledged write is lost, and none is partial')
  t.match(await createCli(t, env).sallyport(['audit', 'verify']), { code: 0, out: /is intact/ })
  const row = { fault: 'PostgreSQL crashes (immediate stop)', engine: 'PostgreSQL' }
  durability(t, { ...row, acknowledged: acknowledged(), lost: wrong.length, refused, longestMs: longest })
})
