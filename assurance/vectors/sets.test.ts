import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folder, vectorsIn } from './sets.ts'

const sets = readdirSync(folder).flatMap(name => /^(.*)\.json$/.exec(name)?.[1] ?? [])
const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')

/** The sets in the table of the README, with the number of vectors and the tests that it names. */
const rows = Array.from(
  readme.matchAll(/^\| `([\w-]+)` +\| (\d+) +\|.*\| ([^|]*)\|$/gm),
  ([, set = '', count, tests = '']) => ({
    set,
    count: Number(count),
    tests: Array.from(tests.matchAll(/`([\w-]+)`/g), ([, name]) => `${name}.test.ts`)
  })
)

t.test('each set has as many vectors as the README says, and its tests read it', async t => {
  t.strictSame(rows.map(({ set }) => set).sort(), sets.sort())
  for (const { set, count, tests } of rows) {
    t.equal(vectorsIn(set).vectors.length, count, set)
    t.ok(count > 0 && tests.length > 0, set)
    for (const test of tests)
      t.match(readFileSync(join(import.meta.dirname, test), 'utf8'), `'${set}'`, `${test}, ${set}`)
  }
})

t.test(
  'each set names its source, its licence and when it was read, and a licence that asks for it is there',
  async t => {
    const texts: Record<string, string> = {
      'Apache-2.0': 'wycheproof.LICENSE',
      'BSD-3-Clause': 'passlib.LICENSE',
      'W3C Document License': 'w3c-webauthn.NOTICE'
    }
    for (const set of sets) {
      const { source, commit = '', licence, read } = vectorsIn(set).origin
      t.match(source, /^(https:\/\/github\.com\/\w+\/\w+, |RFC \d{4} |passlib 1\.7\.4, )/, set)
      t.match(read, /^\d{4}-\d\d-\d\d$/, set)
      if (source.startsWith('https:')) t.match(commit, /^[0-9a-f]{40}$/, set)
      if (source.startsWith('RFC')) t.match(licence, 'IETF Trust Legal Provisions', set)
      else t.ok(existsSync(join(folder, String(texts[licence]))), `${set}: ${licence}`)
    }
  }
)
