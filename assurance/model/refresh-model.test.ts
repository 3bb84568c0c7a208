import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { mutants, scenarios, start, successorsIn } from './clients.ts'
import { explore } from './explore.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/security/refresh-model.md'), 'utf8')

for (const [name, scenario] of Object.entries(scenarios))
  t.test(`No rule is broken in any state of the scenario: ${name}`, async t => {
    const { states, transitions, broken } = explore(start, successorsIn(scenario))
    t.equal(broken, undefined, JSON.stringify(broken, null, 2))
    const figures = [states, transitions].map(count => count.toLocaleString('en'))
    const row = new RegExp(`\\| ${[name, ...figures].join(' +\\| ')} +\\|`)
    t.ok(row.test(page), `the page has the row ${row}`)
  })

for (const [rule, scenario, broken] of mutants)
  t.test(`A server without the rule ${rule} breaks: ${broken}`, async t => {
    const found = explore(start, successorsIn(scenarios[scenario], { [rule]: false }))
    t.equal(found.broken?.rule, broken, JSON.stringify(found.broken?.trace))
  })

t.test(
  'An owner who uses the next token while a request with the last one is on its way can be logged out',
  async t => {
    const { broken } = explore(start, successorsIn({ rotations: 3, isHasty: true }))
    t.equal(broken?.rule, 'an honest owner stays logged in')
    t.match(broken?.trace.at(-1), 'node 1, owner, token 0: end, refused')
  }
)

t.test('The page has the number of sequences and the seed of the property test', async t => {
  const test = readFileSync(join(import.meta.dirname, '../../test/invariants/sessions-model.test.ts'), 'utf8')
  const [, sqlite, postgres] = /sqlite: (\d+), postgres: (\d+)/.exec(test) ?? []
  const seed = /seed: ([\d_]+)/.exec(test)?.[1]?.replaceAll('_', '')
  const [, least, most] = /minLength: (\d+), maxLength: (\d+)/.exec(test) ?? []
  const text = page.replace(/\s+/g, ' ')
  t.ok(
    text.includes(`runs ${sqlite} sequences on SQLite and ${postgres} on PostgreSQL, always those of the seed ${seed}.`)
  )
  t.ok(text.includes(`sequences of ${least} to ${most} commands`))
})
