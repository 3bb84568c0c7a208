import t from 'tap'
import { afterFailure, type Policy } from '../../../src/auth/throttle/backoff.ts'
import { createMemoryCounters } from '../../../src/auth/throttle/memory-counters.ts'

const policy: Policy = { free: 10, forgiveMs: 3_600_000, longestMs: 900_000 }

t.test('a counter in memory follows the same rule as the others, and keys do not mix', async t => {
  const memory = createMemoryCounters()
  t.strictSame(memory.counters(['a', 'b']), [])
  memory.count('a', policy, 1000)
  memory.count('a', policy, 2000)
  memory.count('b', policy, 3000)
  t.strictSame(memory.counters(['a', 'b', 'c']), [
    { key: 'a', ...afterFailure(policy, afterFailure(policy, undefined, 1000), 2000) },
    { key: 'b', ...afterFailure(policy, undefined, 3000) }
  ])
})

t.test('the number of counters is limited, and the least recent failures go first', async t => {
  const memory = createMemoryCounters(2)
  for (const [i, key] of ['a', 'b', 'a', 'c'].entries()) memory.count(key, policy, i)
  t.strictSame(
    memory.counters(['a', 'b', 'c']).map(({ key }) => key),
    ['a', 'c']
  )
})
