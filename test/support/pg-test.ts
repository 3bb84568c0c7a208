import { type Test, test } from 'tap'
import { engines } from './engines.ts'

/** A test for PostgreSQL only; without PostgreSQL, it is not registered. */
export function pgTest(name: string, body: (t: Test) => Promise<void>) {
  if (engines.includes('postgres')) test(name, body)
}
