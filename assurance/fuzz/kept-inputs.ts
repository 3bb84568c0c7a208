import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const folder = import.meta.dirname

/** The names of the files in `assurance/fuzz/targets`. */
export const targets = readdirSync(join(folder, 'targets')).map(file => basename(file, '.ts'))

/** The inputs of a target that are kept, by name: files for those that a person wrote, and lines for those found. */
export function keptInputs(target: string): Map<string, Buffer> {
  const [files, list] = [join(folder, 'corpus', target), join(folder, 'corpus', `${target}.base64`)]
  const written = existsSync(files)
    ? readdirSync(files).map(name => [name, readFileSync(join(files, name))] as const)
    : []
  const lines = existsSync(list) ? readFileSync(list, 'utf8').split('\n').filter(Boolean) : []
  return new Map([...written, ...lines.map(line => [line, Buffer.from(line, 'base64')] as const)])
}
