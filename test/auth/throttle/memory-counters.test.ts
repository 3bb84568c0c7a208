import t from 'tap'
import { afterAttempt, type Counter, forgiveness, withoutAttempt } from '../../../src/auth/throttle/backoff.ts'
import { createMemoryCounters } from '../../../src/auth/throttle/memory-counters.ts'
import { policy } from '../../support/attempts.ts'

const attempts = (...keys: string[]) => keys.map(key => ({ key, ...policy }))

t.test('a counter in memory follows the same rule as the others, and keys do not mix', async t => {
  const memory = createMemoryCounters()
  t.strictSame(memory.counters(['a', 'b']), [])
  memory.take(attempts('a'), 1000)
  t.strictSame(memory.take(attempts('a', 'b'), 2000), [
    { key: 'a', waitsUntil: 0 },
    { key: 'b', waitsUntil: 0 }
  ])
  const a = afterAttempt(policy, afterAttempt(policy, undefined, 1000), 2000)
  t.strictSame(memory.counters(['a', 'b', 'c']), [
    { key: 'a', ...a },
    { key: 'b', ...afterAttempt(policy, undefined, 2000) }
  ])
  const back = { key: 'a', waitsUntil: 0, policy }
  memory.giveBack([back, { ...back, key: 'unknown' }], 3000)
  const without = withoutAttempt(policy, a, { waitsUntil: 0 }, 3000)
  t.strictSame(memory.counters(['a', 'unknown']), [{ key: 'a', ...without }])
  memory.giveBack([{ ...back, forgives: forgiveness }], 3000)
  t.strictSame(memory.counters(['a']), [
    { key: 'a', ...withoutAttempt(policy, without as Counter, { waitsUntil: 0, forgives: true }, 3000) }
  ])
  memory.giveBack([{ ...back, forgivesAll: true }], 3000)
  t.strictSame(memory.counters(['a']), [], 'a right code ends a series')
})

t.test('an attempt during the wait of one counter counts in none', async t => {
  const memory = createMemoryCounters()
  for (let n = 0; n < 10; n++) memory.take(attempts('a'), 0)
  t.strictSame(memory.take(attempts('a', 'b'), 999), [{ key: 'b', waitsUntil: 0 }])
  t.strictSame(memory.counters(['b']), [])
  t.equal(memory.take(attempts('a', 'b'), 1000).length, 2)
})

t.test('the number of counters is limited, and the least recent attempts go first', async t => {
  const memory = createMemoryCounters(2)
  for (const [i, key] of ['a', 'b', 'a', 'c'].entries()) memory.take(attempts(key), i)
  t.strictSame(
    memory.counters(['a', 'b', 'c']).map(({ key }) => key),
    ['a', 'c']
  )
})
