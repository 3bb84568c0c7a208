import t from 'tap'
import { createHourlyLimit } from '../../../src/auth/throttle/hourly-limit.ts'

const hour = 3_600_000

t.test('A session may refresh as often as the limit at once, and then evenly (setting LIMITS)', async t => {
  const limit = createHourlyLimit(4)
  t.strictSame(
    [1, 2, 3, 4, 5].map(() => limit.take('a', 0)),
    [0, 0, 0, 0, hour / 4]
  )
  t.equal(limit.take('b', 0), 0)
  t.equal(limit.take('a', hour / 4 - 1), 1)
  t.equal(limit.take('a', hour / 4), 0)
  t.equal(limit.take('a', hour / 4), hour / 4)
})

t.test('A clock that was set back refuses no refresh', async t => {
  const limit = createHourlyLimit(1)
  t.equal(limit.take('a', 10 * hour), 0)
  t.equal(limit.take('a', 8 * hour), 0)
  t.equal(limit.take('a', 8 * hour), hour)
})

t.test('The number of remembered names is limited, and the least recent go first', async t => {
  const limit = createHourlyLimit(2, 2)
  for (const id of ['a', 'b', 'a', 'c']) limit.take(id, 0)
  t.equal(limit.take('a', 0), hour / 2, 'is remembered')
  t.equal(limit.take('b', 0), 0)
  t.equal(limit.take('b', 0), 0, 'was forgotten')
})

t.test('A name is forgotten once all of it is forgiven', async t => {
  const limit = createHourlyLimit(1)
  t.equal(limit.take('a', 0), 0)
  t.equal(limit.take('b', hour - 1), 0)
  t.equal(limit.take('a', 0), hour, 'is remembered')
  t.equal(limit.take('c', hour), 0)
  t.equal(limit.take('a', 0), 0, 'was forgotten')
})
