import t from 'tap'
import { addedNull, isSame, type JsonObject, patchOf } from '../../console/src/json/patch.ts'
import { merged } from '../../src/auth/users/account-json.ts'

const pairs: [name: string, before: JsonObject, after: JsonObject, patch: JsonObject][] = [
  ['nothing', { a: 1, b: { c: [1] } }, { b: { c: [1] }, a: 1 }, {}],
  ['a new member', {}, { roles: ['editor'] }, { roles: ['editor'] }],
  ['a removed member', { roles: ['editor'], tenant: 'acme' }, { tenant: 'acme' }, { roles: null }],
  ['all members', { a: 1, b: { c: 2 } }, {}, { a: null, b: null }],
  ['an array, as a whole', { roles: ['a', 'b'] }, { roles: ['b', 'a'] }, { roles: ['b', 'a'] }],
  ['within an object', { a: { b: 1, c: 2, d: 3 } }, { a: { c: 4, d: 3 } }, { a: { b: null, c: 4 } }],
  ['an object that becomes empty', { a: { b: 1 } }, { a: {} }, { a: { b: null } }],
  ['a value that becomes an object', { a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
  ['an object that becomes a value', { a: { b: 1 } }, { a: false }, { a: false }],
  ['beside a null that is stored', { a: null, b: { c: null } }, { a: null, b: { c: null, d: 1 } }, { b: { d: 1 } }],
  ['a null in an array', {}, { a: [null, { b: null }] }, { a: [null, { b: null }] }],
  ['a stored null is removed', { a: null }, {}, { a: null }],
  ['names of the prototype', {}, { toString: 1, valueOf: {} }, { toString: 1, valueOf: {} }]
]

for (const [name, before, after, patch] of pairs)
  t.test(`the merge patch of two objects changes ${name}`, async t => {
    t.strictSame(patchOf(before, after), patch)
    t.strictSame(merged(before, patch), after, 'and the server makes the second of the first')
    t.equal(addedNull(before, after), undefined)
    t.equal(isSame(before, after), Object.keys(patch).length === 0)
  })

t.test('finds a null that no merge patch can add', async t => {
  t.strictSame(addedNull({}, { a: 1, b: null }), ['b'])
  t.strictSame(addedNull({ a: { b: 1 } }, { a: { b: { c: null } } }), ['a', 'b', 'c'])
  t.strictSame(addedNull({ a: [null] }, { a: { 0: null } }), ['a', '0'])
  t.equal(addedNull({ a: null }, {}), undefined)
})

t.test('values of JSON are the same with their members in another order', async t => {
  t.ok(isSame({ a: [1, { b: 2, c: null }] }, { a: [1, { c: null, b: 2 }] }))
  for (const [one, other] of [
    [{ a: 1 }, { a: '1' }],
    [{ a: [] }, { a: {} }],
    [{ a: null }, {}],
    [{ a: [1, 2] }, { a: [1] }],
    [{ toString: null }, {}]
  ])
    t.notOk(isSame(one, other), JSON.stringify([one, other]))
})
