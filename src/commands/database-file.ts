import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { CommandError } from '../base/errors.ts'
import { type Config, secretPath, sqlitePath } from '../config/config.ts'

/** The settings that name a database. */
type Named = Pick<Config, 'databaseUrl'>

/** The SQLite file that the settings name, with an absolute path; `undefined` if they name none. */
export function databaseFile({ databaseUrl }: Named): string | undefined {
  if (!databaseUrl.startsWith('sqlite:') || databaseUrl === 'sqlite::memory:') return undefined
  return resolve(sqlitePath(databaseUrl))
}

/** The files that do not exist, if the SQLite file does not: itself, and the secret beside it. */
export function missingFiles(config: Named): string[] {
  const path = databaseFile(config)
  if (path === undefined || existsSync(path)) return []
  return [path, secretPath(path)].filter(file => !existsSync(file))
}

/** Throws a 404 if the SQLite file that the settings name does not exist. */
export function assertDatabase(config: Named) {
  const path = databaseFile(config)
  if (path === undefined || existsSync(path)) return
  throw new CommandError(
    `No database at ${path}. Run this command in the folder of the server, or set DATABASE_URL. To create a database, run \`sallyport serve\` or \`sallyport migrate\`.`
  )
}
