import { apart } from '../cores.ts'
import { startBareFastifyPg } from '../entrants/ceilings.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { assertStatuses } from '../load/generator.ts'
import { withPostgres } from '../postgres.ts'
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

/** The same request on PostgreSQL, where every request has to query the database. */
export const mePostgres: Figure = {
  name: 'me-postgres',
  title: 'GET /users/me on PostgreSQL',
  measure(bench) {
    return withPostgres(databaseUrl => compare(bench, databaseUrl))
  }
}

async function compare({ rounds, seconds, folder, progress }: Bench, databaseUrl: string) {
  const cores = apart(1)
  const place = { folder: folder(), cores: cores.server }
  const runner = (await startAll([sallyport], { ...place, env: { DATABASE_URL: databaseUrl } })).sallyport as Runner
  // One login for each client, because requests with the same login could share a read.
  const logins: HttpRequest[] = []
  for (let n = 0; n < connections; n++) logins.push(await freshMe(runner))
  const { json, text } = await ask(runner.server.url, logins[0] as HttpRequest)
  const bare = await startBareFastifyPg(place, databaseUrl, String(json.id))
  const bareRequest: HttpRequest = { method: 'GET', path: '/users/me' }
  const bareText = (await ask(bare.url, bareRequest)).text
  if (bareText !== text) throw new Error(`Bare Fastify answers otherwise: ${bareText}`)

  const measured = await withGenerator({ cores: cores.load }, generator =>
    inRounds(['bare', 'sallyport'], rounds, async (name, round) => {
      const { url, pid } = name === 'bare' ? bare : runner.server
      const ownRequests = logins.map(request => (name === 'bare' ? bareRequest : request))
      const requests = [bareRequest]
      const result = await generator.run({ kind: 'rate', url, pid, connections, seconds, requests, ownRequests })
      assertStatuses(name, result.statuses)
      progress(`round ${round + 1}/${rounds}  ${name}  ${shown(result)}`)
      return result
    })
  )
  await Promise.all([runner.server.stop(), bare.stop()])

  const { bare: theirs = [], sallyport: own = [] } = measured
  const rates = (results: typeof own) => results.map(({ perSecond }) => perSecond)
  const cpu = { own: perCpuSecond(own), theirs: perCpuSecond(theirs) }
  return {
    lines: [
      line('to-bare', 'Sallyport ÷ bare Fastify', '×', ratios(rates(own), rates(theirs)), atLeast(0.75, 0.9)),
      ...(cpu.own && cpu.theirs
        ? [line('to-bare-cpu', 'the same, by processor time of the servers', '×', ratios(cpu.own, cpu.theirs))]
        : []),
      perSecondLine('bare', 'bare Fastify, one prepared query by key', theirs),
      perSecondLine('sallyport', 'Sallyport', own)
    ],
    notes: [
      `${connections} connections, each with its own login; PostgreSQL runs on the same machine, on any core; ` +
        'both servers have 10 connections to it.',
      ...idleNotes(measured)
    ]
  }
}
