import { test } from 'tap'
import { flagOf, isGiven, jsonOf, objectOf, textOf, timeOf } from '../../src/transfer/values.ts'

test('Undefined, null and the empty value of CSV count as absent', async t => {
  for (const value of [undefined, null, '']) t.equal(isGiven(value), false, String(value))
  for (const value of ['x', ' ', 0, false, []]) t.equal(isGiven(value), true, String(value))
})

test('Text is text, or a whole number that is kept as it was written', async t => {
  for (const [value, text] of [
    ['alice', 'alice'],
    [' ', ' '],
    [42, '42'],
    [2 ** 53 - 1, '9007199254740991'],
    ['', null],
    [null, null],
    [undefined, null]
  ] as const) {
    t.equal(textOf('username', value), text, JSON.stringify(value))
  }
  const exact = { errors: [{ pointer: '/username', detail: 'is too large or not an integer: write it as a string' }] }
  for (const value of [2 ** 53, -(2 ** 53), 1.5, Number.POSITIVE_INFINITY])
    t.throws(() => textOf('username', value), exact, String(value))
  for (const value of [true, {}, ['alice'], Buffer.from('alice')]) {
    t.throws(() => textOf('username', value), { errors: [{ pointer: '/username', detail: 'is not text' }] })
  }
})

test('True and false are understood as JSON, SQLite, PostgreSQL and Python write them', async t => {
  for (const value of [true, 'true', 'True', 'TRUE', 't', '1', 1])
    t.equal(flagOf('disabled', value), true, String(value))
  for (const value of [false, 'false', 'False', 'f', '0', 0]) t.equal(flagOf('disabled', value), false, String(value))
  for (const value of [undefined, null, '']) t.equal(flagOf('disabled', value), undefined, String(value))
  for (const value of ['yes', 2, -1, 'null', {}]) {
    const refusal = { errors: [{ pointer: '/disabled', detail: 'is neither true nor false' }] }
    t.throws(() => flagOf('disabled', value), refusal, String(value))
  }
})

test('Times are read as JSON, PostgreSQL, SQLAlchemy and Django write them, and are in UTC by default', async t => {
  for (const [text, time] of [
    ['2026-01-31T12:00:00.000Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31t12:00:00z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31 12:00:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31 12:00:00.123456', '2026-01-31T12:00:00.123Z'],
    ['2026-01-31 12:00:00.5+00', '2026-01-31T12:00:00.500Z'],
    ['2026-01-31 12:00:00+05:30', '2026-01-31T06:30:00.000Z'],
    ['2026-01-31 12:00:00 -0800', '2026-01-31T20:00:00.000Z'],
    ['2026-01-31 12:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2024-02-29 00:30:00+01', '2024-02-28T23:30:00.000Z'],
    ['0044-03-15', '0044-03-15T00:00:00.000Z']
  ] as const) {
    t.equal(timeOf(text)?.toISOString(), time, text)
  }
  for (const text of [
    ...['', 'infinity', 'yesterday', '31.01.2026', '2026-13-01', '2026-02-31', '1769860800'],
    ...['2026-02-29 12:00:00+01', '2026-01-31 25:00:00']
  ]) {
    t.equal(timeOf(text), undefined, text)
  }
})

test('A value is given as such or as JSON, and null is none', async t => {
  for (const [value, expected] of [
    ['{"a": 1}', { a: 1 }],
    ['[1]', [1]],
    [[1], [1]],
    ['null', undefined],
    [null, undefined],
    [undefined, undefined],
    ['', undefined]
  ] as const) {
    t.same(jsonOf('data', value), expected, JSON.stringify(value))
  }
})

test('An object is one that every JSON parser reads alike (scenario table)', async t => {
  for (const value of [null, undefined, '', 'null']) t.same(objectOf('data', value), {}, String(value))
  t.same(objectOf('data', { a: [1] }), { a: [1] })
  t.same(objectOf('data', ' {"a": ["1,\\n\\"😀"]}\n'), { a: ['1,\n"😀'] })
  for (const [value, pointer, detail] of [
    ['{', '/data', 'is not JSON'],
    [`{"a": "${'\\n'.repeat(64_000)}"}`, '/data', 'has more than 128000 characters'],
    ["{'a': 1}", '/data', 'is not JSON'],
    ['{}, "b": {}', '/data', 'is not JSON'],
    ['[]', '/data', 'is not a JSON object'],
    ['"a"', '/data', 'is not a JSON object'],
    ['7', '/data', 'is not a JSON object'],
    [[], '/data', 'is not a JSON object'],
    [true, '/data', 'is not a JSON object'],
    [7n, '/data', 'is not a JSON object'],
    [Buffer.from('{}'), '/data', 'is not a JSON object'],
    ['{"a": 1, "a": 2}', '/data/a', 'is there twice'],
    ['{"a": [{"b": 1, "\\u0062": 2}]}', '/data/a/0/b', 'is there twice'],
    ['{"__proto__": {}}', '/data/__proto__', 'is not allowed']
  ] as const) {
    t.throws(() => objectOf('data', value), { status: 400, errors: [{ pointer, detail }] }, String(value).slice(0, 40))
  }
})
