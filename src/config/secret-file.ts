import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { randomSecret } from '../auth/keys/secrets.ts'

/**
 * The path in the `sqlite:` URL of Sallyport's own database: everything after the colon, relative to the working
 * directory unless absolute.
 */
export const sqlitePath = (databaseUrl: string) => databaseUrl.slice('sqlite:'.length)

/**
 * The secret in the file `secret` (mode 0600) beside the SQLite file at `database`, created on the first call;
 * processes that start at the same time all get the same secret. Throws an Error, whose message names the file, when it
 * cannot be created or read, or has fewer than `minLength` characters.
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
    // The file is complete and on disk before it gets its name, so that no process reads a partial secret. A link never
    // replaces a file, so one of several starting processes wins and the others read its secret.
    linkSync(draft, path)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(path, 'utf8').trim()
}

const isCode = (error: unknown, code: string) => (error as NodeJS.ErrnoException).code === code
