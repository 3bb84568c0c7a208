import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Migrates a SQLite database for the tests to copy. Resolves to its path. */
export async function sqliteTemplate(): Promise<string> {
  const { openStore } = await import('../src/store/open.ts')
  const file = fileURLToPath(new URL('../.tap/template.db', import.meta.url))
  mkdirSync(dirname(file), { recursive: true })
  rmSync(file, { force: true })
  const store = await openStore(`sqlite:${file}`, () => {})
  await store.migrate()
  await store.close()
  return file
}
