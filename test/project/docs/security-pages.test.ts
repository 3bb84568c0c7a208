import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

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

t.test('A fault has a time until its fix, by severity, also a fault of a dependency (ASVS 15.1.1)', async t => {
  const page = read('SECURITY.md')
  t.match(page, /^\| fix in a release +\|( [^|]+\|){4}$/m)
  t.match(page, /hold for a fault of a dependency/)
})

t.test('The supported versions are those of package.json and of the changelog', async t => {
  t.same(versionFaults(read('SECURITY.md'), read('CHANGELOG.md'), JSON.parse(read('package.json')).version), [])
})
