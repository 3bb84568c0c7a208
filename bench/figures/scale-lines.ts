import { ratios, spread } from '../stats.ts'
import { atLeast, atMost, type Line, line } from './figure.ts'
import { nameOf, reference, remotePair, type Setup } from './scale-plan.ts'
import type { Point } from './scale-table.ts'

export const kinds = ['refresh', 'login'] as const
export type Kind = (typeof kinds)[number]

/** One measurement. */
export interface Measured {
  perSecond: number
  latency: { p50: number; p99: number }
  /** The p99 at half of this rate, of requests that are sent at fixed times and timed from when they were due. */
  halfLoadP99?: number
}

/** The measurements in the order of the rounds, by `keyOf`; failures of a round are missing. */
export type Rounds = Record<string, Measured[]>
export const keyOf = (kind: Kind, subject: string) => `${kind}: ${subject}`

/** The key of PostgreSQL with its bare driver. */
export const ceiling = 'ceiling'

const rates = (rounds: Rounds, key: string) => (rounds[key] ?? []).map(({ perSecond }) => perSecond)
const median = (values: number[]) => spread(values).median

/** The setups that were measured in every round. */
export function points(rounds: Rounds, kind: Kind, planned: Setup[]): Point[] {
  const base = rates(rounds, keyOf(kind, nameOf(reference)))
  return planned.flatMap(setup => {
    const key = keyOf(kind, nameOf(setup))
    const latencies = (rounds[key] ?? []).map(({ latency }) => latency)
    if (latencies.length < base.length) return []
    const [p50, p99] = [median(latencies.map(each => each.p50)), median(latencies.map(each => each.p99))]
    return [{ ...setup, ratio: spread(ratios(rates(rounds, key), base)), p50, p99 }]
  })
}

/** The lines with goals, and the rates that they are made of. `against` is the other commit, if any. */
export function lines(rounds: Rounds, against: string | undefined): Line[] {
  const { nodes, addedMs } = remotePair
  const of = (kind: Kind, subject: string) => rates(rounds, keyOf(kind, subject))
  const [one, pair] = [nameOf(reference), nameOf(remotePair)]
  const perKind = kinds.flatMap(kind => {
    const p99 = (rounds[keyOf(kind, pair)] ?? []).map(({ latency }) => latency.p99)
    const ratio = ratios(of(kind, pair), of(kind, one))
    return [
      line(`${kind}-pair`, `${kind}: ${nodes} nodes at ${addedMs} ms ÷ 1 node at 0 ms`, '×', ratio, atLeast(0.7, 0.7)),
      line(`${kind}-pair-p99`, `${kind}: p99, ${nodes} nodes at ${addedMs} ms`, 'ms', p99, atMost(150, 150))
    ]
  })
  const halfLoad = (rounds[keyOf('login', pair)] ?? []).flatMap(({ halfLoadP99 = [] }) => halfLoadP99)
  const straight = of('refresh', 'straight')
  const compared = (kind: Kind) => ratios(of(kind, 'straight'), of(kind, 'against'))
  return [
    ...perKind,
    line(
      'login-pair-half',
      `login: p99, ${nodes} nodes at ${addedMs} ms, half of their load`,
      'ms',
      halfLoad,
      atMost(300, 150)
    ),
    ...(against === undefined
      ? []
      : [
          line('refresh-against', `refresh: 1 node ÷ 1 node of ${against}`, '×', compared('refresh')),
          line('login-against', `login: 1 node ÷ 1 node of ${against}`, '×', compared('login')),
          line('against', `refresh: 1 node of ${against}`, '1/s', of('refresh', 'against'))
        ]),
    line('ceiling-ratio', 'refresh: 1 node ÷ bare `pg`', '×', ratios(straight, rates(rounds, ceiling))),
    line('ceiling', 'bare `pg`: guarded updates', '1/s', rates(rounds, ceiling)),
    line('straight', 'refresh: 1 node', '1/s', straight),
    line('refresh', 'refresh: 1 node, through the proxy at 0 ms', '1/s', of('refresh', one)),
    line('login', 'login: 1 node, through the proxy at 0 ms', '1/s', of('login', one))
  ]
}
