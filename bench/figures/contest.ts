import { apart } from '../cores.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { assertStatuses } from '../load/generator.ts'
import type { RateJob, RateResult, UpdatesJob } from '../load/jobs.ts'
import { inWarmRounds, secondsIn } from '../rounds.ts'
import { ratios } from '../stats.ts'
import { untilIdle } from '../usage.ts'
import { idleNotes, perCpuSecond, perSecondLine, shown, withGenerator } from './field.ts'
import { type Bench, type Goal, line } from './figure.ts'

/** One that is measured in each round. */
export interface Contestant {
  name: string
  title: string
  /** The goal of Sallyport's rate divided by this one's. */
  goal?: Goal | undefined
  /** After how many seconds, at the latest, the server does work that the requests leave behind. */
  worksLater?: number | undefined
  job(): Promise<RateJob | UpdatesJob>
}

/** Measures the contestants in this order, and divides Sallyport's rate by each of the others'. */
export async function contest({ rounds, progress }: Bench, contestants: Contestant[]) {
  const byName = new Map(contestants.map(each => [each.name, each]))
  const measured = await withGenerator({ cores: apart(1).load }, generator =>
    inWarmRounds([...byName.keys()], rounds, async (name, round): Promise<RateResult> => {
      const { worksLater = 0, ...contestant } = byName.get(name) as Contestant
      const job = await contestant.job()
      const measured = await generator.run({ ...job, seconds: secondsIn(round, job.seconds) })
      if ('pid' in job && job.pid !== undefined) await untilIdle(job.pid, worksLater * 1000 + 100)
      const result = { perCpuSecond: undefined, busy: undefined, statuses: {}, ...measured }
      assertStatuses(name, result.statuses, ['200', '204'])
      progress(`round ${round + 1}/${rounds}  ${name}  ${shown(result)}`)
      return result
    })
  )

  const own = byName.get(sallyport.name) as Contestant
  const others = contestants.filter(each => each !== own)
  const of = (name: string) => measured[name] ?? []
  const rates = (name: string) => of(name).map(({ perSecond }) => perSecond)
  const perCpu = { own: perCpuSecond(of(own.name)), bare: perCpuSecond(of('bare')) }
  return {
    lines: [
      ...others.map(({ name, title, goal }) =>
        line(`to-${name}`, `${own.title} ÷ ${title}`, '×', ratios(rates(own.name), rates(name)), goal)
      ),
      ...(perCpu.own && perCpu.bare
        ? [line('to-bare-cpu', `${own.title} ÷ bare Fastify, by processor time`, '×', ratios(perCpu.own, perCpu.bare))]
        : []),
      ...contestants.map(({ name, title }) => perSecondLine(name, title, of(name)))
    ],
    notes: idleNotes(measured)
  }
}
