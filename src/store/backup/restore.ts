import { randomBytes } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  fchmodSync,
  fchownSync,
  openSync,
  realpathSync,
  statSync
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isNull } from 'drizzle-orm'
import { CommandError } from '../../base/errors.ts'
import { makePrivateFolder } from '../../base/private-file.ts'
import type { OnProgress } from '../../base/progress.ts'
import type { AuditEvent } from '../audit/events.ts'
import { openSqlite } from '../engine/sqlite.ts'
import { ended, laterEpoch, notEnded } from '../session-rows.ts'
import { replaceDatabase } from './replace.ts'
import { checkDatabase, explained, flush, type Holdings, removeDatabase } from './sqlite-file.ts'

/** The restored contents, how many logins were ended, and where the previous database is, if there was one. */
export type Restored = Holdings & { loginsEnded: number; kept: string | null }

/**
 * Puts a copy of the backup `file` in place of the SQLite file at `database`. `prepare` gets the URL of that copy
 * first: it applies migrations, throws when the copy is not usable, and resolves to the event for ending every login,
 * or to `undefined` to keep them. The old database stays unchanged until the last step and is then kept under another
 * name; whatever happens, one of the two is in place. The new one has the mode of the old one, and root gives it to the
 * owner of the folder. Throws a CommandError when the backup is not usable, when there is already a database and
 * `force` is not set, or when another process uses it, and a StoreError when a file cannot be read or written.
 */
export async function restoreSqlite(
  file: string,
  database: string,
  {
    force,
    prepare,
    onProgress = () => {}
  }: { force: boolean; prepare: (url: string) => Promise<AuditEvent | undefined>; onProgress?: OnProgress }
): Promise<Restored> {
  try {
    refuseSource(file, database)
    if (existsSync(database) && !force)
      throw new CommandError(
        `${database} already exists. Stop the server, and add --force to replace the database, which is kept under another name.`
      )
    return await replace()
  } catch (error) {
    throw explained(`Cannot restore ${file}`, error)
  }

  async function replace(): Promise<Restored> {
    // Follows a link, because the copy must be on the same disk as the file it replaces.
    const path = existsSync(database) ? realpathSync(database) : resolve(database)
    const draft = `${path}.restoring-${randomBytes(6).toString('hex')}`
    try {
      makePrivateFolder(dirname(path))
      const copy = openSync(draft, 'wx', 0o600)
      const folder = statSync(dirname(path))
      const owner = folder.uid === 0 && existsSync(path) ? statSync(path) : folder
      if (process.getuid?.() === 0) fchownSync(copy, owner.uid, owner.gid)
      if (existsSync(path)) fchmodSync(copy, statSync(path).mode & 0o777)
      await pipeline(createReadStream(file), counted(statSync(file).size), createWriteStream(draft, { fd: copy }))
      onProgress('checking the backup')
      checkDatabase(draft, file)
      onProgress('preparing the database')
      const event = await prepare(`sqlite:${draft}`)
      const loginsEnded = event ? await endLogins(draft, event) : 0
      onProgress('checking the database')
      const holdings = checkDatabase(draft, file)
      flush(draft)
      const kept = await replaceDatabase(path, draft)
      return { ...holdings, loginsEnded, kept }
    } finally {
      removeDatabase(draft)
    }
  }

  /** Passes the chunks of a file of this size on, and reports them. */
  function counted(bytes: number) {
    let read = 0
    return async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        yield chunk
        read += chunk.length
        onProgress('copying the backup', Math.min(read / bytes, 1))
      }
    }
  }
}

function refuseSource(file: string, database: string) {
  const source = statSync(file, { throwIfNoEntry: false })
  if (!source?.isFile()) throw new CommandError(`Backup not found: ${file}.`)
  const target = statSync(database, { throwIfNoEntry: false })
  if (target?.ino === source.ino && target.dev === source.dev)
    throw new CommandError(`${file} is the database itself. Choose a backup.`)
  // The -wal file holds the latest writes, and copying both files of a database in use can corrupt the copy.
  if (existsSync(`${file}-wal`))
    throw new CommandError(
      `${file} is in use or was not closed, because ${file}-wal exists. Make a backup of it first, with DATABASE_URL=sqlite:${file}.`
    )
}

/**
 * Ends every login in the copy. Otherwise sessions that have ended since the backup, such as by a logout or a password
 * change, would be live again.
 */
async function endLogins(draft: string, event: AuditEvent): Promise<number> {
  const { db, schema, atomic, close } = openSqlite(draft)
  const { audit, sessions, users } = schema
  try {
    const { length } = await db.select({ id: sessions.id }).from(sessions).where(isNull(sessions.revokedAt))
    await atomic((tx, then) => [
      tx
        .insert(audit)
        .values({ ...event, detail: { ...event.detail, sessions: length } })
        .returning(),
      then.update(users, laterEpoch(schema, 1000), undefined),
      then.update(sessions, ended(event.at), notEnded(schema, undefined))
    ])
    return length
  } finally {
    await close()
  }
}
