import { test } from 'tap'
import { scopesIn } from '../../src/transfer/scope-list.ts'

test("Scopes are a list, a text, or PostgreSQL's notation of a list", async t => {
  for (const [value, expected] of [
    ['', []],
    [[], []],
    ['{}', []],
    ['me', ['me']],
    ['me  users:read me', ['me', 'users:read']],
    [
      ['me', 'me', 'users:read'],
      ['me', 'users:read']
    ],
    ['{me}', ['me']],
    ['{NULLS,me:NULL}', ['NULLS', 'me:NULL']],
    ['{me,orders:read}', ['me', 'orders:read']]
  ] as const) {
    t.same(scopesIn(value), expected, JSON.stringify(value))
  }
})

test('Anything else is refused, with a reason and without the value (scenario table)', async t => {
  const kind = 'must be a list of names or a string'
  const name = 'must contain only names of printable ASCII without spaces, quotes or backslashes'
  for (const [value, detail] of [
    [7, kind],
    [true, kind],
    [{ me: true }, kind],
    [Buffer.from('me'), kind],
    ['["me"]', kind],
    ['[]', kind],
    ['{me', kind],
    ['{NULL}', kind],
    ['{me,NULL}', kind],
    ['{"two words"}', kind],
    ['{me,{items}}', kind],
    ['{"me": true}', kind],
    ['a"b', name],
    [['two words'], name],
    [['me', null], kind],
    [[['me']], kind],
    [[1], kind]
  ] as const) {
    t.throws(() => scopesIn(value), { errors: [{ pointer: '/scopes', detail }] }, JSON.stringify(value))
  }
})
