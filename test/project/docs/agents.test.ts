import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../../..')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** The commands and files that `text` names and that do not exist. */
const missing = (text: string): string[] => [
  ...Array.from(text.matchAll(/`npm (?:run )?([a-z:]+)/g), ([, name]) => String(name)).filter(name => !scripts[name]),
  ...Array.from(text.matchAll(/[ `(]([\w.-]+(?:\/[\w.-]*)+|\w+\.(?:md|txt))(?=[`) ])/g), ([, path]) =>
    String(path)
  ).filter(path => !existsSync(join(root, path)))
]

t.test('AGENTS.md names commands and files that exist, in few lines', async t => {
  const text = readFileSync(join(root, 'AGENTS.md'), 'utf8')
  t.same(missing(text), [])
  t.ok(text.split('\n').length < 20)
  t.match(text, 'CONTRIBUTING.md')
})
