import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EngineName } from './engines.ts'

/** Writes the migrations of this version to a new folder, and one of a next version, which runs `statements`. */
export function writeNextMigration(folder: string, engine: EngineName, statements: string[]): void {
  cpSync(`migrations/${engine}`, folder, { recursive: true })
  const path = join(folder, 'meta/_journal.json')
  const { entries, ...more } = JSON.parse(readFileSync(path, 'utf8'))
  const next = { ...entries.at(-1), idx: entries.length, when: 9_000_000_000_000, tag: '9999_next' }
  writeFileSync(path, JSON.stringify({ ...more, entries: [...entries, next] }))
  writeFileSync(join(folder, '9999_next.sql'), statements.join(';--> statement-breakpoint\n'))
}
