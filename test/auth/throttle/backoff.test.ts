import t from 'tap'
import { afterFailure, type Counter, mostFailures, type Policy, waitMs } from '../../../src/auth/throttle/backoff.ts'

const [second, minute, hour] = [1000, 60_000, 3_600_000]
const policy: Policy = { free: 10, forgiveMs: hour, longestMs: 15 * minute }
const start = Date.parse('2026-01-31T12:00:00.000Z')

/** The counter after this many failures at one moment. */
function fail(times: number, now = start, counter?: Counter) {
  let next = counter
  for (let i = 0; i < times; i++) next = afterFailure(policy, next, now)
  return next as Counter
}

t.test('nine failures cost nothing, the tenth a second, and each further one doubles the wait to a limit', async t => {
  const waits = Array.from({ length: 23 }, (_, i) => waitMs(policy, fail(i + 1), start) / second)
  t.strictSame(waits, [...Array(9).fill(0), 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900])
})

t.test('the longest wait is reached long before 100 failures (NIST SP 800-63B-4 §3.2.2)', async t => {
  t.equal(mostFailures(policy), 20)
  t.equal(waitMs(policy, fail(mostFailures(policy)), start), policy.longestMs)
})

t.test('a wait starts at the last failure, to the millisecond', async t => {
  const counter = fail(12)
  t.equal(waitMs(policy, counter, start + 3999), 1)
  t.equal(waitMs(policy, counter, start + 4000), 0)
})

t.test('failures are forgiven one by one, and no counter exceeds the longest wait', async t => {
  const most = fail(1000)
  t.strictSame(most, { lastAt: start, clearsAt: start + 20 * hour })
  // After half an hour none of the ten is forgiven, after an hour one.
  t.equal(waitMs(policy, fail(1, start + hour / 2, fail(9)), start + hour / 2), second)
  t.equal(waitMs(policy, fail(1, start + hour, fail(9)), start + hour), 0)
  t.strictSame(fail(1, start + 21 * hour, most), { lastAt: start + 21 * hour, clearsAt: start + 22 * hour })
})

t.test('after the clock goes back, no wait exceeds the longest wait', async t => {
  const counter = fail(20)
  t.equal(waitMs(policy, counter, start - hour), 0, 'by an hour: the failures are from the future')
  t.equal(waitMs(policy, counter, start - 15 * minute - 1), 0)
  t.equal(waitMs(policy, counter, start - minute), 16 * minute, 'by a minute: that minute comes on top')
  const after = fail(1, start - hour, counter)
  t.strictSame(after, { lastAt: start - hour, clearsAt: start + 19 * hour }, 'and the counter is in bounds again')
})

t.test('a policy without free failures and with another longest wait follows the same rule', async t => {
  const global: Policy = { free: 1000, forgiveMs: 100, longestMs: 5 * second }
  t.equal(mostFailures(global), 1003)
  let counter: Counter | undefined
  const waits = Array.from({ length: 1005 }, () => {
    counter = afterFailure(global, counter, start)
    return waitMs(global, counter, start) / second
  })
  t.strictSame(waits.slice(998), [0, 1, 2, 4, 5, 5, 5])
})
