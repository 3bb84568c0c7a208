import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What starts other programs. Types alone start none. */
const starters = /^import (?!type).* from '(node:child_process|playwright-core)'/m

/** The tests of the standards make an app for each requirement; the others have commands of their own. */
const slow = /^(conformance|faults|nodes)\//

/**
 * The paths of the unit tests in the folder `test`: those that are not slow and start no other program, neither
 * themselves nor through what they import of that folder.
 */
export function unitTests(test: string): string[] {
  const known = new Map<string, boolean>()

  function startsPrograms(path: string): boolean {
    const answer = known.get(path)
    if (answer !== undefined) return answer
    // For files that import each other.
    known.set(path, false)
    const source = readFileSync(path, 'utf8')
    const imported = Array.from(source.matchAll(/^(?:import|\}).* from '(\.{1,2}\/[^']+\.ts)'/gm), ([, to]) =>
      join(dirname(path), String(to))
    )
    const starts =
      starters.test(source) || imported.some(file => file.startsWith(join(test, '/')) && startsPrograms(file))
    known.set(path, starts)
    return starts
  }

  return readdirSync(test, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.ts') && !slow.test(name))
    .map(name => join(test, name))
    .filter(path => !startsPrograms(path))
    .sort()
}
