import type { Command } from 'commander'
import type { Config } from '../config/config.ts'
import type { backupSqlite } from '../store/backup/backup.ts'
import type { restoreSqlite } from '../store/backup/restore.ts'
import type { OpenServices } from '../wiring/open-services.ts'
import { fileName, UsageError } from './arguments.ts'
import { databaseFile } from './database-file.ts'
import { type OutputOptions, printOutcome, printRecord } from './output.ts'
import { origin, type Terminal } from './terminal.ts'

/** The dependencies of both commands: the settings, the service with given settings, and the store's functions. */
export interface BackupDeps {
  /** The settings of an existing database. */
  settings: () => Config
  /** The settings of a database that may not exist yet, but whose secret must. */
  settingsToRestore: () => Config
  open: (config: Config) => Promise<OpenServices>
  backup: typeof backupSqlite
  restore: typeof restoreSqlite
}

/** Adds `sallyport backup` and `sallyport restore` to the program. Both are for SQLite. */
export function addBackupCommands(program: Command, deps: BackupDeps, terminal: Terminal) {
  program
    .command('backup')
    .argument('<file>', 'path of the new backup', fileName)
    .option('--force', 'replace an existing file')
    .option('--json', 'print JSON')
    .description('back up the SQLite database; the server may keep running')
    .addHelpText('after', '\nExample:\n  $ sallyport backup /backups/sallyport.db')
    .action(async (file: string, { force = false, ...options }: OutputOptions & { force?: boolean }) => {
      const database = sqliteFile(deps.settings(), 'pg_dump')
      const { bytes, ...holdings } = await terminal.track(onProgress =>
        deps.backup(database, file, { force, onProgress })
      )
      printRecord(terminal, { file, ...holdings, bytes }, options)
      if (!options.json)
        terminal.print(
          'The backup does not contain the secret (SECRET, or the file `secret` beside the database). Keep a copy of it in another place.'
        )
    })

  program
    .command('restore')
    .argument('<file>', 'a backup made by `sallyport backup`', fileName)
    .option('--force', 'replace an existing database, which is kept under another name')
    .option('--keep-logins', 'keep the logins of the backup, also those that have ended since then')
    .option('--json', 'print JSON')
    .description('replace the SQLite database with a backup; stop the server first')
    .addHelpText('after', '\nExample:\n  $ sallyport restore /backups/sallyport.db --force')
    .action(
      async (
        file: string,
        { force = false, keepLogins = false, ...options }: OutputOptions & { force?: boolean; keepLogins?: boolean }
      ) => {
        const config = deps.settingsToRestore()
        const database = sqliteFile(config, 'pg_restore')

        /** Starts the service on the copy, which fails if the secret is wrong. */
        async function prepare(databaseUrl: string) {
          const services = await deps.open({ ...config, databaseUrl })
          const about = { ...origin, detail: { reason: 'restored from a backup' } }
          const event = keepLogins ? undefined : services.auditEvents.event('session.ended', about)
          await services.close()
          return event
        }

        const { kept, loginsEnded, ...holdings } = await terminal.track(onProgress =>
          deps.restore(file, database, { force, prepare, onProgress })
        )
        const sentences = [
          `Restored ${database}: ${holdings.accounts} account(s), ${holdings.clients} client(s), ${holdings.keys} key(s).`,
          ...(keepLogins ? [] : [`Ended ${loginsEnded} login(s).`]),
          ...(kept === null ? [] : [`The previous database is ${kept}.`])
        ]
        const record = { database, ...holdings, logins_ended: loginsEnded, kept }
        printOutcome(terminal, sentences.join(' '), record, options)
      }
    )
}

/** The path of the SQLite database that the settings name. Throws for any other database and names the tool to use. */
function sqliteFile(config: Config, otherTool: 'pg_dump' | 'pg_restore'): string {
  const path = databaseFile(config)
  if (path !== undefined) return path
  throw new UsageError(
    config.databaseUrl.startsWith('sqlite:')
      ? 'DATABASE_URL names an in-memory database, which has no file.'
      : `This command is for SQLite, but DATABASE_URL names PostgreSQL. Use ${otherTool}.`
  )
}
