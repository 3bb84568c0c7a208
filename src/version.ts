import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The version in package.json. */
export function packageVersion(): string {
  const path = fileURLToPath(import.meta.resolve('sallyport/package.json'))
  return String(JSON.parse(readFileSync(path, 'utf8')).version)
}
