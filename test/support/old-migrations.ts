import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type EngineName, engines } from './engines.ts'

/** Copies of the migrations up to the one whose name ends in `tag`: the folder of each engine. */
export function migrationsUntil(t: Pick<Test, 'teardown'>, tag: string) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-migrations-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  for (const engine of engines) {
    cpSync(`migrations/${engine}`, join(folder, engine), { recursive: true })
    const path = join(folder, engine, 'meta', '_journal.json')
    const journal = JSON.parse(readFileSync(path, 'utf8'))
    const end = journal.entries.findIndex((entry: { tag: string }) => entry.tag.endsWith(tag)) + 1
    writeFileSync(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, end) }))
  }
  return (engine: EngineName) => join(folder, engine)
}
