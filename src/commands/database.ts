import type { Command } from 'commander'
import type { copyDatabase } from '../store/copy.ts'
import { UsageError } from './arguments.ts'
import { type OutputOptions, printOutcome } from './output.ts'
import type { Terminal } from './terminal.ts'

const url = /^(sqlite:.|postgres(ql)?:\/\/)/

/** The dependencies of the command. */
export interface DatabaseDeps {
  copy: typeof copyDatabase
  /** Throws a CommandError when there is no such file of SQLite. */
  assertSource: (databaseUrl: string) => void
  /** Throws a CommandError when this user must not open the file. */
  assertMayOpen: (databaseUrl: string) => void
}

/** Adds `sallyport database copy` to the program. */
export function addDatabaseCommand(
  program: Command,
  terminal: Terminal,
  { copy, assertSource, assertMayOpen }: DatabaseDeps
) {
  const example =
    '\nExample:\n  $ sallyport database copy sqlite:data/sallyport.db postgres://sallyport@db.example.com/sallyport'
  program
    .command('database')
    .description('copy the whole database')
    .addHelpText('after', example)
    .command('copy')
    .argument('<from>', 'sqlite:PATH or postgres://USER@HOST/DATABASE')
    .argument('<to>', 'an empty database, in the same form')
    .option('--json', 'print JSON')
    .description(
      'copy everything to another database, from SQLite to PostgreSQL or back; stop the server first; a second run continues an interrupted copy'
    )
    .addHelpText('after', example)
    .action(async (from: string, to: string, options: OutputOptions) => {
      for (const given of [from, to])
        if (!url.test(given)) throw new UsageError('Name a database as sqlite:PATH or postgres://USER@HOST/DATABASE.')
      for (const given of [from, to]) assertMayOpen(given)
      assertSource(from)
      const copied = await terminal.track(onProgress => copy(from, to, onProgress))
      const rows = Object.values(copied).reduce((sum, count) => sum + count, 0)
      const sentence = `Copied and compared ${rows} row(s): ${copied.users} account(s), ${copied.sessions} login(s), ${copied.audit} event(s). Set DATABASE_URL to the copy, and keep SECRET.`
      printOutcome(terminal, sentence, copied, options)
    })
}
