import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const folder = import.meta.dirname

/** The names of the files in `assurance/fuzz/targets`. */
export const targets = readdirSync(join(folder, 'targets')).map(file => basename(file, '.ts'))

/** The file with the kept inputs of a target: a line in base64 for each, and its name if a person gave it one. */
export const corpusOf = (target: string) => join(folder, 'corpus', `${target}.base64`)

/** The lines of the kept inputs of a target. */
export const keptLines = (target: string) => readFileSync(corpusOf(target), 'utf8').split('\n').filter(Boolean)

/** The kept inputs of a target, by name or line. */
export const keptInputs = (target: string) =>
  new Map(
    keptLines(target).map(line => {
      const [bytes = '', name = bytes] = line.split(' ')
      return [name, Buffer.from(bytes, 'base64')]
    })
  )
