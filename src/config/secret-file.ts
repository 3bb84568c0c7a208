import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { makePrivateFolder, writeNewFile } from '../base/private-file.ts'
import { randomSecret } from '../base/secrets.ts'

/**
 * The path in the `sqlite:` URL of Sallyport's own database: everything after the colon, relative to the working
 * directory unless absolute.
 */
export const sqlitePath = (databaseUrl: string) => databaseUrl.slice('sqlite:'.length)

/**
 * The secret in the file `secret` beside the SQLite file at `database`, and the path of that file; nothing if the file
 * does not exist. `problem` says why the secret cannot be used: unreadable, or fewer than `minLength` characters.
 */
export function findSecret(database: string, minLength: number): { path?: string; value?: string; problem?: string } {
  if (database === ':memory:') return {}
  const path = secretPath(database)
  try {
    const value = read(path)
    if (value === undefined) return {}
    if (value.length >= minLength) return { path, value }
    return { path, value, problem: tooShort(path, minLength) }
  } catch (error) {
    return { path, problem: notKept(path, error) }
  }
}

/**
 * The secret beside the SQLite file at `database` (mode 0600), created on the first call; processes that start at the
 * same time all get the same secret. Throws an Error, whose message names the file, when it cannot be created or used,
 * or when it is missing although the database has signing keys, which no other secret decrypts. Also throws the errors
 * of `hasKeys`.
 */
export function secretBeside(database: string, minLength: number, hasKeys: (database: string) => boolean): string {
  if (database === ':memory:') return randomSecret()
  const path = secretPath(database)
  const kept = (from: (path: string) => string | undefined) => {
    try {
      return from(path)
    } catch (error) {
      throw new Error(notKept(path, error))
    }
  }
  // Another process may have made both after the first read: the secret is older than the keys.
  const value = kept(read) ?? kept(hasKeys(database) ? read : make)
  if (value === undefined) throw new Error(lost(path))
  if (value.length < minLength) throw new Error(tooShort(path, minLength))
  return value
}

/** The path of the secret beside the SQLite file at `database`. */
export const secretPath = (database: string) => resolve(dirname(database), 'secret')

const notKept = (path: string, error: unknown) =>
  `SECRET is not set, and ${path} cannot be read or created: ${(error as Error).message}`

const lost = (path: string) =>
  `SECRET is not set, and ${path} is missing. It encrypted the signing keys of the database. Restore the file, or set SECRET. If it is lost, set a new SECRET and run \`sallyport secret discard\`.`

const tooShort = (path: string, minLength: number) =>
  `SECRET is not set, and ${path} has fewer than ${minLength} characters: restore the secret of this database, or delete the file if the database is new`

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function make(path: string): string {
  makePrivateFolder(dirname(path))
  try {
    writeNewFile(path, `${randomSecret()}\n`)
  } catch (error) {
    // Another process that starts at the same time has made it.
    if (!isCode(error, 'EEXIST')) throw error
  }
  return readFileSync(path, 'utf8').trim()
}

const isCode = (error: unknown, code: string) => (error as NodeJS.ErrnoException).code === code
