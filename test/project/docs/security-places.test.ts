import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const folder = join(import.meta.dirname, '../../..', 'docs', 'evidence')

/** Each item of the section on attacks: the attack, and its defence. */
function defences(page: string): [attack: string, defence: string][] {
  const [, section = ''] = page.split('\n## Attacks and defences\n')
  const [attacks = ''] = section.split('\n## ')
  return Array.from(attacks.matchAll(/^- \*\*([^*]+)\*\*((?:.|\n(?! *\n|- ))*)/gm), ([, attack = '', defence = '']) => [
    attack,
    defence
  ])
}

/** The faults in the places of a defence: none, or a path that does not exist. */
function problemsOf([attack, defence]: [attack: string, defence: string]): string[] {
  const places = Array.from(
    defence.matchAll(/\]\((\.\.\/\.\.\/(?:src|plugins|routes|bin)[^)]*)\)/g),
    ([, path = '']) => path
  )
  if (places.length === 0) return [`"${attack}" links to no file`]
  return places
    .filter(path => !existsSync(join(folder, path)))
    .map(path => `"${attack}" links to a path that does not exist: ${path}`)
}

t.test('Each defence of the threat model links to files that exist', async t => {
  const items = defences(readFileSync(join(folder, 'threat-model.md'), 'utf8'))
  t.ok(items.length > 60, `${items.length} attacks`)
  t.same(items.flatMap(problemsOf), [])
})
