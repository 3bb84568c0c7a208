import { apart } from '../cores.ts'
import { startBareFastify } from '../entrants/ceilings.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { assertStatuses } from '../load/generator.ts'
import type { RateResult } from '../load/jobs.ts'
import { ask } from '../request.ts'
import { inWarmRounds, secondsIn } from '../rounds.ts'
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

    const measured = await withGenerator({ cores: cores.load }, async generator => {
      const place = { folder: folder(), cores: cores.server }
      const runners = await startAll([sallyport, ...others], place)
      const own = runners.sallyport as Runner
      const request = await freshMe(own)
      const { json } = await ask(own.server.url, request)
      const bare = await startBareFastify(place, { account: json })
      if ((await ask(bare.url, request)).text !== JSON.stringify(json))
        throw new Error('Bare Fastify answers otherwise')
      const results = await inWarmRounds(['bare', ...Object.keys(runners)], rounds, async (name, round) => {
        const runner = runners[name]
        const { url, pid } = runner?.server ?? bare
        const requests = [runner ? await freshMe(runner) : request]
        const length = secondsIn(round, seconds)
        const result = await generator.run({ kind: 'rate', url, pid, connections, seconds: length, requests, ownsCore })
        assertStatuses(name, result.statuses)
        progress(`round ${round + 1}/${rounds}  ${name}  ${shown(result)}`)
        return result
      })
      await Promise.all([bare, ...Object.values(runners).map(({ server }) => server)].map(server => server.stop()))
      return results
    })

    const of = (name: string) => measured[name] ?? []
    const rates = (results: RateResult[]) => results.map(({ perSecond }) => perSecond)
    const perCpu = { own: perCpuSecond(of('sallyport')), bare: perCpuSecond(of('bare')) }
    return {
      lines: [
        line(
          'to-bare',
          'Sallyport ÷ bare Fastify',
          '×',
          ratios(rates(of('sallyport')), rates(of('bare'))),
          atLeast(0.75, 0.85)
        ),
        ...(perCpu.own && perCpu.bare
          ? [line('to-bare-cpu', 'Sallyport ÷ bare Fastify, by processor time', '×', ratios(perCpu.own, perCpu.bare))]
          : []),
        ...others.map(({ name, title }) =>
          line(`to-${name}`, `Sallyport ÷ ${title}`, '×', ratios(rates(of('sallyport')), rates(of(name))), goals[name])
        ),
        perSecondLine('bare', 'bare Fastify', of('bare')),
        perSecondLine('sallyport', 'Sallyport', of('sallyport')),
        ...others.map(({ name, title }) => perSecondLine(name, title, of(name))),
        ...peers.map(({ name, title }) =>
          line(`${name}-to-bare`, `${title} ÷ bare Fastify`, '×', ratios(rates(of(name)), rates(of('bare'))))
        )
      ],
      notes: [`${connections} connections, one account, one token a round.`, ...idleNotes(measured)]
    }
  }
}
