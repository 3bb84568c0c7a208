import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '..', '..')

/** Each attack before "How many guesses", and the last item of its list, which names the places. */
function defences(page: string): [attack: string, places: string][] {
  const [attacks = ''] = page.split('\n## How many guesses\n')
  return attacks
    .split(/^### /m)
    .slice(1)
    .map(attack => [String(attack.split('\n')[0]), attack.split('\n- where: ')[1]?.split('\n## ')[0] ?? ''])
}

/** The text of a file, or of all files of a folder. */
const textOf = (path: string): string =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .map(name => textOf(join(path, name)))
        .join('\n')
    : readFileSync(path, 'utf8')

/** The faults in the places of a defence: none, a path that does not exist, or a name that its file lacks. */
function problemsOf([attack, places]: [attack: string, places: string]): string[] {
  const named = Array.from(places.matchAll(/`([^`]+)`(?: \(`([^`]+)`\))?/g))
  if (named.length === 0) return [`"${attack}" names no file`]
  return named.flatMap(([, path = '', name]) => {
    if (!existsSync(join(root, path))) return [`"${attack}" names a path that does not exist: ${path}`]
    const lacks = name !== undefined && !textOf(join(root, path)).includes(name)
    return lacks ? [`"${attack}" names ${name}, which ${path} lacks`] : []
  })
}

t.test('Each defence of the threat model names files that exist, and names that are in them', async t => {
  const rows = defences(readFileSync(join(root, 'docs/security/threat-model.md'), 'utf8'))
  t.ok(rows.length > 70)
  t.same(rows.flatMap(problemsOf), [])
})
