import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { namedTests, scenarioTests } from '../../scripts/test-names.ts'
import { standards } from '../conformance/standards.ts'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs/security/oauch.md'), 'utf8')
const names = new Set([...scenarioTests(standards), ...namedTests(root)].map(({ name }) => name))

/** The items of the page that begin with tests of OAuch, each with the tests of ours that it names. */
const itemsOf = (text: string) =>
  text
    .split(/^(?=- |#)/m)
    .filter(item => item.startsWith('- `'))
    .map(item => {
      const [asked = '', ...ours] = item
        .slice(2)
        .split(/^ {2}- /m)
        .map(part => part.replace(/\s+/g, ' ').trim())
      return { asked, ours }
    })

/** The faults of the items: a test of ours that does not exist, or no test and no reason. */
const problemsOf = (text: string) =>
  itemsOf(text).flatMap(({ asked, ours }) => [
    ...ours.filter(name => !names.has(name)).map(name => `no test has the name: ${name}`),
    ...(ours.length > 0 || /\*\*(Does not apply|Not met)|find out/.test(asked)
      ? []
      : [`no test and no reason: ${asked}`])
  ])

t.test('Each test of OAuch has a test of ours that exists, or a reason', async t => {
  t.ok(itemsOf(page).length > 50)
  t.same(problemsOf(page), [])
})
