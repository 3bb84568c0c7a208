import type { AuditEvents, Origin } from '../auth/audit-events.ts'
import type { FactorCodes } from '../auth/second-factor/codes.ts'
import { Problem } from '../base/errors.ts'
import type { SeenNames } from '../store/inspect/seen-names.ts'
import type { MovedUser, UserStore } from '../store/users.ts'
import { type MovedAccount, type ReadingOptions, readAccount } from './account.ts'
import { mayBeHash } from './looks-like-hash.ts'
import { columnsOf, type Mapping } from './mapping.ts'
import { createMatcher } from './match-existing.ts'
import type { Source, SourceRow } from './source.ts'
import { isGiven, reasonOf } from './values.ts'

/** Rows that are looked up and written at once. */
const batchSize = 1000

/** The outcome of a row, actual or predicted; `username` is `null` when it is missing or may be a hash. */
export type Outcome = New | (RowLabel & { result: 'skipped'; reason: string; account?: MovedAccount })

interface RowLabel {
  line: number
  username: string | null
}

interface New extends RowLabel {
  result: 'created' | 'unchanged'
  account: MovedAccount
}

/** Imports accounts into the store. Existing accounts are never changed, so an import can be run again. */
export function createImporter(
  deps: ReadingOptions & {
    store: Pick<UserStore, 'holders' | 'insertFree'>
    /** Encrypts the secret of an authenticator app. */
    sealSecret: FactorCodes['sealSecret']
    openSeenNames: () => SeenNames
    auditEvents: AuditEvents
  }
) {
  const { store, sealSecret, openSeenNames, auditEvents, mapping, newId } = deps

  async function* outcomesOf(rows: AsyncIterable<SourceRow>) {
    for await (const row of rows) yield read(row)
  }

  /** The account of a row, or the reason why it is invalid. */
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

  /** The outcomes after comparing them with the existing accounts. */
  async function compare(outcomes: Outcome[]): Promise<Outcome[]> {
    const accounts = outcomes.filter(isNew).map(({ account }) => account.user)
    const match = createMatcher(accounts.length > 0 ? await store.holders(accounts) : [])
    return outcomes.map(outcome => (isNew(outcome) ? { ...outcome, ...match(outcome.account) } : outcome))
  }

  /** The outcomes after skipping rows that repeat a name of an earlier row. Skipped rows reserve no names. */
  function distinguish(outcomes: Outcome[], seen: SeenNames, unit: Source['unit']): Outcome[] {
    return outcomes.map(outcome => {
      if (!outcome.account) return outcome
      const names = namesOf(outcome.account)
      const earlier = seen.find(names)
      if (earlier) {
        const reason = `${earlier.name.split(' ')[0]} is the same as in ${unit} ${earlier.place}`
        return { line: outcome.line, username: outcome.username, result: 'skipped', reason }
      }
      if (outcome.result !== 'skipped') seen.claim(names, outcome.line)
      return outcome
    })
  }

  function app(user: MovedUser, secret: string) {
    const id = newId()
    return { id, secretSealed: sealSecret({ id, userId: user.id }, secret), user }
  }

  /** The outcomes after creating the new accounts. */
  async function write(outcomes: Outcome[], from: string, origin: Origin): Promise<Outcome[]> {
    const fresh = outcomes.filter(isNew)
    const [first, last] = [fresh[0], fresh.at(-1)]
    if (!first || !last) return outcomes
    const detail = { from, first: first.line, last: last.line, accounts: fresh.length }
    const event = auditEvents.event('users.imported', { ...origin, detail })
    const ids = await store.insertFree(
      fresh.map(({ account }) => account.user),
      event,
      {
        identities: fresh.flatMap(({ account: { user, identities } }) =>
          identities.map(identity => ({ ...identity, id: newId(), user }))
        ),
        apps: fresh.flatMap(({ account: { user, totpSecret } }) => (totpSecret === null ? [] : app(user, totpSecret)))
      }
    )
    const made = new Set(ids)
    // A concurrent import may have created the same accounts.
    const late = await compare(fresh.filter(({ account }) => !made.has(account.user.id)))
    const byLine = new Map(late.map(outcome => [outcome.line, isNew(outcome) ? takenDuringImport(outcome) : outcome]))
    return outcomes.map(outcome => byLine.get(outcome.line) ?? outcome)
  }

  return {
    /**
     * The outcome of every row, batch by batch. Each batch is on disk before it is yielded, with one event in the audit
     * trail; `dryRun` writes nothing. Throws the errors of the source and the store; batches that were written stay.
     */
    async *run(source: Source, { dryRun, ...origin }: Origin & { dryRun: boolean }): AsyncGenerator<Outcome[]> {
      const seen = openSeenNames()
      try {
        for await (const batch of inBatches(outcomesOf(source.rows(columnsOf(mapping))))) {
          const outcomes = distinguish(await compare(batch), seen, source.unit)
          yield dryRun ? outcomes : await write(outcomes, source.name, origin)
        }
      } finally {
        seen.close()
      }
    }
  }
}

const takenDuringImport = ({ line, username }: RowLabel): Outcome => ({
  line,
  username,
  result: 'skipped',
  reason: 'was taken during the import: import again'
})

const isNew = (outcome: Outcome): outcome is New => outcome.result === 'created'

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

/** The names that no two rows may share. */
const namesOf = ({ user, keepsId }: MovedAccount) => [
  ...(keepsId ? [`id ${user.id}`] : []),
  `username ${user.username}`,
  ...(user.emailVerified ? [`email ${user.email}`] : [])
]

/** The name or address that identifies a row in a report; `null` when it may be a hash. */
function labelOf(record: Record<string, unknown>, mapping: Mapping): string | null {
  const columns = [mapping.username, mapping.email].flatMap(reading => reading?.columns ?? [])
  const label = columns.map(column => record[column]).find(isGiven)
  return typeof label === 'string' && label.length <= 254 && !mayBeHash(label) ? label : null
}
