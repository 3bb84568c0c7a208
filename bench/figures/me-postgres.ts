import { apart } from '../cores.ts'
import { startBareFastifyPg } from '../entrants/ceilings.ts'
import type { Entrant } from '../entrants/entrant.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { assertStatuses } from '../load/generator.ts'
import { createDatabase, withPostgres } from '../postgres.ts'
import type { RunningServer } from '../processes.ts'
import { ask, type HttpRequest } from '../request.ts'
import { inRounds } from '../rounds.ts'
import { ratios } from '../stats.ts'
import {
  freshMe,
  idleNotes,
  perCpuSecond,
  perSecondLine,
  type Runner,
  shown,
  startAll,
  withGenerator
} from './field.ts'
import { atLeast, type Bench, type Figure, line } from './figure.ts'

const connections = 32

/** A server, and the request of each client. */
interface Subject {
  server: RunningServer
  requests: HttpRequest[]
}

/** The same request on PostgreSQL, where every request has to query the database. */
export const mePostgres: Figure = {
  name: 'me-postgres',
  title: 'GET /users/me on PostgreSQL',
  measure(bench) {
    return withPostgres(databaseUrl => compare(bench, databaseUrl))
  }
}

async function compare({ rounds, seconds, against, folder, progress }: Bench, databaseUrl: string) {
  const cores = apart(1)
  const place = { folder: folder(), cores: cores.server }
  const start = async (entrant: Entrant, url: string): Promise<Subject> => {
    const runner = (await startAll([entrant], { ...place, env: { DATABASE_URL: url } }))[entrant.name] as Runner
    // One login for each client, because requests with the same login could share a read.
    const requests: HttpRequest[] = []
    for (let n = 0; n < connections; n++) requests.push(await freshMe(runner))
    return { server: runner.server, requests }
  }
  const own = await start(sallyport, databaseUrl)
  // In a database of its own, since its tables may differ.
  const other = against && (await start(against, await createDatabase(databaseUrl, 'against')))
  const { json, text } = await ask(own.server.url, own.requests[0] as HttpRequest)
  const bare = await startBareFastifyPg(place, databaseUrl, String(json.id))
  const bareText = (await ask(bare.url, own.requests[0] as HttpRequest)).text
  if (bareText !== text) throw new Error(`Bare Fastify answers otherwise: ${bareText}`)

  const subjects: Record<string, Subject> = {
    bare: { ...own, server: bare },
    sallyport: own,
    ...(other ? { against: other } : {})
  }
  const measured = await withGenerator({ cores: cores.load }, generator =>
    inRounds(Object.keys(subjects), rounds, async (name, round) => {
      const { server, requests } = subjects[name] as Subject
      const { url, pid } = server
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
      progress(`round ${round + 1}/${rounds}  ${name}  ${shown(result)}`)
      return result
    })
  )
  await Promise.all(Object.values(subjects).map(({ server }) => server.stop()))

  const { bare: theirs = [], sallyport: ours = [], against: others = [] } = measured
  const rates = (results: typeof ours) => results.map(({ perSecond }) => perSecond)
  const cpu = { own: perCpuSecond(ours), theirs: perCpuSecond(theirs) }
  return {
    lines: [
      line('to-bare', 'Sallyport ÷ bare Fastify', '×', ratios(rates(ours), rates(theirs)), atLeast(0.75, 0.9)),
      ...(cpu.own && cpu.theirs
        ? [line('to-bare-cpu', 'the same, by processor time of the servers', '×', ratios(cpu.own, cpu.theirs))]
        : []),
      ...(against ? [line('to-against', `Sallyport ÷ ${against.title}`, '×', ratios(rates(ours), rates(others)))] : []),
      perSecondLine('bare', 'bare Fastify, one prepared query by key', theirs),
      perSecondLine('sallyport', 'Sallyport', ours)
    ],
    notes: [
      `${connections} connections, each with its own login; PostgreSQL runs on the same machine, on any core; ` +
        'both servers have 10 connections to it.',
      ...idleNotes(measured)
    ]
  }
}
