import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Migrates a SQLite database for the tests of this process to copy. Resolves to its path. */
export async function sqliteTemplate(): Promise<string> {
  const { openStore } = await import('../src/store/open.ts')
  const file = fileURLToPath(new URL(`../.tap/template-${process.pid}.db`, import.meta.url))
  mkdirSync(dirname(file), { recursive: true })
  const store = await openStore(`sqlite:${file}`, () => {})
  await store.migrate()
  await store.close()
  process.once('exit', () => rmSync(file, { force: true }))
  return file
}
