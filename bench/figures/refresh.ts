import { apart } from '../cores.ts'
import { startBareFastify } from '../entrants/ceilings.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { assertStatuses } from '../load/generator.ts'
import { withPostgres } from '../postgres.ts'
import { ask, postForm } from '../request.ts'
import { inRounds } from '../rounds.ts'
import { ratios } from '../stats.ts'
import { idleNotes, perSecondLine, type Runner, shown, startAll, withGenerator } from './field.ts'
import { atLeast, type Bench, type Figure, type Goal, line } from './figure.ts'

/** Refresh grants, each of which is on disk before it is answered. */
export const refresh: Figure = {
  name: 'refresh',
  title: 'Refresh grants',
  measure: bench => compare(bench, { goal: atLeast(0.12, 0.3), engine: 'SQLite, `synchronous=FULL`', isAlone: true })
}

/** The same on PostgreSQL, which waits for the disk as well. */
export const refreshPostgres: Figure = {
  name: 'refresh-postgres',
  title: 'Refresh grants on PostgreSQL',
  measure: bench =>
    withPostgres(databaseUrl =>
      compare(bench, {
        engine: 'PostgreSQL on the same machine, on any core, `fsync=on`',
        env: { DATABASE_URL: databaseUrl }
      })
    )
}

async function compare(
  { rounds, seconds, isSmoke, folder, progress }: Bench,
  {
    goal,
    engine,
    env = {},
    isAlone = false
  }: { goal?: Goal; engine: string; env?: Record<string, string>; isAlone?: boolean }
) {
  const clients = isSmoke ? 4 : 32
  const cores = apart(1)
  // When PostgreSQL runs beside it, the load must leave part of the core to it.
  const ownsCore = isAlone && cores.load !== undefined
  const place = { folder: folder(), cores: cores.server, env }
  const { server } = (await startAll([sallyport], place)).sallyport as Runner
  const logInAll = async () => {
    const tokens: string[] = []
    for (let i = 0; i < clients; i++) tokens.push(String((await ask(server.url, sallyport.logIn)).json.refresh_token))
    return tokens
  }
  let refreshTokens = await logInAll()
  const form = (token: string) => postForm('/token', { grant_type: 'refresh_token', refresh_token: token })
  const sample = (await ask(server.url, form(refreshTokens[0] as string))).json
  const bare = await startBareFastify(place, { tokens: sample })
  const { text } = await ask(bare.url, form(String(sample.refresh_token)))
  if (text !== JSON.stringify(sample)) throw new Error(`Bare Fastify answers otherwise: ${text}`)

  const measured = await withGenerator({ cores: cores.load }, generator =>
    inRounds(['bare', 'sallyport'], rounds, async (name, round) => {
      const { url, pid } = name === 'bare' ? bare : server
      // The last responses of a round are lost when it stops, together with their tokens.
      if (name === 'sallyport') refreshTokens = await logInAll()
      const requests = [form('')]
      const job = {
        kind: 'rate',
        url,
        pid,
        connections: clients,
        seconds,
        requests,
        refreshTokens,
        ownsCore
      } as const
      const result = await generator.run(job)
      assertStatuses(name, result.statuses)
      progress(`round ${round + 1}/${rounds}  ${name}  ${shown(result)}`)
      return result
    })
  )
  await Promise.all([server.stop(), bare.stop()])

  const rates = (name: string) => (measured[name] ?? []).map(({ perSecond }) => perSecond)
  const ratio = ratios(rates('sallyport'), rates('bare'))
  return {
    lines: [
      line('to-bare', 'Sallyport ÷ bare Fastify', '×', ratio, goal),
      perSecondLine('bare', 'bare Fastify, POST of the same form', measured.bare ?? []),
      perSecondLine('sallyport', 'Sallyport', measured.sallyport ?? [])
    ],
    notes: [`${clients} clients, each sending its latest token; ${engine}.`, ...idleNotes(measured)]
  }
}
