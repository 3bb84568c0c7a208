import type { Entrant } from '../entrants/entrant.ts'
import { rawBcrypt } from '../entrants/peers.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { assertStatuses } from '../load/generator.ts'
import { type Network, startNetwork } from '../network.ts'
import { atPort, createDatabase, withPostgres } from '../postgres.ts'
import { preload } from '../preload.ts'
import type { RunningServer } from '../processes.ts'
import { inRounds } from '../rounds.ts'
import { ratios } from '../stats.ts'
import { untilIdle } from '../usage.ts'
import { withGenerator } from './field.ts'
import { atLeast, type Bench, type Figure, line } from './figure.ts'
import { createAccounts } from './scale-accounts.ts'

const connections = 16
/** By how much a sync, or a round trip to the database, takes longer. */
const delaysMs = [5, 20]
const accounts = createAccounts(connections)

/** A running server, and the network before its database. */
interface Subject {
  entrant: Entrant
  what: string
  server: RunningServer
  network?: { delay: Network; addedMs: number }
}

/** Password grants that wait longer for the disk or for the database, while the cores could hash. */
export const tokenDelayed: Figure = {
  name: 'token-delayed',
  title: 'Password grants with a slow disk or a distant database',
  measure: bench => withPostgres(databaseUrl => compare(bench, databaseUrl))
}

async function compare(bench: Bench, databaseUrl: string) {
  const { rounds, against, progress } = bench
  // Two cores hash eight times a second, so a short measurement would count few.
  const seconds = bench.seconds * 8
  const entrants = [sallyport, ...(against ? [against] : [])]
  const delay = await startNetwork(Number(new URL(databaseUrl).port))
  const subjects = new Map<string, Subject>()
  for (const entrant of entrants) {
    progress(`starting ${entrant.title}`)
    for (const subject of await start(entrant, bench, databaseUrl, delay))
      subjects.set(`${entrant.name}: ${subject.what}`, subject)
  }

  const measured = await withGenerator({}, generator =>
    inRounds(['raw', ...subjects.keys()], rounds, async (name, round) => {
      const subject = subjects.get(name)
      const perSecond = subject ? await grants(subject) : rawBcrypt(seconds)
      progress(`round ${round + 1}/${rounds}  ${name}  ${perSecond.toFixed(2)}/s`)
      return perSecond

      async function grants({ server: { url, pid }, network }: Subject) {
        await network?.delay.add(network.addedMs)
        const requests = accounts.logIns
        const result = await generator.run({
          kind: 'rate',
          url,
          pid,
          connections,
          seconds,
          requests,
          ownRequests: requests
        })
        assertStatuses(name, result.statuses)
        await untilIdle(pid)
        return result.perSecond
      }
    })
  )
  const servers = new Set([...subjects.values()].map(({ server }) => server))
  await Promise.all([...servers, delay].map(one => one.stop()))

  const of = (name: string) => measured[name] ?? []
  const raw = of('raw')
  const perSubject = [...subjects].map(([name, { entrant, what }]) => {
    const goal = entrant === sallyport ? atLeast(0.97, 0.98) : undefined
    return line(name, `${entrant.title} ÷ raw bcrypt: ${what}`, '×', ratios(of(name), raw), goal)
  })
  const compared = [...subjects].flatMap(([name, { entrant, what }]) =>
    against && entrant === sallyport
      ? [
          line(
            `to-against: ${what}`,
            `Sallyport ÷ ${against.title}: ${what}`,
            '×',
            ratios(of(name), of(`against: ${what}`))
          )
        ]
      : []
  )
  return {
    lines: [...perSubject, ...compared, line('raw', 'raw bcrypt', '1/s', raw)],
    notes: [
      `${connections} clients that log in continuously, each to an account of its own; cost 12; both cores.`,
      'A slow sync is an `fdatasync` of the log that is answered so much later. A distant PostgreSQL is behind a proxy that ' +
        'delays each round trip.'
    ]
  }
}

/** A server on SQLite for each delay, and one on PostgreSQL, whose delay changes. */
async function start(entrant: Entrant, { folder }: Bench, databaseUrl: string, delay: Network): Promise<Subject[]> {
  async function startOn(env: Record<string, string>) {
    const server = await entrant.start({ folder: folder(), env })
    await accounts.register(server.url)
    return server
  }
  const subjects: Subject[] = []
  for (const addedMs of delaysMs) {
    const server = await startOn({ ...preload('slow-sync'), SYNC_DELAY_MS: String(addedMs) })
    subjects.push({ entrant, what: `a sync takes ${addedMs} ms longer`, server })
  }
  // Another commit has a database of its own, since its tables may differ.
  const own = entrant === sallyport ? databaseUrl : await createDatabase(databaseUrl, entrant.name)
  await delay.add(0)
  const server = await startOn({ DATABASE_URL: atPort(own, delay.port) })
  for (const addedMs of delaysMs)
    subjects.push({ entrant, what: `PostgreSQL is ${addedMs} ms away`, server, network: { delay, addedMs } })
  return subjects
}
