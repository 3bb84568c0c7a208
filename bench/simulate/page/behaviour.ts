import { assumed } from '../model/assumptions.ts'
import { limits } from '../model/limits.ts'
import type { Results } from '../results.ts'
import { size as bytes, count, duration, number, percent, table } from './markdown.ts'

/** The table of latencies at 80, 95 and 105 % of the capacity. */
export function loadTable({ sizes, loads }: Results) {
  const rows = (['small', 'large'] as const).flatMap(name =>
    loads[name]
      .filter(({ load }) => [0.8, 0.95, 1.05].includes(load))
      .map(({ load, login, loginInAll, refresh, shed }) => [
        count(sizes[name].accounts),
        percent(load),
        ...[login.p50, login.p95, login.p99].map(duration),
        duration(loginInAll.p99),
        percent(shed),
        duration(refresh.p99)
      ])
  )
  const head = ['median', 'p95', 'p99', 'p99 with repetitions', 'attempts refused', 'refresh, p99']
  return table([['accounts', 'load', ...head], ...rows])
}

/** The table of the limits that growth reaches, the first one first. */
export function limitTable() {
  const attacked = limits(assumed('attackedShare'))
  const during = (what: string) => attacked.find(one => one.what === what)?.accounts ?? Number.NaN
  const head = [`accounts, ${percent(assumed('failedShare'))} wrong passwords`, `${percent(assumed('attackedShare'))}`]
  return table([
    ['limit', 'bound', ...head],
    ...limits(assumed('failedShare')).map(({ what, bound, accounts }) => [
      what,
      bound,
      count(accounts),
      count(during(what))
    ])
  ])
}

/** The table of the simulated growth. */
export function growthTable({ growth }: Results) {
  const rows = (['common', 'attacked'] as const).flatMap(kind =>
    growth[kind].map(({ size, use, perSecond, login, refresh, shed, mostUnsealed }) => [
      count(size.accounts),
      percent(kind === 'common' ? assumed('failedShare') : assumed('attackedShare')),
      String(size.nodes),
      percent(use.hash),
      percent(use.database),
      bytes(perSecond.walBytes),
      number(perSecond.commits / perSecond.flushes),
      duration(login.p99),
      duration(refresh.p99),
      percent(shed),
      number(mostUnsealed)
    ])
  )
  const uses = ['hash cores', '64 cores of PostgreSQL', 'log a second', 'commits a flush']
  const head = ['accounts', 'wrong', 'nodes', ...uses, 'login, p99', 'refresh, p99', 'refused', 'most unsealed']
  return table([head, ...rows])
}
