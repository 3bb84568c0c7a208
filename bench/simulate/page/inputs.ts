import measured from '../measured.json' with { type: 'json' }
import { type Assumption, assumptions } from '../model/assumptions.ts'
import { databaseSeconds, hashSeconds, loopSeconds } from '../model/service-times.ts'
import { duration, number, percent, size, table } from './markdown.ts'

/** The table of everything that was assumed. */
export const assumptionTable = () =>
  table([
    ['assumption', 'value', 'source'],
    ...Object.values<Assumption>(assumptions).map(({ what, value, unit, source }) => [
      what,
      unit.startsWith('of all')
        ? `${percent(value)} ${unit}`
        : `${value.toLocaleString('en', { maximumFractionDigits: 4 })} ${unit}`.trim(),
      source
    ])
  ])

const statements = 'measured: `measured.json`'
const benchmark = '[performance.json](performance.json)'

/** The table of the times that the simulation counts with. */
export const timeTable = () =>
  table([
    ['what', 'processor time', 'source'],
    ['bcrypt at cost 12', duration(hashSeconds), `measured: ${benchmark}, raw bcrypt`],
    ['event loop: a login', duration(loopSeconds.login), `the form of ${benchmark}, and ${statements}`],
    [
      'event loop: a refresh',
      duration(loopSeconds.refresh),
      `the form and the read of ${benchmark}, and ${statements}`
    ],
    ['event loop: `GET /users/me`', duration(loopSeconds.me), `measured: ${benchmark}, on PostgreSQL`],
    ['event loop: a refusal of the hash queue', duration(loopSeconds.refusal), `the form of ${benchmark}`],
    ['PostgreSQL: the update of a refresh, alone in its turn', duration(databaseSeconds.refreshes(1)), statements],
    ['PostgreSQL: eight of them in one transaction', duration(databaseSeconds.refreshes(8)), statements],
    ['PostgreSQL: the writes of a login', duration(databaseSeconds.login), statements],
    ['PostgreSQL: each of the three reads of a login', duration(databaseSeconds.loginRead), statements],
    ['PostgreSQL: the attempt of a login', duration(databaseSeconds.attempt), statements],
    ['PostgreSQL: a session with its user', duration(databaseSeconds.sessions(1)), statements],
    ['PostgreSQL: eight of them in one query', duration(databaseSeconds.sessions(8)), statements],
    ['event loop: the seal of 1,000 events', duration(loopSeconds.sealedEvent * 1000), statements],
    ['PostgreSQL: the seal of 1,000 events', duration(databaseSeconds.sealedEvent * 1000), statements]
  ])

/** The table of what the statements write to the log. */
export function writtenTable() {
  const { steady, afterCheckpoint } = measured
  const row = (what: string, list: keyof typeof afterCheckpoint) => [
    what,
    size(steady[list].walBytes),
    size(afterCheckpoint[list].walBytes),
    number(afterCheckpoint[list].wholePages)
  ]
  return table([
    ['statements', 'bytes of log', 'bytes with whole pages', 'whole pages'],
    row('a refresh', 'refresh'),
    row('the writes of a login', 'login'),
    row('the writes of a wrong password', 'failure'),
    row('the seal of 1,000 events', 'seal1000')
  ])
}

/** The table of changes that were made for this, before and after. */
export function changeTable() {
  const { steady, afterCheckpoint, before } = measured
  const microseconds = (one: { serverMicros: number }) => duration(one.serverMicros / 1e6)
  return table([
    ['change', 'figure', 'before', 'after'],
    [
      'a query of sessions with at least ten keys, instead of exactly those that are read, so that PostgreSQL does not plan it each time',
      'processor time of PostgreSQL for one session',
      microseconds(before.readOne),
      microseconds(steady.readOne)
    ],
    ['the same', 'for eight sessions in one query', microseconds(before.readEight), microseconds(steady.readEight)],
    [
      '`fillfactor = 80` of `sessions`, so that a refresh finds room in its page and changes no index',
      'bytes of log of a refresh, with whole pages',
      size(before.refresh.walBytes),
      size(afterCheckpoint.refresh.walBytes)
    ]
  ])
}

/** The machine on which the statements were measured. */
export const measuredLine = () =>
  `Measured ${measured.date.slice(0, 10)} on ${measured.machine.cores} cores (${measured.machine.model}), Node.js ${measured.machine.node}.`
