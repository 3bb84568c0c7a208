import performance from '../../../docs/performance.json' with { type: 'json' }
import measured from '../measured.json' with { type: 'json' }

const microseconds = 1e-6

/** A figure of docs/performance.json. */
function figure(name: string, key: string): number {
  const line = performance.figures.find(one => one.name === name)?.lines.find(one => one.key === key)
  if (line === undefined) throw new Error(`docs/performance.json has no ${name}, ${key}`)
  return line.median
}

const { steady, afterCheckpoint, crypto, bytes } = measured
const form = 1 / figure('refresh', 'bare')
const readInBatch = 1 / figure('me-postgres', 'sallyport') - 1 / figure('me', 'sallyport')
const tokens = (crypto.sign + 2 * crypto.hmac) * microseconds
const [loginRead, loginReads] = [1 / 3, 3]
const perSession = (steady.readEight.serverMicros - steady.readOne.serverMicros) / 7
const perRefresh = (steady.refreshEight.serverMicros - steady.refresh.serverMicros) / 7

/** Processor time of the event loop for each kind of request, in seconds. */
export const loopSeconds = {
  refresh: form + readInBatch + tokens + steady.refresh.clientMicros * microseconds,
  login:
    form +
    tokens +
    (steady.loginReads.clientMicros * loginRead * loginReads +
      steady.failure.clientMicros +
      steady.login.clientMicros) *
      microseconds,
  me: 1 / figure('me-postgres', 'sallyport'),
  refusal: form,
  /** The share of an event in the work of the node that seals it. */
  sealedEvent: (steady.seal1000.clientMicros / 1000) * microseconds
}

/** Processor time of one core for one check of a password at cost 12, in seconds. */
export const hashSeconds = performance.machine.cores / figure('token', 'raw')

/** Processor time of PostgreSQL, in seconds. */
export const databaseSeconds = {
  /** The updates of `count` refreshes in one transaction. */
  refreshes: (count: number) => (steady.refresh.serverMicros + perRefresh * (count - 1)) * microseconds,
  login: steady.login.serverMicros * microseconds,
  /** The attempt that each login counts. */
  attempt: steady.failure.serverMicros * microseconds,
  loginRead: steady.loginReads.serverMicros * loginRead * microseconds,
  /** A read of `count` sessions with their users. */
  sessions: (count: number) => (steady.readOne.serverMicros + perSession * (count - 1)) * microseconds,
  sealedEvent: (steady.seal1000.serverMicros / 1000) * microseconds
}

/** Reads that a login makes, each a round trip, before it waits for its turn. */
export const readsOfLogin = loginReads

type Written = 'refresh' | 'login' | 'failure' | 'seal1000'

/**
 * Bytes of the write-ahead log and pages that one statement list writes. In a large table nearly every change is the
 * first of its page since the checkpoint, so the log holds the page.
 */
export const written = (list: Written, isLarge: boolean) => ({
  bytes: (isLarge ? afterCheckpoint : steady)[list].walBytes,
  pages: afterCheckpoint[list].wholePages
})

/** Bytes of a row with its indexes. */
export const rowBytes = {
  postgres: Object.fromEntries(
    Object.entries(bytes.postgres).map(([table, row]) => [table, row.table + row.indexes])
  ) as Record<keyof typeof bytes.postgres, number>,
  sqlite: bytes.sqlite
}
