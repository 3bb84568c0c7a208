import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { randomSecret } from '../auth/keys/secrets.ts'

/** The path in the `sqlite:` URL of our own database: all after the colon, from the working folder where it is relative. */
export const sqlitePath = (databaseUrl: string) => databaseUrl.slice('sqlite:'.length)

/**
 * The secret in the file `secret` (mode 0600) beside the SQLite file at `database`, made on the first call; processes
 * that start at the same time all get the same. Throws an Error, whose message names the file, when it cannot be made or
 * read, or holds fewer than `minLength` characters.
 */
export function secretBeside(database: string, minLength: number): string {
  const path = resolve(dirname(database), 'secret')
  try {
    const secret = read(path) ?? make(path)
    if (secret.length >= minLength) return secret
  } catch (error) {
    throw new Error(`SECRET is not set and cannot be kept in ${path}: ${(error as Error).message}`)
  }
  throw new Error(
    `SECRET is not set and ${path} has fewer than ${minLength} characters: put the secret of this database back there; delete the file only if the database is new`
  )
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function make(path: string): string {
  const draft = `${path}.${randomSecret()}`
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    writeFileSync(draft, `${randomSecret()}\n`, { flag: 'wx', mode: 0o600, flush: true })
    // Whole and on the disk before it has its name, so that nobody ever reads half of it; a link never replaces a file,
    // so of processes that start at once one wins and the others read what it wrote.
    linkSync(draft, path)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(path, 'utf8').trim()
}

const isCode = (error: unknown, code: string) => (error as NodeJS.ErrnoException).code === code
