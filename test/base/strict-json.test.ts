import t from 'tap'
import { parseJson, pointerOf } from '../../src/base/strict-json.ts'

t.test('JSON is parsed as JSON.parse does it', async t => {
  for (const json of [
    '{"a":1,"b":[{"a":1},{"a":2}],"c":{"a":{}}}',
    '{"a":"{\\"a\\":1,\\"a\\":2}","b":"a","c":"\\\\"}',
    '[{"a":1},{"a":1}]',
    ' { "a" : "a" , "A" : [ "a" , "a" ] , "" : { "" : null } } ',
    '"a"',
    '0'
  ])
    t.strictSame(parseJson(json), JSON.parse(json), json)
  t.throws(() => parseJson('{"a":1'), SyntaxError)
})

t.test('A name twice in one object is refused with its place, however it is written', async t => {
  for (const [json, pointer] of [
    ['{"a":1,"a":2}', '/a'],
    ['{"a":[1,{"b":{"c":1,"d":2,"\\u0063":3}}]}', '/a/1/b/c'],
    ['[[],[{"x/y~z":1, "x/y~z" :1}]]', '/1/0/x~1y~0z'],
    ['{"a":{"b":1},"c":[2],"b":1,"c":1}', '/c'],
    ['{"":1,"":2}', '/']
  ] as const)
    t.throws(() => parseJson(json), { status: 400, errors: [{ pointer, detail: 'is there twice' }] }, json)
})

t.test('Names that mean the prototype of an object are refused', async t => {
  for (const name of ['__proto__', 'constructor', 'prototype', '\\u005f_proto__'])
    t.throws(() => parseJson(`{"a":{"${name}":{}}}`), { status: 400, errors: [{ detail: 'is not allowed' }] }, name)
})

t.test('A hundred thousand names, and four thousand levels, are read', async t => {
  const names = Array.from({ length: 100_000 }, (_, i) => `"${i}":"${'\\"'.repeat(10)}"`)
  t.equal(Object.keys(parseJson(`{${names}}`) as object).length, 100_000)
  t.doesNotThrow(() => parseJson(`${'['.repeat(4000)}${']'.repeat(4000)}`))
})

t.test('A pointer escapes what RFC 6901 §3 escapes', async t => t.equal(pointerOf(['a/b', 'm~n', 0]), '/a~1b/m~0n/0'))
