import { existsSync } from 'node:fs'
import { withAdvice } from '../advice.ts'
import { openReadOnly } from './read-only.ts'

/**
 * Whether the SQLite file at `path` has signing keys. Creates and changes nothing. Throws a StoreError when the file
 * cannot be read.
 */
export function hasSigningKeys(path: string): boolean {
  if (!existsSync(path)) return false
  try {
    const client = openReadOnly(path)
    try {
      const has = (query: string) => client.prepare(query).get() !== undefined
      return (
        has("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'keys'") && has('SELECT 1 FROM keys LIMIT 1')
      )
    } finally {
      client.close()
    }
  } catch (error) {
    throw withAdvice(error)
  }
}
