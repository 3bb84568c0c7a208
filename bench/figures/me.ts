import { apart } from '../cores.ts'
import { startBareFastify } from '../entrants/ceilings.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { assertStatuses } from '../load/generator.ts'
import type { RateResult } from '../load/jobs.ts'
import { ask } from '../request.ts'
import { inRounds, inWarmRounds, secondsIn } from '../rounds.ts'
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
import { atLeast, type Figure, type Goal, line } from './figure.ts'

const connections = 32
const goals: Record<string, Goal> = {
  fastapi: atLeast(19, 27),
  express: atLeast(19, 27),
  nestjs: atLeast(18, 26),
  'better-auth': atLeast(45, 65)
}

/** `GET /users/me`: the request that every API makes most often. */
export const me: Figure = {
  name: 'me',
  title: 'GET /users/me',
  compares: ['peers'],
  async measure({ rounds, seconds, peers, against, folder, progress }) {
    const others = [...(against ? [against] : []), ...peers]
    const cores = apart(1)
    const ownsCore = cores.load !== undefined
    const place = { folder: folder(), cores: cores.server }
    const runners = await startAll([sallyport, ...others], place)
    const own = runners.sallyport as Runner
    const request = await freshMe(own)
    const { json } = await ask(own.server.url, request)
    const bare = await startBareFastify(place, { account: json })
    if ((await ask(bare.url, request)).text !== JSON.stringify(json)) throw new Error('Bare Fastify answers otherwise')

    const [measured, pair] = await withGenerator({ cores: cores.load }, async generator => {
      async function measureOne(name: string, round: number) {
        const runner = runners[name]
        const { url, pid } = runner?.server ?? bare
        const requests = [runner ? await freshMe(runner) : request]
        const length = secondsIn(round, seconds)
        const result = await generator.run({ kind: 'rate', url, pid, connections, seconds: length, requests, ownsCore })
        assertStatuses(name, result.statuses)
        progress(`round ${round + 1}  ${name}  ${shown(result)}`)
        return result
      }
      return [
        await inWarmRounds(['bare', ...Object.keys(runners)], rounds, measureOne),
        // Their ratio is the closest, so a disturbance changes it the most.
        await inRounds(['bare', 'sallyport'], 2 * rounds, measureOne)
      ]
    })
    await Promise.all([bare, ...Object.values(runners).map(({ server }) => server)].map(server => server.stop()))

    const of = (name: string) => measured[name] ?? []
    const rates = (results: RateResult[]) => results.map(({ perSecond }) => perSecond)
    const inAll = (name: string) => [...of(name), ...(pair[name] ?? [])]
    const [ownResults, bareResults] = [inAll('sallyport'), inAll('bare')]
    const perCpu = { own: perCpuSecond(ownResults), bare: perCpuSecond(bareResults) }
    return {
      lines: [
        line(
          'to-bare',
          'Sallyport ÷ bare Fastify',
          '×',
          ratios(rates(ownResults), rates(bareResults)),
          atLeast(0.75, 0.85)
        ),
        ...(perCpu.own && perCpu.bare
          ? [line('to-bare-cpu', 'the same, by processor time of the servers', '×', ratios(perCpu.own, perCpu.bare))]
          : []),
        ...others.map(({ name, title }) =>
          line(`to-${name}`, `Sallyport ÷ ${title}`, '×', ratios(rates(of('sallyport')), rates(of(name))), goals[name])
        ),
        perSecondLine('bare', 'bare Fastify', bareResults),
        perSecondLine('sallyport', 'Sallyport', ownResults),
        ...others.map(({ name, title }) => perSecondLine(name, title, of(name))),
        ...peers.map(({ name, title }) =>
          line(`${name}-to-bare`, `${title} ÷ bare Fastify`, '×', ratios(rates(of(name)), rates(of('bare'))))
        )
      ],
      notes: [
        `${connections} connections, one account, one token a round.`,
        `Bare Fastify and Sallyport have ${2 * rounds} more rounds without the others.`,
        ...idleNotes(measured)
      ]
    }
  }
}
