import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '..', '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const pages = ['SECURITY.md', 'docs/security/threat-model.md', 'docs/security/advisories.md']

const words = (page: string) => page.split(/\s+/).filter(Boolean).length

/** The cells of tables that have more characters than a reader takes in at once. */
const longCells = (page: string) =>
  Array.from(page.matchAll(/^\|.*\|$/gm)).flatMap(([row]) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map(cell => cell.trim())
      .filter(cell => cell.length > 160)
  )

/**
 * The items that begin like the rest of a sentence: not with a capital, a digit, code, bold text or a link, and not
 * with `where: `, which names the places of a defence.
 */
const tornItems = (page: string) =>
  Array.from(page.matchAll(/^ *(?:-|\d+\.) (.*)$/gm), ([, item = '']) => item).filter(
    item => !/^([\p{Lu}\d`[]|\*\*|_|where: )/u.test(item)
  )

/** The faults of the table of supported versions: rows that are missing, too many, or name another state. */
function versionFaults(page: string, changelog: string, version: string): string[] {
  const line = (text: string) => `${text.split('.').slice(0, 2).join('.')}.x`
  const released = [...changelog.matchAll(/^## \[(\d[^\]]*)\]/gm)].map(([, text = '']) => line(text))
  const expected = new Map([[line(version), 'not released'], ...released.map(one => [one, 'released'] as const)])
  const stated = new Map(
    Array.from(page.matchAll(/^\| (\d+\.\d+\.x) +\| ([^|,]+?) *[,|]/gm), ([, one = '', state = '']) => [one, state])
  )
  const faultOf = ([one, state]: [string, string]) =>
    stated.get(one) === state ? [] : [`${one} is ${state}, and the page says ${stated.get(one)}`]
  return [
    ...[...expected].flatMap(faultOf),
    ...[...stated.keys()].filter(one => !expected.has(one)).map(one => `${one} is no version of the changelog`)
  ]
}

t.test('SECURITY.md reads in ten minutes: at most 2,200 words', async t => {
  t.ok(words(read('SECURITY.md')) <= 2200, `${words(read('SECURITY.md'))} words`)
  t.equal(words('one  two\nthree'), 3)
})

for (const page of pages)
  t.test(`${page} has no cell of more than 160 characters, and no torn item`, async t => {
    t.same(longCells(read(page)), [])
    t.same(tornItems(read(page)), [])
  })

t.test('a long cell and half of a sentence are found', async t => {
  const long = 'x'.repeat(161)
  t.same(longCells(`| a | b |\n| - | - |\n| ${long} | b |\n| ${'y'.repeat(160)} | b |`), [long])
  t.same(tornItems('- Whole.\n- of an `aal2` login makes it recent\n- `code`\n- **Bold**\n- where: `a`\n1. torn too'), [
    'of an `aal2` login makes it recent',
    'torn too'
  ])
})

/**
 * The days in the row "fix in a release", for critical, high, medium and low, and whether they hold for dependencies.
 */
function fixTimes(page: string) {
  const [, row = ''] = /^\| fix in a release +\|(.*)\|$/m.exec(page) ?? []
  return {
    days: row.split('|').map(cell => cell.trim()),
    forDependencies: /hold for a fault of a dependency/.test(page)
  }
}

t.test('a fault has a time until its fix, by severity, also a fault of a dependency (ASVS 15.1.1)', async t => {
  t.same(fixTimes(read('SECURITY.md')), { days: ['14', '30', '90', 'the next release'], forDependencies: true })
  t.same(fixTimes('# Security'), { days: [''], forDependencies: false })
})

t.test('the supported versions are those of package.json and of the changelog', async t => {
  t.same(versionFaults(read('SECURITY.md'), read('CHANGELOG.md'), JSON.parse(read('package.json')).version), [])
})

t.test('a version without a row, another state and a version that never was are faults', async t => {
  const changelog = '## [Unreleased]\n\n## [0.2.1] - 2026-12-01\n\n## [0.2.0] - 2026-11-28\n'
  const rows = (...all: string[]) => all.map(row => `| ${row} | all |\n`).join('')
  t.same(versionFaults(rows('0.3.x | not released, main', '0.2.x | released'), changelog, '0.3.0'), [])
  t.same(versionFaults(rows('0.2.x  | released'), changelog, '0.3.0'), [
    '0.3.x is not released, and the page says undefined'
  ])
  t.same(versionFaults(rows('0.3.x | released', '0.2.x | released'), changelog, '0.3.0').length, 1)
  t.same(versionFaults(rows('0.3.x | not released', '0.2.x | released', '0.1.x | released'), changelog, '0.3.0'), [
    '0.1.x is no version of the changelog'
  ])
})
