import { test } from 'tap'
import { flagOf, isGiven, jsonOf, textOf, timeOf } from '../../src/transfer/values.ts'

test('undefined, null and the empty value of CSV count as absent', async t => {
  for (const value of [undefined, null, '']) t.equal(isGiven(value), false, String(value))
  for (const value of ['x', ' ', 0, false, []]) t.equal(isGiven(value), true, String(value))
})

test('text is text, or a whole number that is kept as it was written', async t => {
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

test('true and false are understood as JSON, SQLite, PostgreSQL and Python write them', async t => {
  for (const value of [true, 'true', 'True', 'TRUE', 't', '1', 1])
    t.equal(flagOf('disabled', value), true, String(value))
  for (const value of [false, 'false', 'False', 'f', '0', 0]) t.equal(flagOf('disabled', value), false, String(value))
  for (const value of [undefined, null, '']) t.equal(flagOf('disabled', value), undefined, String(value))
  for (const value of ['yes', 2, -1, 'null', {}]) {
    const refusal = { errors: [{ pointer: '/disabled', detail: 'is neither true nor false' }] }
    t.throws(() => flagOf('disabled', value), refusal, String(value))
  }
})

test('times are read as JSON, PostgreSQL, SQLAlchemy and Django write them, and are in UTC by default', async t => {
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
    ['0044-03-15', '0044-03-15T00:00:00.000Z']
  ] as const) {
    t.equal(timeOf(text)?.toISOString(), time, text)
  }
  for (const text of ['', 'infinity', 'yesterday', '31.01.2026', '2026-13-01', '2026-01-31 25:00:00', '1769860800']) {
    t.equal(timeOf(text), undefined, text)
  }
})

test('invalid JSON is undefined', async t => {
  t.same(jsonOf('{"a": 1}'), { a: 1 })
  t.equal(jsonOf('null'), null)
  t.equal(jsonOf('{'), undefined)
})
