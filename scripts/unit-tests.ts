import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A file that starts another program, listens on a port, or compiles. An import of types does nothing. */
const heavy = /^import (?!type).* from '(node:child_process|playwright-core|typescript)'|\.listen\(/m

/** The tests of the standards make an app for each requirement; the others have commands of their own. */
const slow = /^(conformance|faults|nodes)\//

/** The paths of the unit tests in the folder `test`: neither they nor the test files they import are slow or heavy. */
export function unitTests(test: string): string[] {
  const known = new Map<string, boolean>()

  function isHeavy(path: string): boolean {
    const remembered = known.get(path)
    if (remembered !== undefined) return remembered
    // For files that import each other.
    known.set(path, false)
    const source = readFileSync(path, 'utf8')
    const imported = Array.from(source.matchAll(/^(?:import|\}).* from '(\.{1,2}\/[^']+\.ts)'/gm), ([, to]) =>
      join(dirname(path), String(to))
    )
    const answer = heavy.test(source) || imported.some(file => file.startsWith(join(test, '/')) && isHeavy(file))
    known.set(path, answer)
    return answer
  }

  return readdirSync(test, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.ts') && !slow.test(name))
    .map(name => join(test, name))
    .filter(path => !isHeavy(path))
    .sort()
}
