import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { Problem } from '../errors.ts'
import { exportUsers } from '../transfer/export.ts'
import { type Format, formatOf, formats } from './import-options.ts'
import { origin, type Terminal, UsageError, type WithApp } from './terminal.ts'

/** Adds `sallyport users export` to the commands of `users`. */
export function addExportCommand(users: Command, withApp: WithApp, terminal: Terminal) {
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
      await withApp(async app => {
        const detail = { to: file ?? 'standard output' }
        await app.db.audit.record(app.clock.trail.event('users.exported', { ...origin, detail }))
        const text = exportUsers(app.db.users.page, format)
        if (file === undefined) await terminal.pour(text)
        else await write(file, text)
      })
    })
}

async function write(file: string, text: AsyncIterable<string>) {
  try {
    await pipeline(text, createWriteStream(file, { flags: 'wx', mode: 0o600 }))
  } catch (error) {
    const code = String((error as { code?: unknown }).code)
    if (code === 'EEXIST') throw new Problem(409, `There is a file ${file} already: name another one.`)
    // Half an export looks like a whole one.
    await rm(file, { force: true })
    throw /^E[A-Z]+$/.test(code) ? new Problem(422, `${file} cannot be written (${code}).`) : error
  }
}
