import t from 'tap'
import { doubling, type Policy, waitMs } from '../../../src/auth/throttle/backoff.ts'
import { afterAttempt, type Counter, withoutAttempt } from '../../support/backoff-model.ts'

const [second, minute, hour] = [1000, 60_000, 3_600_000]
const policy = doubling({ free: 10, forgiveMs: hour, longestMs: 15 * minute })
const start = Date.parse('2026-01-31T12:00:00.000Z')

/** The counter after this many attempts at one moment. */
function fail(times: number, now = start, counter?: Counter) {
  let next = counter
  for (let i = 0; i < times; i++) next = afterAttempt(policy, next, now)
  return next as Counter
}

t.test('Nine attempts cost nothing, the tenth a second, and each further one doubles the wait to a limit', async t => {
  const waits = Array.from({ length: 23 }, (_, i) => waitMs(policy, fail(i + 1), start) / second)
  t.strictSame(waits, [...Array(9).fill(0), 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900])
})

t.test('A wait starts at the last attempt, to the millisecond', async t => {
  const counter = fail(12)
  t.equal(waitMs(policy, counter, start + 3999), 1)
  t.equal(waitMs(policy, counter, start + 4000), 0)
})

t.test('Attempts are forgiven one by one, and no counter exceeds the longest wait', async t => {
  const most = fail(1000)
  t.match(most, { waitsUntil: start + 15 * minute, clearsAt: start + 20 * hour })
  // After half an hour none of the ten is forgiven, after an hour one.
  t.equal(waitMs(policy, fail(1, start + hour / 2, fail(9)), start + hour / 2), second)
  t.equal(waitMs(policy, fail(1, start + hour, fail(9)), start + hour), 0)
  t.match(fail(1, start + 21 * hour, most), { waitsUntil: 0, clearsAt: start + 22 * hour })
})

t.test('After the clock goes back, no wait exceeds twice the longest wait', async t => {
  const counter = fail(20)
  t.equal(waitMs(policy, counter, start - hour), 0, 'by an hour: the wait is from the future')
  t.equal(waitMs(policy, counter, start - 15 * minute - 1), 0)
  t.equal(waitMs(policy, counter, start - minute), 16 * minute, 'by a minute: that minute comes on top')
  const after = fail(1, start - hour, counter)
  t.match(after, { waitsUntil: start - 45 * minute, clearsAt: start + 19 * hour }, 'and the counter is in bounds again')
  const before = start - 21 * hour
  t.match(fail(1, before, counter), { waitsUntil: 0, clearsAt: before + hour }, 'by more than it can have: it is new')
})

t.test('A policy with its own number of attempts has the longest wait at once (NIST SP 800-63B-4 §3.2.2)', async t => {
  const series: Policy = { free: 100, most: 100, forgiveMs: 365 * 24 * hour, longestMs: 365 * 24 * hour }
  let counter: Counter | undefined
  const waits = Array.from({ length: 101 }, () => {
    counter = afterAttempt(series, counter, start)
    return waitMs(series, counter, start)
  })
  t.strictSame(waits, [...Array(99).fill(0), series.longestMs, series.longestMs])
})

t.test('A right password takes its own attempt back, and ends the wait that it caused', async t => {
  const before = fail(11)
  const own = fail(1, start + minute, before)
  t.strictSame(withoutAttempt(policy, own, own, start + minute), { ...before, waitsUntil: 0 })
  const later = fail(1, start + 2 * minute, own)
  const { waitsUntil } = withoutAttempt(policy, later, own, start + 2 * minute)
  t.equal(waitsUntil, later.waitsUntil, 'but not that of a later attempt')
})

t.test('Right passwords forgive ten failures an hour, and save up no more than ten', async t => {
  const failures = ({ clearsAt }: Counter, now: number) => (clearsAt - now) / hour
  let counter = fail(18)
  const succeed = (now: number) => {
    const own = fail(1, now, counter)
    counter = withoutAttempt(policy, own, { ...own, forgives: true }, now)
    return failures(counter, now)
  }
  t.equal(succeed(start), 8, 'ten at once')
  t.equal(succeed(start), 8)
  t.equal(succeed(start + 6 * minute), 8 - 0.1 - 1, 'one after six minutes; time has forgiven a tenth of one')
  t.equal(succeed(start + 200 * hour), 0)
  counter = fail(2, start + 200 * hour, counter)
  t.equal(succeed(start + 200 * hour), 0, 'no more than there is')
  counter = fail(9, start + 200 * hour, counter)
  t.equal(succeed(start + 200 * hour), 1, 'what was not used is left')
  counter = fail(1, start + 200 * hour, counter)
  t.equal(succeed(start + 199 * hour), 3, 'a clock that was set back forgives nothing')
})
