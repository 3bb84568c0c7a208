import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { actAsOwner, ownerOf } from '../acting.ts'
import type { ConfigReport } from '../config/config.ts'
import { merged, readVariable } from '../config/variables.ts'
import { CommandError } from '../errors.ts'
import { shippedFolder } from '../texts/read-texts.ts'
import { UsageError } from './arguments.ts'
import type { Terminal } from './terminal.ts'

/** Adds `sallyport texts …` to the program. It needs no database. */
export function addTextCommands(
  program: Command,
  terminal: Terminal,
  { env, settings }: { env: Record<string, string | undefined>; settings(): Pick<ConfigReport, 'dotEnv'> }
) {
  const texts = program
    .command('texts')
    .description('change the texts of messages and pages')
    .addHelpText('after', '\nExample:\n  $ sallyport texts init')

  texts
    .command('init')
    .argument('[folder]', 'folder for the texts; by default TEXTS, or else texts')
    .option('--language <tag>', 'the language to start from', 'en')
    .description('write the texts that come with Sallyport, to be changed or translated')
    .addHelpText('after', '\nExample:\n  $ sallyport texts init texts --language de')
    .action((given: string | undefined, { language }: { language: string }) => {
      // TEXTS is not valid before its folder is there.
      const set = readVariable('TEXTS', merged(settings().dotEnv.entries, env)).text
      const folder = given ?? set ?? 'texts'
      const copy = copyTexts(folder, language)
      terminal.print(`Wrote the texts of messages and pages into ${copy}.`)
      terminal.print('Change them, and delete the files that you do not change. To translate them, rename the folder')
      terminal.print(`after the language, for example ${join(folder, 'fr')}.`)
      if (set !== folder) terminal.print(`Set TEXTS=${folder}.`)
      terminal.print(terminal.named('Check them with `sallyport doctor`, and restart the server.'))
    })
}

/** Copies the shipped texts of a language into `folder`. Throws a CommandError when they are there or cannot be written. */
function copyTexts(folder: string, language: string): string {
  const languages = readdirSync(shippedFolder).sort()
  if (!languages.includes(language))
    throw new UsageError(`There are no texts in ${language}: expected ${languages.join(' or ')}`)
  const from = join(shippedFolder, language)
  const files = readdirSync(from).map(name => [name, readFileSync(join(from, name))] as const)
  const to = join(folder, language)
  const stopActing = actAsFirstOwner(resolve(to))
  try {
    write(to, files)
  } finally {
    stopActing()
  }
  return to
}

/** Writes the files of a language into a new folder, and over nothing. Throws a CommandError where it cannot. */
function write(to: string, files: (readonly [name: string, text: Buffer])[]) {
  try {
    mkdirSync(dirname(to), { recursive: true })
    mkdirSync(to)
    for (const [name, text] of files) writeFileSync(join(to, name), text, { flag: 'wx' })
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    throw code === 'EEXIST'
      ? new CommandError(`${path} already exists. Remove it, or name another folder.`)
      : new CommandError(`Cannot write ${path} (${code}).`)
  }
}

/**
 * Acts as the first user other than root who owns a folder on the way to `path`, as `actAsOwner` does: that user can
 * replace the rest of the way with a link. Throws a CommandError where root cannot.
 */
function actAsFirstOwner(path: string): () => void {
  const first = wayTo(path).find(part => ownerOf(part).uid !== 0)
  const stop = actAsOwner(first)
  if (first === undefined || process.geteuid?.() !== 0) return stop
  throw new CommandError(`Root cannot write ${path} as the owner of ${dirname(first)}. Name a folder of root.`)
}

/** The folders above a path, from the top, and the path. */
const wayTo = (path: string): string[] => (path === dirname(path) ? [] : [...wayTo(dirname(path)), path])
