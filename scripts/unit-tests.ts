import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A file that starts another program, listens on a port, or compiles. An import of types does nothing. */
const heavy = /^import (?!type).* from '(node:child_process|playwright-core|typescript)'|\.listen\(/m

/** The folders with a command of their own. */
const apart = /^(faults|nodes)\//

/** The paths of all tests in the folder `test`. */
export function allTests(test: string): string[] {
  return readdirSync(test, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.ts') && !apart.test(name))
    .map(name => join(test, name))
    .sort()
}

/**
 * The paths of the unit tests in the folder `test`: neither they nor the files there that they import are heavy. The
 * tests of the standards are not among them, because they make an app for each requirement.
 */
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

  const standards = join(test, 'conformance/')
  return allTests(test).filter(path => !path.startsWith(standards) && !isHeavy(path))
}
