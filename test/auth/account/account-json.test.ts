import t from 'tap'
import { assertPortable, assertSize, merged } from '../../../src/auth/account/account-json.ts'

/** An object whose deepest value is at this level. */
const nested = (levels: number): object => (levels === 1 ? {} : { a: nested(levels - 1) })

t.test('A merge patch changes what RFC 7396 says it does', async t => {
  // Appendix A, without the cases whose target or patch is not an object.
  for (const [target, patch, result] of [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }]
  ] as const) {
    const before = structuredClone(target)
    t.strictSame(merged(target, patch), result)
    t.strictSame(target, before, 'the target is not changed')
  }
  t.strictSame(merged({ a: 1 }, null), {})
  t.strictSame(merged({ a: 1 }, { a: { b: 1 } }), { a: { b: 1 } })
})

t.test('A value that both databases keep as it is passes', async t => {
  const numbers = [0.1, -5, Number.MAX_SAFE_INTEGER]
  for (const value of [undefined, null, '', 'ä😀', ...numbers, true, [[{}]], nested(8), { '': 1 }])
    t.doesNotThrow(() => assertPortable(value, ['data']))
})

t.test('Any other value is refused with its place', async t => {
  for (const [value, pointer, detail] of [
    [nested(9), '/data/a/a/a/a/a/a/a/a', 'is deeper than 8 levels'],
    [{ a: [1, 'x\0'] }, '/data/a/1', 'contains a NUL or an unpaired surrogate'],
    [{ a: '\ud83d' }, '/data/a', 'contains a NUL or an unpaired surrogate'],
    [{ '\udc00': 1 }, '/data', 'has a name with a NUL or an unpaired surrogate'],
    [{ a: 2 ** 53 }, '/data/a', 'is too large a number; send a string'],
    [{ a: Number.POSITIVE_INFINITY }, '/data/a', 'is too large a number; send a string']
  ] as const)
    t.throws(() => assertPortable(value, ['data']), { status: 400, errors: [{ pointer, detail }] })
})

t.test('The size counts bytes of JSON', async t => {
  t.doesNotThrow(() => assertSize({ a: 'ä' }, '/data', 10))
  t.throws(() => assertSize({ a: 'ä' }, '/data', 9), {
    errors: [{ pointer: '/data', detail: 'is 10 bytes of JSON; the limit is 9' }]
  })
})
