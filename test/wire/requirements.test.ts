import t from 'tap'
import { type Requirement, type Requirements, requirementsOf } from '../../src/wire/requirements.ts'

const of = (...given: Requirements) => requirementsOf(given, 'app.requireScope')

t.test('Scopes, roles and login are separated', async t => {
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

t.test('A misspelled or wrong requirement throws when the route is declared, so that no route is open', async t => {
  const roles = 'roles must be a non-empty array of non-empty strings'
  const scenarios: [requirement: object, problem: string][] = [
    ...[undefined, null, [], '', 'editor', { editor: true }, [''], ['editor', 1], [['editor']], [undefined]].map(
      (value): [object, string] => [{ roles: value }, roles]
    ),
    [{ role: ['editor'] }, 'role is not a member'],
    [{ Roles: ['editor'] }, 'Roles is not a member'],
    [{ acr: 'aal2', roles: [] }, roles],
    [{ acr: 'aal3' }, 'acr must be aal1 or aal2'],
    [{ acr: 'aal2', maxAge: '300' }, 'maxAge must be a whole number of seconds from 1'],
    [{ max_age: 300 }, 'max_age is not a member'],
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

t.test('Roles that the app changes later stay as they were declared', async t => {
  const roles = ['editor']
  const given = { roles }
  const required = of(given)
  roles.length = 0
  t.strictSame(required.roles, ['editor'])
})
