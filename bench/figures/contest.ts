import { apart, type Cores } from '../cores.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { assertStatuses } from '../load/generator.ts'
import type { HashesJob, RateJob, RateResult, UpdatesJob } from '../load/jobs.ts'
import { inRounds, inWarmRounds, secondsIn } from '../rounds.ts'
import { ratios, shown } from '../stats.ts'
import { untilIdle } from '../usage.ts'
import { withGenerator } from './field.ts'
import { type Bench, type Goal, type Line, line } from './figure.ts'

/** One that is measured in each round. */
export interface Contestant {
  name: string
  title: string
  /** The goal of Sallyport's rate divided by this one's. */
  goal?: Goal | undefined
  /** After how many seconds, at the latest, the server does work that the requests leave behind. */
  worksLater?: number | undefined
  job(): Promise<RateJob | UpdatesJob | HashesJob>
}

/** The measurements of each contestant, in the order of the rounds. */
export type Measured = Map<string, RateResult[]>

/** The cores of the load, and whether a longer round comes first, for peers that have not compiled their code. */
interface Terms {
  cores?: Cores
  isWarm?: boolean
}

/** Measures the contestants in this order, and divides Sallyport's rate by each of the others'. */
export async function contest(
  { rounds, against, progress }: Bench,
  contestants: Contestant[],
  { cores, isWarm = false }: Terms = {}
): Promise<{ lines: Line[]; notes: string[]; measured: Measured }> {
  const byName = new Map(contestants.map(each => [each.name, each]))
  const results = await withGenerator({ cores }, generator =>
    (isWarm ? inWarmRounds : inRounds<RateResult>)([...byName.keys()], rounds, async (name, round) => {
      const { worksLater = 0, ...contestant } = byName.get(name) as Contestant
      const job = await contestant.job()
      const measured = await generator.run({ ...job, seconds: secondsIn(round, job.seconds) })
      if ('pid' in job && job.pid !== undefined) await untilIdle(job.pid, worksLater * 1000 + 100)
      const none = { perCpuSecond: undefined, busy: undefined, statuses: {}, latency: { p50: 0, p99: 0 } }
      const result: RateResult = { ...none, ...measured }
      assertStatuses(name, result.statuses)
      progress(`round ${round + 1}/${rounds}  ${name}  ${shown(result.perSecond)}/s`)
      return result
    })
  )
  const measured: Measured = new Map(Object.entries(results))
  const own = byName.get(sallyport.name) as Contestant
  const of = (name: string) => measured.get(name) ?? []
  const rates = (name: string) => of(name).map(({ perSecond }) => perSecond)
  const ownCpu = perCpuSecond(of(own.name))
  return {
    lines: [
      ...contestants
        .filter(each => each !== own)
        .map(({ name, title, goal }) =>
          line(`to-${name}`, `${own.title} ÷ ${title}`, '×', ratios(rates(own.name), rates(name)), goal)
        ),
      ...contestants
        .filter(({ name }) => name === 'bare' || against.some(each => each.name === name))
        .flatMap(({ name, title }) => {
          const cpu = perCpuSecond(of(name))
          return ownCpu && cpu ? [line(`to-${name}-cpu`, `÷ ${title} by processor time`, '×', ratios(ownCpu, cpu))] : []
        }),
      ...contestants.map(({ name, title }) => line(name, title, '1/s', rates(name)))
    ],
    notes: cores ? idleNote(contestants.map(({ name, title }) => [title, of(name)])) : [],
    measured
  }
}

const isDefined = <T>(value: T | undefined): value is T => value !== undefined

/** Successes per second of processor time, which other load on the machine disturbs less; none where unknown. */
function perCpuSecond(results: RateResult[]): number[] | undefined {
  const values = results.map(result => result.perCpuSecond).filter(isDefined)
  return values.length > 0 && values.length === results.length ? values : undefined
}

/** Names the servers that left part of their core idle: the load or the machine was their limit. */
function idleNote(all: [string, RateResult[]][]): string[] {
  const idle = all.flatMap(([title, results]) => {
    const least = Math.min(...results.map(({ busy }) => busy).filter(isDefined))
    return least < 0.9 ? [`${title} ${Math.round(least * 100)} %`] : []
  })
  return idle.length > 0 ? [`Not busy in one round, so that its ratio flatters Sallyport: ${idle.join(', ')}.`] : []
}

/** The terms of servers that share one core, apart from the load. */
export const onOneCore = (): Terms => ({ cores: apart(1).load, isWarm: true })
