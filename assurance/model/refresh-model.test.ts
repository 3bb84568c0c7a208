import t from 'tap'
import { mutants, scenarios, start, successorsIn } from './clients.ts'
import { explore } from './explore.ts'

for (const [name, scenario] of Object.entries(scenarios))
  t.test(`No rule is broken in any state of the scenario: ${name}`, async t => {
    const { states, broken } = explore(start, successorsIn(scenario))
    t.equal(broken, undefined, JSON.stringify(broken, null, 2))
    t.ok(states > 1000, `${states} states`)
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
