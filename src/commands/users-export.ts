import type { Command } from 'commander'
import { exportUsers } from '../transfer/export.ts'
import { fileName, UsageError } from './arguments.ts'
import { type Format, formatOf, formats } from './import-options.ts'
import { origin, type Terminal, type WithServices } from './terminal.ts'
import { writeWhole } from './whole-file.ts'

/** Adds `sallyport users export` to the commands of `users`. */
export function addExportCommand(users: Command, withServices: WithServices, terminal: Terminal) {
  users
    .command('export')
    .argument('[file]', 'a new file (mode 0600); standard output when omitted', fileName)
    .addOption(
      users
        .createOption('--format <format>', 'file format; by default that of the file extension, or csv')
        .choices(formats)
    )
    .description('export all accounts with their password hashes, for `users import`')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport users export users.csv\n  $ sallyport users export --format ndjson | gzip > users.ndjson.gz'
    )
    .action(async (file: string | undefined, options: { format?: Format }) => {
      if (file === undefined && terminal.isScreen)
        throw new UsageError('An export contains password hashes. Write it to a file or a pipe.')
      const format = file === undefined ? (options.format ?? 'csv') : formatOf(file, options.format)
      await withServices(({ db, auditEvents }) =>
        terminal.track(async onProgress => {
          async function* recorded() {
            const detail = { to: file ?? 'standard output' }
            await db.audit.record(auditEvents.event('users.exported', { ...origin, detail }))
            const all = await db.users.count(Number.MAX_SAFE_INTEGER)
            yield* exportUsers(db.users.page, format, done =>
              onProgress(`${done} of ${all} accounts`, Math.min(done / all, 1))
            )
          }
          if (file === undefined) await terminal.pour(recorded())
          else await writeWhole(file, recorded())
        })
      )
    })
}
