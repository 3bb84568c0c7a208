import { isUtf8 } from 'node:buffer'
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder } from '../base/package.ts'
import { problemsIn } from './check.ts'
import { type Language, languageOf } from './language.ts'
import { canonicalTag } from './language-tags.ts'

/** The largest file of texts, in bytes. */
const mostBytes = 16 * 1024

/** Languages by canonical tag. */
export type Languages = Map<string, Language>

/** The folder of the texts that come with the package. */
export const shippedFolder = join(packageFolder, 'texts')

/** The shipped texts. */
export const readShipped = (): Languages =>
  new Map(
    entriesOf(shippedFolder).map(tag => {
      const folder = join(shippedFolder, tag)
      const files = entriesOf(folder).map(name => [name, linesIn(join(folder, name))] as const)
      return [tag, languageOf(new Map(files))]
    })
  )

/**
 * The texts in `folder`, which has a folder for each language, and the problems there: each is a clause that names the
 * file. None without a folder.
 */
export function readTexts(folder: string | undefined, english: Language): { languages: Languages; problems: string[] } {
  const languages: Languages = new Map()
  const problems: string[] = []
  if (folder === undefined) return { languages, problems }

  /** The result of `read`, or `none` and a problem. */
  function attempt<T>(read: () => T, none: T): T {
    try {
      return read()
    } catch (error) {
      problems.push((error as Error).message)
      return none
    }
  }

  for (const entry of attempt(() => entriesOf(folder), [])) {
    const path = join(folder, entry)
    const tag = canonicalTag(entry)
    if (tag === undefined) {
      problems.push(`${path} is not named after a language: expected a folder such as ${join(folder, 'fr')}`)
      continue
    }
    if (languages.has(tag)) problems.push(`${path} is another folder of ${tag}`)
    const files = new Map<string, string[]>()
    for (const name of attempt(() => entriesOf(path), [])) {
      const file = join(path, name)
      const lines = attempt(() => linesIn(file), undefined)
      if (lines === undefined) continue
      files.set(name, lines)
      problems.push(...problemsIn(file, name, lines, english))
    }
    languages.set(tag, languageOf(files))
  }
  return { languages, problems }
}

/** The names in a folder, without hidden ones, which file systems, Kubernetes and version control add. */
const entriesOf = (folder: string): string[] =>
  readable(folder, () => readdirSync(folder))
    .filter(name => !name.startsWith('.'))
    .sort()

/** The lines of a text file. Throws an Error whose message is a clause. */
function linesIn(path: string): string[] {
  const bytes = bytesOf(path)
  if (!isUtf8(bytes)) throw new Error(`${path} is not UTF-8`)
  // Without a byte order mark.
  const lines = bytes
    .toString()
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
  // Also separators of lines, and controls of direction, which show a text in another order.
  const line = lines.findIndex(one => /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u.test(one.replaceAll('\t', '')))
  if (line >= 0) throw new Error(`${path}:${line + 1} has a control character`)
  return lines
}

/** The content of a regular file. The read of a FIFO could wait, and that of a device have no end. */
function bytesOf(path: string): Buffer {
  const bytes = Buffer.alloc(mostBytes + 1)
  let length = 0
  if (!readable(path, () => statSync(path)).isFile()) throw new Error(`${path} is not a file`)
  readable(path, () => {
    const file = openSync(path, 'r')
    try {
      for (let read = -1; read !== 0; length += read) read = readSync(file, bytes, { offset: length })
    } finally {
      closeSync(file)
    }
  })
  if (length > mostBytes) throw new Error(`${path} is larger than ${mostBytes} bytes`)
  return bytes.subarray(0, length)
}

/** The result of `read`, which reads `path`. Throws an Error whose message is a clause. */
function readable<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Error(`cannot read ${path} (${(error as NodeJS.ErrnoException).code})`)
  }
}
