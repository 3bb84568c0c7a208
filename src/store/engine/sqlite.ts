import { statfs } from 'node:fs/promises'
import { resolve } from 'node:path'
import type Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { makePrivateFile } from '../../base/private-file.ts'
import { asPostgres } from '../schema/as-postgres.ts'
import { columns } from '../schema/columns.sqlite.ts'
import { tables } from '../schema/tables.ts'
import type { Build, Db, Engine, Exclusive, Following, Notify, Statement } from './dialect.ts'
import { createCommits, type Log } from './group-commit.ts'
import { boundChange, type SyncStatement, sync, type Values } from './internals.ts'
import { keptInserts } from './kept-inserts.ts'
import { openDatabase, sqliteDriver } from './sqlite-driver.ts'
import { migrateSqlite } from './sqlite-migrations.ts'
import { createWalSync, isBusy } from './sync-wal.ts'

/** How long startup waits for another process that creates the file or runs migrations. */
const startTimeoutMs = 5000
/** How long it waits between two attempts to switch the file to a write-ahead log. */
const retryMs = 10

/** More than the queries of the store. */
export const mostStatements = 500

const schema = tables(columns)

/** A write, whose result `onCommit` gets before the next read. */
interface Work<Result = unknown> {
  run(): Result
  onCommit(result: Result): void
}

/**
 * Opens the SQLite file at `path` (or `:memory:`), creating it (0600) and its folder (0700) when missing. `notify`
 * receives a failure of the disk and its end.
 */
export function openSqlite(path: string, notify: Notify = () => {}): Engine {
  // Throws for a driver that would crash, before a file is created.
  sqliteDriver()
  if (path !== ':memory:') makePrivateFile(path)
  const client = openDatabase(path, { timeout: startTimeoutMs })
  const hasLog = switchToLog(client)
  // With a log, commits do not wait for the disk: `log.sync` does, before a write resolves. Without one, FULL would not
  // sync that the journal of a commit has been deleted, and a power cut would roll it back.
  client.pragma(`synchronous = ${hasLog ? 'NORMAL' : 'EXTRA'}`)
  client.pragma('foreign_keys = ON')
  // Overwrites deleted data, such as accounts, instead of leaving it in free pages of the file.
  client.pragma('secure_delete = ON')
  // From here on, writes wait in the queue, where they do not block reads.
  client.pragma('busy_timeout = 0')
  const ownStatement = client.prepare.bind(client)
  client.prepare = keptStatements(ownStatement) as typeof client.prepare
  const db = drizzle({ client })
  const handle = asPostgres<Db>(db)
  const then: Following = {
    insert: keptInserts(handle),
    update: (table, changes, where) => handle.update(table).set(changes).where(where),
    delete: (table, where) => handle.delete(table).where(where)
  }
  const transact = client.transaction((run: () => unknown) => run()).immediate as <T>(run: () => T) => T
  const log = hasLog ? createWalSync(resolve(path), { client, notify }) : noLog
  function together(works: Work[]) {
    const results = transact(() => works.map(({ run }) => run()))
    for (const [at, { onCommit }] of works.entries()) onCommit(results[at])
    return results
  }
  const commits = createCommits<Work>({ together, log, isBusy })
  const write = <Result>(work: Work<Result>) => commits.write(work as Work) as Promise<Result>

  // A write that changes nothing waits for the disk as all others do.
  const durable = () => write({ run: () => {}, onCommit: () => {} })

  const dataVersion = ownStatement('PRAGMA data_version').pluck()
  let [others, changes] = [0, 0]
  const changed = () => {
    changes++
  }

  return {
    dialect: 'sqlite',
    db: handle,
    schema,

    atomic: <T>(build: Build<T>, _exclusive?: Exclusive, onCommit = changed) =>
      write({
        run: () => runList<T>(build(handle, then).map(sync)),
        onCommit: rows => (rows.length > 0 ? onCommit : changed)()
      }),

    prepare(_name, build) {
      let prepared: ReturnType<typeof prepareChange> | undefined
      return (values, onCommit = changed) => {
        // Prepared at the first use, because SQLite cannot prepare a statement about a table that does not exist yet.
        prepared ??= prepareChange(client, build(handle))
        const run = prepared
        return write({
          run: () => run(values),
          onCommit: count => {
            if (count > 0) onCommit()
          }
        })
      }
    },

    durable,

    version() {
      // `data_version` counts commits of other connections only.
      const ofOthers = dataVersion.get() as number
      if (ofOthers !== others) changed()
      others = ofOthers
      return changes
    },

    async migrate(folder) {
      client.pragma(`busy_timeout = ${startTimeoutMs}`)
      try {
        migrateSqlite(client, folder)
      } finally {
        client.pragma('busy_timeout = 0')
      }
    },

    async size() {
      const bytes = 'SELECT page_count * page_size FROM pragma_page_count, pragma_page_size'
      return ownStatement(bytes).pluck().get() as number
    },

    async volume() {
      if (path === ':memory:') return undefined
      const { bavail, blocks, bsize } = await statfs(path)
      return { free: bavail * bsize, total: blocks * bsize }
    },

    async ping() {
      // Reads the file, unlike `SELECT 1`.
      ownStatement('SELECT count(*) FROM sqlite_schema').get()
      log.checkFiles()
      if (log.failure()) await durable()
    },

    async close() {
      log.stop()
      await commits.drained()
      await log.close()
      client.close()
    }
  }
}

/** For a database whose commits are on the disk when they return; SQLite refuses them itself when its file is lost. */
const noLog: Log & Pick<ReturnType<typeof createWalSync>, 'checkFiles' | 'stop' | 'close'> = {
  failure: () => undefined,
  refusal: () => undefined,
  checkFiles() {},
  ready: async () => {},
  sync: async () => {},
  copyIfLong: async () => {},
  stop() {},
  close: async () => {}
}

/**
 * `prepare` of a database that keeps statements by their text, because compiling one takes longer than running it. The
 * first ones go when there are many, as lists of different lengths make them.
 */
function keptStatements<Statement extends { reader: boolean; raw(on: boolean): Statement }>(
  prepare: (text: string) => Statement
) {
  const kept = new Map<string, Statement>()
  return (text: string) => {
    const known = kept.get(text)
    // A caller expects rows as objects until it asks for arrays.
    if (known) return known.reader ? known.raw(false) : known
    const statement = prepare(text)
    kept.set(text, statement)
    const [first = ''] = kept.keys()
    if (kept.size > mostStatements) kept.delete(first)
    return statement
  }
}

/** A function that runs the change with the values of its placeholders, and returns how many rows it changed. */
function prepareChange(client: Database.Database, change: Statement) {
  const { sql, parameters } = boundChange(change)
  const statement = client.prepare(sql)
  return (values: Values) => statement.run(parameters(values)).changes
}

/** Runs the guard, then the other statements if it returned a row. */
function runList<T>([guard, ...rest]: SyncStatement[]): T[] {
  const rows = guard?.execute().sync() as T[]
  if (rows.length > 0) for (const statement of rest) statement.execute().sync()
  return rows
}

/**
 * Whether the database has a write-ahead log from now on. A database in memory has none, and some file systems allow
 * none.
 */
function switchToLog(client: Database.Database): boolean {
  const deadline = performance.now() + startTimeoutMs
  for (;;) {
    try {
      const mode = client.pragma('journal_mode = WAL', { simple: true })
      // The first read creates the log of a new database.
      client.pragma('schema_version')
      return mode === 'wal'
    } catch (error) {
      // Another process creates the same file. Here SQLite does not wait for it.
      if (!isBusy(error) || performance.now() > deadline) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs)
    }
  }
}
