import { assumed } from '../model/assumptions.ts'
import { concurrent, meanRates, peakRates, type Rates } from '../model/demand.ts'
import { writes } from '../model/disk.ts'
import { hashLoad, poolSize, type Size } from '../model/size.ts'
import { type Stored, stored } from '../model/storage.ts'
import type { Results } from '../results.ts'
import type { Window } from '../scenarios/window.ts'
import { size as bytes, count, duration, number, percent, table } from './markdown.ts'

const secondsOfDay = 86_400
const isLarge = ({ accounts }: Size) => accounts >= 10_000_000
const total = (rows: Stored[], engine: 'postgres' | 'sqlite') => rows.reduce((sum, row) => sum + row[engine], 0)
const percentiles = ({ p50, p95, p99 }: Window['login']) => [p50, p95, p99].map(duration).join(' · ')

interface Column {
  size: Size
  peak: Window
  rates: Rates
}

/** Each line of the table: what it says, how it was found, and the cell of one size. */
const lines: [string, string, (column: Column) => string][] = [
  ['logins a second, mean', 'assumed', ({ size }) => number(meanRates(size.accounts).logins)],
  ['password checks a second', 'assumed', ({ rates }) => number(rates.logins + rates.failures)],
  ['refreshes a second', 'assumed', ({ rates }) => number(rates.refreshes)],
  ['accounts in use at the same time', 'assumed', ({ size }) => count(concurrent(size.accounts))],
  ['cores that hash: busy', 'on paper', ({ rates }) => number(hashLoad(rates))],
  ['nodes × cores, one of each for the event loop', 'chosen', ({ size }) => `${size.nodes} × ${size.hashCores + 1}`],
  ['use of the hash cores', 'simulated', ({ peak }) => percent(peak.use.hash)],
  ['cores of all event loops: busy', 'simulated', ({ peak, size }) => number(peak.use.loop * size.nodes)],
  ['cores of PostgreSQL: busy', 'simulated', ({ peak, size }) => number(peak.use.database * size.databaseCores)],
  ['cores of PostgreSQL', 'chosen', ({ size }) => String(size.databaseCores)],
  ['connections', 'on paper', ({ size }) => String(size.nodes * poolSize)],
  ['connections in use', 'simulated', ({ peak, size }) => number(peak.use.pool * size.nodes * poolSize)],
  ['commits a second', 'simulated', ({ peak }) => number(peak.perSecond.commits)],
  ['flushes of the log a second', 'simulated', ({ peak }) => number(peak.perSecond.flushes)],
  ['pages read from the disk a second', 'simulated', ({ peak }) => number(peak.perSecond.pagesRead)],
  [
    'pages that checkpoints write a second, at most',
    'on paper',
    ({ rates, size }) => number(writes(rates, isLarge(size)).pagesWritten)
  ],
  ['log a second', 'simulated', ({ peak }) => bytes(peak.perSecond.walBytes)],
  [
    'log a day',
    'on paper',
    ({ size }) => bytes(writes(meanRates(size.accounts), isLarge(size)).walBytes * secondsOfDay)
  ],
  ['a login: median · p95 · p99', 'simulated', ({ peak }) => percentiles(peak.login)],
  ['a refresh: median · p95 · p99', 'simulated', ({ peak }) => percentiles(peak.refresh)],
  ['`GET /users/me`: median · p95 · p99', 'simulated', ({ peak }) => percentiles(peak.read)],
  ['database on PostgreSQL', 'on paper', ({ size }) => bytes(total(stored(size.accounts), 'postgres'))]
]

/** The table of what the two sizes need in the busiest hour. */
export function sizeTable({ sizes, day }: Results) {
  const column = (name: 'small' | 'large'): Column => {
    const busiest = day[name].reduce((most, hour) => (hour.rates.logins > most.rates.logins ? hour : most))
    return { size: sizes[name], peak: busiest, rates: peakRates(sizes[name].accounts) }
  }
  const columns = [column('small'), column('large')]
  return table([
    ['in the busiest hour', ...columns.map(({ size }) => `${count(size.accounts)} accounts`), 'how'],
    ...lines.map(([what, how, cell]) => [what, ...columns.map(cell), how])
  ])
}

/** The table of rows and their bytes. */
export function storageTable({ sizes }: Results) {
  const [small, large] = [stored(sizes.small.accounts), stored(sizes.large.accounts)]
  const rows = large.map((row, n) => [
    `\`${row.table}\``,
    number(row.postgres / row.rows),
    number(row.sqlite / row.rows),
    ...[small[n] as Stored, row].flatMap(one => [count(one.rows), bytes(one.postgres)])
  ])
  const sum = ['all', '', '', '', bytes(total(small, 'postgres')), '', bytes(total(large, 'postgres'))]
  const head = ['table', 'bytes a row, PostgreSQL', 'SQLite']
  const sizesOf = ({ accounts }: Size) => [`rows, ${count(accounts)}`, 'size']
  return table([[...head, ...sizesOf(sizes.small), ...sizesOf(sizes.large)], ...rows, sum])
}

/** A sentence about the audit trail alone. */
export function auditLine({ sizes }: Results) {
  const audit = stored(sizes.large.accounts).find(row => row.table === 'audit') as Stored
  const ofDay = audit.postgres / assumed('auditDays')
  return `With ${count(sizes.large.accounts)} accounts, the audit trail grows by ${bytes(ofDay)} a day.`
}
