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
    .argument('[file]', 'a new file, which nobody else may read; standard output when absent')
    .addOption(users.createOption('--format <format>', 'when there is no file name that tells').choices(formats))
    .description('write all accounts with their password hashes, as `users import` reads them')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport users export users.csv\n  $ sallyport users export --format ndjson | gzip > users.ndjson.gz'
    )
    .action(async (file: string | undefined, options: { format?: Format }) => {
      if (file === undefined && terminal.isScreen)
        throw new UsageError('An export has password hashes in it: name a file, or send it through a pipe.')
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
  if (code === 'EEXIST') return new Problem(409, `There is a file ${file} already: name another one.`)
  return /^E[A-Z]+$/.test(code) ? new Problem(422, `${file} cannot be written (${code}).`) : error
}
