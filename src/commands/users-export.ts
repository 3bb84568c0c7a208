import { open, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { Problem } from '../errors.ts'
import { exportUsers } from '../transfer/export.ts'
import { type Format, formatOf, formats } from './import-options.ts'
import { origin, type Terminal, UsageError, type WithServices } from './terminal.ts'

/** Adds `sallyport users export` to the commands of `users`. */
export function addExportCommand(users: Command, withServices: WithServices, terminal: Terminal) {
  users
    .command('export')
    .argument('[file]', 'a new file (mode 0600); standard output when omitted')
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
      await withServices(async services => {
        async function* recorded() {
          const detail = { to: file ?? 'standard output' }
          await services.db.audit.record(services.auditEvents.event('users.exported', { ...origin, detail }))
          yield* exportUsers(services.db.users.page, format)
        }
        if (file === undefined) await terminal.pour(recorded())
        else await write(file, recorded())
      })
    })
}

/** Creates the file before requesting the first chunk of `text`, and removes it when `text` ends early. */
async function write(file: string, text: AsyncIterable<string>) {
  const handle = await open(file, 'wx', 0o600).catch(error => {
    throw unwritable(file, error)
  })
  try {
    await pipeline(text, handle.createWriteStream())
  } catch (error) {
    // A partial export looks like a complete one.
    await rm(file, { force: true })
    throw unwritable(file, error)
  }
}

function unwritable(file: string, error: unknown): unknown {
  const code = String((error as { code?: unknown }).code)
  if (code === 'EEXIST') return new Problem(409, `${file} already exists. Choose another name.`)
  return /^E[A-Z]+$/.test(code) ? new Problem(422, `Cannot write ${file} (${code}).`) : error
}
