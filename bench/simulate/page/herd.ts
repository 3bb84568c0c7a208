import { assumed } from '../model/assumptions.ts'
import { concurrent, peakRates } from '../model/demand.ts'
import { hashSeconds, loopSeconds } from '../model/service-times.ts'
import { hashLoad, type Size } from '../model/size.ts'
import type { Results } from '../results.ts'
import type { Herd } from '../scenarios/herd.ts'
import { count, duration, number, percent, table } from './markdown.ts'

/** The table of a herd that logs in, and what follows for the sizes. */
export function herdTable({ herd, sizes, refreshesPerSecond }: Results) {
  const at = ({ times }: Herd, percents: number) => duration(times[percents] ?? Number.NaN)
  const row = (what: string, one: Herd) => [
    what,
    count(one.clients),
    ...[50, 95, 100].map(percents => at(one, percents)),
    number(one.attemptsPerClient),
    number(one.mostRefusals),
    percent(one.mostLoop)
  ]
  const head = ['clients of a node', 'half are back', '95 %', 'all', 'attempts of each', 'most refusals a second']
  const wait = `${assumed('retrySeconds')} to ${2 * assumed('retrySeconds')} s`
  const simulated = table([
    [`${count(sizes.small.accounts)} accounts; clients wait`, ...head, 'event loop'],
    row(wait, herd.constant),
    row(`up to ${assumed('retryMost')} s, doubling`, herd.doubling),
    row('the same, with twice the hash cores', herd.moreCores)
  ])
  return `${simulated}\n\n${herdLines(sizes.small)}\n${herdLines(sizes.large)}\n${refreshLine(sizes.large, refreshesPerSecond)}`
}

/** On paper: the herd, divided by what the hash cores have left. */
function herdLines(size: Size) {
  const rates = peakRates(size.accounts)
  const clients = concurrent(size.accounts)
  const left = (size.nodes * size.hashCores - hashLoad(rates)) / hashSeconds
  const refusals = clients / size.nodes / (1.5 * assumed('retrySeconds') + 0.1)
  return (
    `- On paper, ${count(size.accounts)} accounts: ${count(clients)} clients, ${number(left)} logins a second left for ` +
    `them, so all are back after ${duration(clients / left)}. If they wait ${assumed('retrySeconds')} to ` +
    `${2 * assumed('retrySeconds')} s, each node refuses ${number(refusals)} a second, which takes ` +
    `${percent(refusals * loopSeconds.refusal)} of its event loop.`
  )
}

function refreshLine(size: Size, perSecond: number) {
  const clients = concurrent(size.accounts)
  return (
    `- Simulated, ${count(size.accounts)} accounts: ${size.databaseCores} cores of PostgreSQL serve ` +
    `${number(perSecond)} refreshes a second, so ${count(clients)} clients that only refresh are served within ` +
    `${duration(clients / perSecond)}.`
  )
}
