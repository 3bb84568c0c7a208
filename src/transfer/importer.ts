import type { AuditEvents, Origin } from '../auth/audit/audit-events.ts'
import { Problem } from '../errors.ts'
import type { Seen } from '../store/inspect/seen-names.ts'
import type { UserStore } from '../store/users.ts'
import { type MovedAccount, type ReadingOptions, readAccount } from './account.ts'
import { mayBeHash } from './looks-like-hash.ts'
import { columnsOf, type Mapping } from './mapping.ts'
import { createJudge } from './match-existing.ts'
import type { Source, SourceRow } from './source.ts'
import { isGiven } from './values.ts'

/** Rows that are looked up at once, and written at once. */
const batchSize = 1000

/** What became of a row, or would; `username` is `null` where it has none that can be shown. */
export type Outcome = Good | (Place & { result: 'skipped'; reason: string; account?: MovedAccount })

interface Place {
  line: number
  username: string | null
}

interface Good extends Place {
  result: 'created' | 'unchanged'
  account: MovedAccount
}

/** Brings accounts into the store. What is there already is never changed, so that an import can be run again. */
export function createImporter(
  deps: ReadingOptions & {
    store: Pick<UserStore, 'holders' | 'insertFree'>
    openSeen: () => Seen
    auditEvents: AuditEvents
  }
) {
  const { store, openSeen, auditEvents, mapping } = deps

  /** An account that is good in itself, or the reason why not. */
  function read(row: SourceRow): Outcome {
    const { line } = row
    if ('problem' in row) return { line, username: null, result: 'skipped', reason: row.problem }
    try {
      const account = readAccount(row.record, deps)
      return { line, username: account.user.username, account, result: 'created' }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return { line, username: labelOf(row.record, mapping), result: 'skipped', reason: reasonOf(error) }
    }
  }

  /** The same outcomes, in the light of who is there already. */
  async function judge(outcomes: Outcome[]): Promise<Outcome[]> {
    const accounts = outcomes.filter(isNew).map(({ account }) => account.user)
    const verdictOn = createJudge(accounts.length > 0 ? await store.holders(accounts) : [])
    return outcomes.map(outcome => (isNew(outcome) ? { ...outcome, ...verdictOn(outcome.account) } : outcome))
  }

  /** The same outcomes without those that have a name of an earlier row. Whoever is skipped has no name to be in the way. */
  function distinguish(outcomes: Outcome[], seen: Seen, unit: Source['unit']): Outcome[] {
    return outcomes.map(outcome => {
      if (!outcome.account) return outcome
      const names = namesOf(outcome.account)
      const earlier = seen.find(names)
      if (earlier) {
        const reason = `${earlier.name.split(' ')[0]} is that of ${unit} ${earlier.place}`
        return { line: outcome.line, username: outcome.username, result: 'skipped', reason }
      }
      if (outcome.result !== 'skipped') seen.claim(names, outcome.line)
      return outcome
    })
  }

  /** The same outcomes once what is to be created has been. */
  async function write(outcomes: Outcome[], from: string, origin: Origin): Promise<Outcome[]> {
    const fresh = outcomes.filter(isNew)
    const [first, last] = [fresh[0], fresh.at(-1)]
    if (!first || !last) return outcomes
    const detail = { from, first: first.line, last: last.line, accounts: fresh.length }
    const event = auditEvents.event('users.imported', { ...origin, detail })
    const ids = await store.insertFree(
      fresh.map(({ account }) => account.user),
      event
    )
    const made = new Set(ids)
    // Another import that runs at the same time may have made the same accounts.
    const late = await judge(fresh.filter(({ account }) => !made.has(account.user.id)))
    const byLine = new Map(late.map(outcome => [outcome.line, isNew(outcome) ? takenMeanwhile(outcome) : outcome]))
    return outcomes.map(outcome => byLine.get(outcome.line) ?? outcome)
  }

  return {
    /**
     * What became of every row, batch by batch. A batch is on the disk before it is given, with one event of the audit
     * trail for all of it; `dryRun` writes nothing. Throws what the source and the store throw; what was written stays.
     */
    async *run(source: Source, { dryRun, ...origin }: Origin & { dryRun: boolean }): AsyncGenerator<Outcome[]> {
      const seen = openSeen()
      try {
        for await (const rows of inBatches(source.rows(columnsOf(mapping)))) {
          const judged = distinguish(await judge(rows.map(read)), seen, source.unit)
          yield dryRun ? judged : await write(judged, source.name, origin)
        }
      } finally {
        seen.close()
      }
    }
  }
}

const takenMeanwhile = ({ line, username }: Place): Outcome => ({
  line,
  username,
  result: 'skipped',
  reason: 'was taken a moment ago: import again'
})

const isNew = (outcome: Outcome): outcome is Good => outcome.result === 'created'

async function* inBatches<T>(rows: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = []
  for await (const row of rows) {
    batch.push(row)
    if (batch.length < batchSize) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** What no two rows may have in common. */
const namesOf = ({ user, keepsId }: MovedAccount) => [
  ...(keepsId ? [`id ${user.id}`] : []),
  `username ${user.username}`,
  ...(user.email === null ? [] : [`email ${user.email}`])
]

const reasonOf = ({ errors }: Problem) =>
  errors.map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`).join(', ')

/** What shows the reader of a report which row it is: name or address, unless there may be a hash in their place. */
function labelOf(record: Record<string, unknown>, mapping: Mapping): string | null {
  const columns = [mapping.username, mapping.email].flatMap(reading => reading?.columns ?? [])
  const label = columns.map(column => record[column]).find(isGiven)
  return typeof label === 'string' && label.length <= 254 && !mayBeHash(label) ? label : null
}
