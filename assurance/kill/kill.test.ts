import { cpSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { databaseUrl } from '../../test/support/engines.ts'
import { createRandom, durability, faultEnv, type Program, startProgram } from '../../test/support/faults.ts'
import { type Inspected, inspect, whole } from '../support/inspect.ts'
import { createWriter, type Writer } from '../support/writer.ts'

// The process is killed, so data that the operating system has taken is not lost: power.test.ts takes it away too.

const writers = 4
/** A round lasts until this many writes are acknowledged, and then at most this long: slow machines write too. */
const fewestWrites = 8
const mostMs = 250

/** The file and its log as the dead process left them, in a copy, so that the server has to repair the original. */
function inspectCopy(path: string, scratch: string): Promise<Inspected> {
  for (const suffix of ['', '-wal']) {
    rmSync(`${scratch}${suffix}`, { force: true })
    if (existsSync(`${path}${suffix}`)) cpSync(`${path}${suffix}`, `${scratch}${suffix}`)
  }
  return inspect(`sqlite:${scratch}`)
}

async function killOften(t: Test, engine: string, rounds: number, url: string, inspectDead: () => Promise<Inspected>) {
  const random = createRandom()
  t.comment(`FAULT_SEED=${random.seed}`)
  const env = faultEnv({ DATABASE_URL: url, LOG_LEVEL: 'error' })
  const all: Writer[] = Array.from({ length: writers }, (_, index) => createWriter(index, random))
  const count = (name: 'acknowledged' | 'unclear') => all.reduce((sum, writer) => sum + writer.counts()[name], 0)
  let [lost, longestMs] = [0, 0]
  const kill = async (server: Program) => {
    server.child.kill('SIGKILL')
    t.same(await server.exit, [null, 'SIGKILL'])
  }

  async function check(server: Program, everything: boolean) {
    const address = await server.listens
    longestMs = Math.max(longestMs, server.sinceStart())
    const wrong = await Promise.all(all.map(writer => writer.verify(() => address, everything)))
    t.same(wrong.flat(), [], 'no acknowledged write is lost, and none is partial')
    lost += wrong.flat().length
    return address
  }

  for (let round = 0; round < rounds; round++) {
    if (round % 10 === 0) {
      // During its start: round 0 while it creates the database.
      const starting = startProgram(t, env)
      await sleep(200 + random.below(400))
      await kill(starting)
    }
    const server = startProgram(t, env)
    const address = await check(server, false)
    const before = count('acknowledged')
    const load = Promise.all(all.map(writer => writer.write(address)))
    const early = load.then(() => Promise.reject(new Error(`The load has ended early: ${server.output()}`)))
    early.catch(() => {})
    while (count('acknowledged') < before + fewestWrites) await Promise.race([early, sleep(5)])
    await sleep(random.below(mostMs))
    await kill(server)
    await load
    t.same(await inspectDead(), whole, `round ${round}`)
  }
  const last = startProgram(t, env)
  await check(last, true)
  t.notMatch(last.output(), /"level":50/)
  t.comment(`${rounds} kills, ${count('unclear')} writes cut off`)
  const acknowledged = count('acknowledged')
  durability(t, { fault: 'kill -9 under write load', engine, acknowledged, lost, refused: 0, longestMs })
}

test('Acknowledged writes outlive kill -9, and SQLite stays intact', async t => {
  const path = join(t.testdir(), 'test.db')
  await killOften(t, 'SQLite', 50, `sqlite:${path}`, () => inspectCopy(path, `${path}-copy`))
})

test('Acknowledged writes outlive kill -9 on PostgreSQL', async t => {
  const url = await databaseUrl(t, 'postgres')
  await killOften(t, 'PostgreSQL', 10, url, () => inspect(url))
})
