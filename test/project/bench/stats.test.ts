import t from 'tap'
import { ascending, percentiles, quantile, ratios, spread } from '../../../bench/stats.ts'

t.test('A spread is the median, the minimum, the maximum, and every value in the order of the rounds', async t => {
  t.strictSame(spread([3, 1, 2]), { median: 2, min: 1, max: 3, values: [3, 1, 2] })
  t.strictSame(spread([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4, values: [4, 1, 2, 3] })
  t.strictSame(spread([7]), { median: 7, min: 7, max: 7, values: [7] })
})

t.test('Rejects measurements that are not numbers', async t => {
  for (const values of [[], [1, Number.NaN], [Number.POSITIVE_INFINITY]])
    t.throws(() => spread(values), /not measurements/)
})

t.test('A ratio is taken per round, and needs both sides of every round', async t => {
  t.strictSame(ratios([10, 30], [100, 60]), [0.1, 0.5])
  t.throws(() => ratios([1, 2], [1]), /both sides/)
})

t.test('A quantile between two values is interpolated by its distance from them', async t => {
  const values = ascending([50, 10, 40, 20, 30])
  t.strictSame(values, [10, 20, 30, 40, 50])
  t.equal(quantile(values, 0), 10)
  t.equal(quantile(values, 0.5), 30)
  t.equal(quantile(values, 0.9), 46)
  t.equal(quantile(values, 1), 50)
})

t.test('Percentiles need no order, and of nothing they are not numbers', async t => {
  const values = Array.from({ length: 101 }, (_, i) => 100 - i)
  t.strictSame(percentiles(values), { p50: 50, p99: 99 })
  t.strictSame(percentiles([]), { p50: Number.NaN, p99: Number.NaN })
})
