import t from 'tap'
import { check, placeOf } from '../../console/src/json/check.ts'
import { pointerOf, stepsOf } from '../../console/src/json/pointer.ts'
import { readJson } from '../../console/src/json/read.ts'
import { parseJson } from '../../src/strict-json.ts'

const rules = { maxBytes: 40, lists: ['roles', 'groups'] }

/** The first fault of `text`, as the kind, the line and column, and the member. */
function faultOf(text: string, before = {}) {
  const { fault } = check(text, rules, before)
  if (!fault) return
  const { line, column } = placeOf(text, fault.at)
  return `${fault.wrong} ${line}:${column}${fault.member && ` ${fault.member}`}`
}

t.test('JSON is read as the server reads it, with the place of each member', async t => {
  const texts = [
    '{}',
    ' {"a" : [ 1, -2.5e3 ,"\\u00e9\\n", {"b/~": null}], "c":{"d":true,"":false}}\r\n\t',
    '[]',
    '"x"',
    '0'
  ]
  for (const text of texts) t.strictSame(readJson(text).value, parseJson(text))
  const { places } = readJson('{"a": [1, {"b/~": 2}]}')
  t.strictSame(
    [...places],
    [
      ['/a', 1],
      ['/a/0', 7],
      ['/a/1', 10],
      ['/a/1/b~1~0', 11]
    ]
  )
})

t.test('a text that is not JSON has its first fault named, and the place', async t => {
  for (const [text, fault] of [
    ['', 'value 1:1'],
    ['  \n ', 'value 2:2'],
    ['{', 'name 1:2'],
    ['{"a": 1,}', 'name 1:9'],
    ["{'a': 1}", 'name 1:2'],
    ['{a: 1}', 'name 1:2'],
    ['{"a" 1}', 'colon 1:6'],
    ['{"a": }', 'value 1:7'],
    ['{"a": editor}', 'value 1:7'],
    ['{"a": 01}', 'member 1:8'],
    ['{\n  "a": 1\n  "b": 2\n}', 'member 3:3'],
    ['{"a": [1 2]}', 'item 1:10'],
    ['{"a": [1,]}', 'value 1:10'],
    ['{"a": "x\n"}', 'text 1:7'],
    ['{"a": "x}', 'text 1:7'],
    ['{"a\\x": 1}', 'text 1:2'],
    ['{} {}', 'end 1:4'],
    ['{"a": 1}}', 'end 1:9']
  ] as const) {
    t.equal(faultOf(text), fault, text)
    t.throws(() => JSON.parse(text), SyntaxError)
  }
})

t.test('what the server would refuse, or keep otherwise, is a fault', async t => {
  for (const [text, fault] of [
    ['[1]', 'object 1:1'],
    ['null', 'object 1:1'],
    ['{"a": 1,\n "b": {"a": 1, "\\u0061": 2}}', 'twice 2:16 a'],
    ['{"__proto__": {}}', 'dangerous 1:2 __proto__'],
    ['{"a": {"constructor": 1}}', 'dangerous 1:8 constructor'],
    ['{"a": [1e400]}', 'number 1:8 a/0'],
    ['{"a": 9007199254740993}', 'number 1:7 a'],
    ['{"tenant": 1, "roles": "editor"}', 'list 1:15 roles'],
    ['{"groups": ["a", 1]}', 'list 1:2 groups'],
    ['{"a": {"b": null}}', 'null 1:8 a/b'],
    [`{"a": "${'x'.repeat(33)}"}`, 'size 1:1'],
    [`{"a": "${'é'.repeat(17)}"}`, 'size 1:1']
  ] as const)
    t.equal(faultOf(text), fault, text)
  const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`
  t.equal(check(nested(8), { maxBytes: 100 }, {}).fault, undefined)
  t.match(check(nested(9), { maxBytes: 100 }, {}).fault, { wrong: 'deep', at: 40, member: 'a/a/a/a/a/a/a/a' })
  t.equal(faultOf('['.repeat(100_000)), 'deep 1:9 0/0/0/0/0/0/0/0', 'and no stack overflows')
})

t.test('what the server accepts is no fault', async t => {
  for (const text of [
    '{}',
    '{"roles": [], "groups": ["a"]}',
    `{"a":"${'x'.repeat(32)}"}`,
    `{${' '.repeat(100)}}`,
    '{"toString": 1}'
  ])
    t.equal(faultOf(text), undefined, text)
  t.equal(faultOf('{"a": null, "b": [null]}', { a: null }), undefined, 'a null that is stored')
  t.match(check('{ "a" : "é" }', rules, {}), { object: { a: 'é' }, bytes: 10 })
  t.match(check('{"a"', rules, {}), { object: undefined, bytes: undefined })
})

t.test('a JSON Pointer is split into its steps', async t => {
  t.strictSame(stepsOf('/claims/a~1b/~01'), ['claims', 'a/b', '~1'])
  t.equal(pointerOf(['claims', 'a/b', '~1', 0]), '/claims/a~1b/~01/0')
  t.strictSame(stepsOf(''), [])
})
