import { error, type Finding, ok } from './finding.ts'

/**
 * Checks that the installed SQLite driver runs on this Node.js. `sqliteDriver` throws an error that says what to do.
 */
export function checkDriver(sqliteDriver: () => { version: string }): Finding {
  try {
    const { version } = sqliteDriver()
    return ok('driver', `better-sqlite3 ${version} runs on Node.js ${process.versions.node}.`)
  } catch (thrown) {
    return error('driver', (thrown as Error).message)
  }
}
