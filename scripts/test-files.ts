import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

/** The folders of tests. The first one waits most, so that it is not what a run ends with. */
const folders = ['packages/client/test', 'test']
/** The folders with a command of their own: `npm run test:browser`, and `npm run static`. */
const apart = /^test\/(browser|project)\//

/** The paths of all tests in the folder `root` of the project. */
export function allTests(root: string): string[] {
  return folders.flatMap(folder => testsIn(join(root, folder)).filter(path => !apart.test(relative(root, path))))
}

const testsIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.ts'))
    .map(name => join(folder, name))
    .sort()

/** These files, with the tests in it in place of each folder. */
export const testsAt = (paths: string[]): string[] =>
  paths.flatMap(path => (statSync(path, { throwIfNoEntry: false })?.isDirectory() ? testsIn(path) : path))

/**
 * The paths of the tests that `npm run test:unit` runs: of the rules, the store on SQLite and the routes by `inject`,
 * without programs and servers.
 */
export function unitTests(root: string): string[] {
  const starts = reaches(root, /^import (?!type).* from '(node:(child_process|http|net)|playwright-core)'|\.listen\(/m)
  const rooms = ['base', 'wire', 'auth', 'store', 'routes', 'plugins'].map(room => join(root, 'test', room, sep))
  return allTests(root).filter(path => rooms.some(room => path.startsWith(room)) && !starts(path))
}

/** The paths of the tests that run on the engine that TEST_ENGINE names, and not on both anyway. */
export function testsOfOneEngine(root: string): string[] {
  const hasDatabase = reaches(root, /\banyEngine\b/)
  return allTests(root).filter(path => !path.startsWith(join(root, 'test', 'store', sep)) && hasDatabase(path))
}

/** Whether a test changes what modules find, so that it needs a process of its own. */
export const changesGlobals = (path: string) => /^Object\.defineProperty\(globalThis/m.test(readFileSync(path, 'utf8'))

/** Whether `pattern` matches a file, or a file of the folders of tests that it imports. */
function reaches(root: string, pattern: RegExp): (path: string) => boolean {
  const isOfTests = (file: string) => folders.some(folder => file.startsWith(join(root, folder, sep)))
  const known = new Map<string, boolean>()

  return function matches(path): boolean {
    const remembered = known.get(path)
    if (remembered !== undefined) return remembered
    // For files that import each other.
    known.set(path, false)
    const source = readFileSync(path, 'utf8')
    const imported = Array.from(source.matchAll(/^(?:import|\}).* from '(\.{1,2}\/[^']+\.ts)'/gm), ([, to]) =>
      join(dirname(path), String(to))
    )
    const answer = pattern.test(source) || imported.some(file => isOfTests(file) && matches(file))
    known.set(path, answer)
    return answer
  }
}
