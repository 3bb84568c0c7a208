import t from 'tap'
import { faultIn, type JsonObject, objectIn, patchOf } from '../../console/src/json.ts'
import { merged } from '../../src/auth/account/account-json.ts'

const pairs: [name: string, before: JsonObject, after: JsonObject, patch: JsonObject][] = [
  ['nothing', { a: 1, b: { c: [1] } }, { b: { c: [1] }, a: 1 }, {}],
  ['a new member', {}, { roles: ['editor'] }, { roles: ['editor'] }],
  ['all members', { a: 1, b: { c: 2 } }, {}, { a: null, b: null }],
  ['an array, as a whole', { roles: ['a', 'b'] }, { roles: ['b', 'a'] }, { roles: ['b', 'a'] }],
  ['within an object', { a: { b: 1, c: 2, d: 3 } }, { a: { c: 4, d: 3 } }, { a: { b: null, c: 4 } }],
  ['a value that becomes an object', { a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
  ['an object that becomes a value', { a: { b: 1 } }, { a: false }, { a: false }],
  ['beside a null that is stored', { a: null, b: { c: null } }, { a: null, b: { c: null, d: 1 } }, { b: { d: 1 } }],
  ['names of the prototype', {}, { toString: 1, valueOf: {} }, { toString: 1, valueOf: {} }]
]

for (const [name, before, after, patch] of pairs)
  t.test(`The merge patch of two objects changes ${name}`, async t => {
    t.strictSame(patchOf(before, after), patch)
    t.strictSame(merged(before, patch), after, 'and the server makes the second of the first')
  })

t.test('A text that is not JSON has the line and the column of its first fault', async t => {
  for (const [text, line, column] of [
    ['', 1, 1],
    ['{\n  "roles": ["editor"]\n  "tenant": 1\n}', 3, 3],
    ['{"a": 01}', 1, 8],
    ['{"a": "b}', 1, 7],
    ['{"a" 1}', 1, 6],
    ['{a: 1}', 1, 2],
    ['{"a": 1,}', 1, 9],
    ['[1, 2', 1, 6],
    ['[1,\n]', 2, 1],
    ['{} {}', 1, 4],
    ['{"a": "\\x"}', 1, 7]
  ] as const) {
    t.throws(() => JSON.parse(text), text)
    t.strictSame(faultIn(text), { line, column }, text)
  }
})

t.test('What JSON.parse reads has no fault, and only an object is one', async t => {
  for (const text of ['{}', ' {"a": [1, -2.5e3, true, null, {"b": "\\u00e9\\n"}]} ', '[]', '"a"', '0']) {
    JSON.parse(text)
    t.equal(faultIn(text), undefined, text)
  }
  t.strictSame(objectIn('{"a": 1}'), { a: 1 })
  for (const text of ['[]', '"a"', 'null', '0']) t.equal(objectIn(text), undefined, text)
})
