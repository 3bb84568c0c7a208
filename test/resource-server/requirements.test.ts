import t from 'tap'
import { type Requirement, type Requirements, requirementsOf } from '../../src/resource-server/requirements.ts'

const of = (...given: Requirements) => requirementsOf(given, 'app.requireScope')

t.test('scopes, roles and login are separated', async t => {
  const none = { scopes: [], roles: [], stepUp: undefined }
  t.strictSame(of(), none)
  t.strictSame(of('a', 'b'), { ...none, scopes: ['a', 'b'] })
  t.strictSame(of({ roles: ['editor'] }), { ...none, roles: ['editor'] })
  t.strictSame(of('a', { acr: 'aal2' }), { ...none, scopes: ['a'], stepUp: { acr: 'aal2' } })
  t.strictSame(of({ acr: 'aal1', maxAge: 5, roles: ['a b', 'ü'] }), {
    scopes: [],
    roles: ['a b', 'ü'],
    stepUp: { acr: 'aal1', maxAge: 5 }
  })
})

t.test('a misspelled or wrong role throws when the route is declared, so that no route is open', async t => {
  const roles = 'roles must be a non-empty array of non-empty strings'
  const scenarios: [requirement: object, problem: string][] = [
    ...[undefined, null, [], '', 'editor', { editor: true }, [''], ['editor', 1], [['editor']], [undefined]].map(
      (value): [object, string] => [{ roles: value }, roles]
    ),
    [{ role: ['editor'] }, 'role is not a member'],
    [{ Roles: ['editor'] }, 'Roles is not a member'],
    [{ acr: 'aal2', roles: [] }, roles],
    [{}, 'it must have acr, maxAge or roles']
  ]
  for (const [requirement, problem] of scenarios)
    t.throws(() => of('a', requirement as Requirement), {
      message: `The last argument of app.requireScope is not valid: ${problem}.`
    })
  for (const given of [
    ['a', ['editor']],
    [{ roles: ['editor'] }, 'a'],
    ['a', { roles: ['x'] }, { roles: ['y'] }]
  ])
    t.throws(() => of(...(given as string[])), /^A scope must be/)
})

t.test('roles that the app changes later stay as they were declared', async t => {
  const roles = ['editor']
  const given = { roles }
  const required = of(given)
  roles.length = 0
  t.strictSame(required.roles, ['editor'])
})
