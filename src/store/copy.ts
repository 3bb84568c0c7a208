import { createHash } from 'node:crypto'
import { asc, count, max, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { OnProgress } from '../base/progress.ts'
import type { Engine, Schema } from './engine/dialect.ts'
import { StoreError, toStoreError } from './errors.ts'
import { hasPending, isNew, migrationsFolder } from './migrations.ts'
import { openEngine } from './open.ts'

/** Rows that are written in one transaction. */
const batchSize = 500
/** A process that has renewed its row within this time still runs, in milliseconds. */
const runsMs = 60_000

type Row = Record<string, unknown>

/** A table, the columns that order and identify its rows, and their names in a row. */
interface Copied {
  name: string
  table: PgTable
  key: [Key, ...Key[]]
}

type Key = [member: string, column: PgColumn]

/**
 * The tables in an order in which every row that another one refers to comes first, but `nodes`, which has the processes
 * of the source.
 */
function tablesOf(schema: Schema): Copied[] {
  const { users, knownPrefixes, audit, seals, keys, throttle, emailCodes } = schema
  const byId = [
    'clients',
    'totp',
    'passkeys',
    'sessions',
    'spent',
    'mail',
    'personalTokens',
    'identities',
    'webhooks'
  ] as const
  const byHash = ['recoveryCodes', 'oneTimeTokens', 'setupLinks'] as const
  return [
    { name: 'keys', table: keys, key: [['kid', keys.kid]] },
    { name: 'users', table: users, key: [['id', users.id]] },
    ...byId.map((name): Copied => ({ name, table: schema[name], key: [['id', schema[name].id]] })),
    ...byHash.map((name): Copied => ({ name, table: schema[name], key: [['hash', schema[name].hash]] })),
    { name: 'emailCodes', table: emailCodes, key: [['userId', emailCodes.userId]] },
    {
      name: 'knownPrefixes',
      table: knownPrefixes,
      key: [
        ['userId', knownPrefixes.userId],
        ['prefix', knownPrefixes.prefix]
      ]
    },
    { name: 'throttle', table: throttle, key: [['key', throttle.key]] },
    { name: 'audit', table: audit, key: [['seq', audit.seq]] },
    { name: 'seals', table: seals, key: [['number', seals.number]] }
  ]
}

/** The rows of each table that the copy has. */
export type Copy = Record<string, number>

/**
 * Copies the database at `from` to that at `to`, which gets the tables. A copy that was ended continues where it was.
 * Compares all rows at the end. Rejects with a StoreError when the target has rows of its own, when a server runs on the
 * source, or when the two differ, as after a change of the source during the copy.
 */
export async function copyDatabase(from: string, to: string, onProgress: OnProgress = () => {}): Promise<Copy> {
  const source = await openEngine(from, () => {})
  try {
    const target = await openEngine(to, () => {})
    try {
      await assertReadable(source)
      await target.migrate(migrationsFolder(target.dialect), to)
      await assertOwn(source, target)
      return await copyAll(source, target, onProgress)
    } catch (error) {
      throw toStoreError(error)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function assertReadable(source: Engine) {
  if (await isNew(source)) throw new StoreError('failed', 'The source has no tables of Sallyport.')
  if (await hasPending(source))
    throw new StoreError('failed', 'An older version made the source. Run `sallyport migrate` on it first.')
  const { nodes } = source.schema
  const now = (await source.now?.())?.getTime() ?? Date.now()
  const rows = await source.db.select().from(nodes)
  const running = rows.filter(({ seenAt }) => seenAt.getTime() > now - runsMs)
  if (running.length > 0)
    throw new StoreError(
      'failed',
      `A server runs on the source: ${running.map(({ host }) => host).join(', ')}. Stop it first. After a crash, wait a minute.`
    )
}

/** Rejects unless each table of the target is empty, or ends with the row that the source has at this place. */
async function assertOwn(source: Engine, target: Engine) {
  const theirs = tablesOf(source.schema)
  for (const [at, own] of tablesOf(target.schema).entries()) {
    const rows = await countOf(target, own.table)
    if (rows === 0) continue
    const [last, same] = [await rowAt(target, own, rows), await rowAt(source, theirs[at] as Copied, rows)]
    if (own.key.some(([member]) => last?.[member] !== same?.[member]))
      throw new StoreError('failed', 'The target has rows of its own. Copy into an empty database.')
  }
}

async function countOf({ db }: Engine, table: PgTable): Promise<number> {
  const [row] = await db.select({ rows: count() }).from(table)
  return Number(row?.rows)
}

async function copyAll(source: Engine, target: Engine, onProgress: OnProgress): Promise<Copy> {
  const [theirs, own] = [tablesOf(source.schema), tablesOf(target.schema)]
  const counts = await Promise.all(theirs.map(({ table }) => countOf(source, table)))
  // Each row is read once to be copied, and once on each side to be compared.
  const all = 3 * counts.reduce((sum, rows) => sum + rows, 0)
  const begun = await Promise.all(own.map(({ table }) => countOf(target, table)))
  let done = begun.reduce((sum, rows) => sum + rows, 0)
  function advance(rows: number, what: string) {
    done += rows
    onProgress(what, Math.min(done / all, 1))
  }
  advance(0, 'copying')
  for (const [at, copied] of theirs.entries()) {
    const { table, key } = own[at] as Copied
    const [[, first]] = key
    for await (const rows of pages(source, copied, begun[at])) {
      await target.atomic(tx => [tx.insert(table).values(rows).returning({ key: first })])
      advance(rows.length, `copying ${copied.name}`)
    }
  }
  await continueNumbers(target)
  const copy: Copy = {}
  for (const [at, copied] of theirs.entries()) {
    const compared = (rows: number) => advance(rows, `comparing ${copied.name}`)
    const [one, other] = [await digestOf(source, copied, compared), await digestOf(target, own[at] as Copied, compared)]
    if (one.digest !== other.digest)
      throw new StoreError(
        'failed',
        `The copy of ${copied.name} differs: ${one.rows} rows, and ${other.rows} in the target. The source has changed meanwhile. Copy again into an empty database.`
      )
    copy[copied.name] = one.rows
  }
  return copy
}

const inOrder = (key: Copied['key']) => key.map(([, column]) => asc(column))

/** The row with this number in the order of the key of a table, of which 1 is the first; `undefined` past the last. */
async function rowAt({ db }: Engine, { table, key }: Copied, number: number): Promise<Row | undefined> {
  const at = number - 1
  const [row] = await db
    .select()
    .from(table)
    .orderBy(...inOrder(key))
    .offset(at)
    .limit(1)
  return row as Row | undefined
}

/** The rows of a table in the order of its key, without the first `begun`. */
async function* pages(engine: Engine, copied: Copied, begun = 0): AsyncGenerator<Row[]> {
  const { db } = engine
  const { table, key } = copied
  const columns = sql.join(
    key.map(([, column]) => sql`${column}`),
    sql`, `
  )
  let last = begun > 0 ? await rowAt(engine, copied, begun) : undefined
  if (begun > 0 && !last) return
  for (;;) {
    const after = last
    const values = key.map(([member, column]) => sql`${sql.param(after?.[member], column)}`)
    const further = after && sql`(${columns}) > (${sql.join(values, sql`, `)})`
    const rows = (await db
      .select()
      .from(table)
      .where(further)
      .orderBy(...inOrder(key))
      .limit(batchSize)) as Row[]
    if (rows.length === 0) return
    yield rows
    last = rows.at(-1)
  }
}

/** PostgreSQL numbers the next event after the copied ones. SQLite does so by itself. */
async function continueNumbers({ db, dialect, schema: { audit } }: Engine) {
  if (dialect !== 'postgres') return
  const [row] = await db.select({ last: max(audit.seq) }).from(audit)
  if (row?.last == null) return
  const next = sql<number>`setval(pg_get_serial_sequence('audit', 'seq'), ${Number(row.last)})`
  await db.select({ next }).from(sql`(SELECT 1) AS one`)
}

/** The sum of the hashes of all rows, which does not depend on their order, and how many there are. */
async function digestOf(engine: Engine, copied: Copied, advance: (rows: number) => void) {
  let [sum, rows] = [0n, 0]
  for await (const page of pages(engine, copied)) {
    for (const row of page) {
      const digest = createHash('sha256').update(canonical(row)).digest('hex')
      sum = (sum + BigInt(`0x${digest}`)) % 2n ** 256n
    }
    rows += page.length
    advance(page.length)
  }
  return { digest: `${rows} ${sum}`, rows }
}

/** JSON whose members are in one order: PostgreSQL keeps another one. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_name, member) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member
  )
