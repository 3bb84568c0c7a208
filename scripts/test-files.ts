import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Imports of modules that start other programs. An import of types starts nothing. */
const starts = /^import (?!type).* from '(node:child_process|playwright-core)'/m

/** Whether a test changes what modules find, so that it needs a process of its own. */
export const changesGlobals = (path: string) => /^Object\.defineProperty\(globalThis/m.test(readFileSync(path, 'utf8'))

/** A file that builds a server, listens on a port, compiles, or reads the build. */
const heavy = /^import (?!type).* from '([./]*src\/app\.ts|fastify|typescript)'|\blisten\w*\(|'[./]*dist\//m

/** The folder with a command of its own. */
const apart = /^browser\//

/** The paths of all tests in the folder `test`. */
export function allTests(test: string): string[] {
  return readdirSync(test, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.ts') && !apart.test(name))
    .map(name => join(test, name))
    .sort()
}

/** The paths of the tests in the folder `test` that can run in one process: they start no other program. */
export const testsForOneProcess = (test: string) => allTests(test).filter(without(test, starts))

/** The paths of the unit tests in the folder `test`: of those for one process, the ones that are not `heavy`. */
export const unitTests = (test: string) => testsForOneProcess(test).filter(without(test, heavy))

/** Whether `pattern` matches neither a file nor the files of the folder `test` that it imports. */
function without(test: string, pattern: RegExp): (path: string) => boolean {
  const known = new Map<string, boolean>()

  function matches(path: string): boolean {
    const remembered = known.get(path)
    if (remembered !== undefined) return remembered
    // For files that import each other.
    known.set(path, false)
    const source = readFileSync(path, 'utf8')
    const imported = Array.from(source.matchAll(/^(?:import|\}).* from '(\.{1,2}\/[^']+\.ts)'/gm), ([, to]) =>
      join(dirname(path), String(to))
    )
    const answer = pattern.test(source) || imported.some(file => file.startsWith(join(test, '/')) && matches(file))
    known.set(path, answer)
    return answer
  }

  return path => !matches(path)
}
