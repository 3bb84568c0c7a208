import { type Test, test } from 'tap'
import { engines } from './engines.ts'

/** A test of what only PostgreSQL does; where none runs there is no such test. */
export function pgTest(name: string, body: (t: Test) => Promise<void>) {
  if (engines.includes('postgres')) test(name, body)
}
