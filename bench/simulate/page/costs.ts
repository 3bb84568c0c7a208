import { assumed } from '../model/assumptions.ts'
import { dollarsPerMillion, loginSeconds, refreshSeconds } from '../model/price.ts'
import { readsOfLogin } from '../model/service-times.ts'
import type { Size } from '../model/size.ts'
import type { Results } from '../results.ts'
import { count, duration, number, percent, table } from './markdown.ts'

const hoursOfMonth = 730
const dollars = (value: number) =>
  `$ ${value.toLocaleString('en', { maximumFractionDigits: value < 0.1 ? 4 : value < 10 ? 2 : 0 })}`
const sum = (seconds: Record<string, number>) => Object.values(seconds).reduce((total, one) => total + one, 0)

/** The table of what a login and a refresh cost. */
export function costTable() {
  const meanUse = assumed('hashUse') / assumed('peakToMean')
  const [login, refresh] = [loginSeconds(), refreshSeconds()]
  const both = (what: string, cell: (seconds: typeof login | typeof refresh) => string) => [
    what,
    cell(login),
    cell(refresh)
  ]
  return table([
    ['', 'a login', 'a refresh'],
    ['core of a node, for the hash', duration(login.hash), '–'],
    both('core of a node, event loop', ({ loop }) => duration(loop)),
    both('core of PostgreSQL', ({ database }) => duration(database)),
    both('all', seconds => duration(sum(seconds))),
    both('a million of them, if cores are always in use', seconds => dollars(dollarsPerMillion(sum(seconds), 1))),
    both(`the same at a mean use of ${percent(meanUse)}`, seconds => dollars(dollarsPerMillion(sum(seconds), meanUse)))
  ])
}

/** The table of what the two deployments cost in a month. */
export function monthTable({ sizes }: Results) {
  const cores = ({ nodes, hashCores, databaseCores }: Size) => nodes * (hashCores + 1) + databaseCores
  const row = (size: Size) => [
    count(size.accounts),
    String(cores(size)),
    dollars(cores(size) * assumed('corePrice') * hoursOfMonth)
  ]
  return table([['accounts', 'cores of nodes and primary', 'a month'], row(sizes.small), row(sizes.large)])
}

/** The table of what a primary in another region adds to each request. */
export function regionTable() {
  const far = assumed('farMs') / 1000
  const row = (what: string, trips: number) => [what, String(trips), duration(trips * far)]
  return table([
    ['request', 'round trips to the primary, one after the other', `added at ${number(far * 1000)} ms`],
    row('a login', readsOfLogin + 1),
    row('a refresh', 2),
    row('`GET /users/me`', 1),
    row('an API that verifies a token', 0)
  ])
}
