import type { Test } from 'tap'
import { type EngineName, emptyDatabaseUrl } from './engines.ts'
import { execute } from './store.ts'

/** A third party's database on `engine`, in which `statements` were run; resolves to its URL. */
export async function createForeign(t: Test, engine: EngineName, statements: string): Promise<string> {
  const url = await emptyDatabaseUrl(t, engine)
  await execute(url, statements)
  return url
}
