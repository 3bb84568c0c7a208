import { type Test, test } from 'tap'
import { type EngineName, engines } from './engines.ts'

/** A test for PostgreSQL only; without PostgreSQL, it is not registered. */
export function pgTest(name: string, body: (t: Test) => Promise<void>) {
  if (engines.includes('postgres')) test(name, body)
}

/** A test of the store for each engine; without PostgreSQL, for SQLite alone. */
export function engineTest(name: string, body: (t: Test, engine: EngineName) => Promise<unknown>) {
  for (const engine of engines) test(`${name}, on ${engine}`, t => body(t, engine))
}
