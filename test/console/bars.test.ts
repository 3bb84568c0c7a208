import t from 'tap'
import { barsOf, heightsOf, scaleOf, stepOf, sumOf } from '../../console/src/plot/bars.ts'

const at = (time: string) => Date.parse(`2026-01-${time}Z`)
const range = { since: at('31T09:30'), until: at('31T12:00'), by: 'hour' } as const

t.test('Every hour of the range has a bar, the oldest first, with the sums of its counts', async t => {
  const counts = [
    { at: '2026-01-31T11:00:00.000Z', action: 'login.failed', count: 2 },
    { at: '2026-01-31T11:00:00.000Z', action: 'login.succeeded', count: 5 },
    // The second part of the same count, on the next page.
    { at: '2026-01-31T11:00:00.000Z', action: 'login.failed', count: 1 },
    { at: '2026-01-31T09:00:00.000Z', action: 'user.created', count: 4 }
  ]
  t.strictSame(barsOf(counts, range), [
    { at: at('31T09:00'), failed: 0, succeeded: 0, other: 4, all: 4 },
    { at: at('31T10:00'), failed: 0, succeeded: 0, other: 0, all: 0 },
    { at: at('31T11:00'), failed: 3, succeeded: 5, other: 0, all: 8 }
  ])
  t.strictSame(sumOf(barsOf(counts, range)), { failed: 3, succeeded: 5, other: 4, all: 12 })
})

t.test('Days begin at midnight UTC', async t => {
  const bars = barsOf([], { since: at('29T23:59'), until: at('31T00:01'), by: 'day' })
  t.strictSame(
    bars.map(bar => bar.at),
    [at('29T00:00'), at('30T00:00'), at('31T00:00')]
  )
})

t.test('A count outside the range and an empty range have no bar', async t => {
  t.strictSame(sumOf(barsOf([{ at: '2026-01-31T13:00:00.000Z', action: 'login.failed', count: 1 }], range)).all, 0)
  t.strictSame(barsOf([], { ...range, until: range.since - 3_600_000 }), [])
})

t.test('The scale has at most five lines at whole numbers, and its end is the last one', async t => {
  for (const [most, lines] of [
    [0, [0, 1]],
    [1, [0, 1]],
    [4, [0, 1, 2, 3, 4]],
    [5, [0, 2, 4, 6]],
    [9, [0, 5, 10]],
    [30, [0, 10, 20, 30]],
    [33, [0, 10, 20, 30, 40]],
    [1999, [0, 500, 1000, 1500, 2000]],
    [90_000, [0, 50_000, 100_000]]
  ] as const)
    t.strictSame(scaleOf(most), { top: lines.at(-1), lines }, String(most))
})

t.test('A bar is drawn from the top, without parts that have no event', async t => {
  const bar = { at: 0, failed: 1, succeeded: 2, other: 0, all: 3 }
  t.strictSame(heightsOf(bar, 4), [
    { outcome: 'succeeded', y: 25, height: 50 },
    { outcome: 'failed', y: 75, height: 25 }
  ])
  t.strictSame(heightsOf({ ...bar, failed: 0, succeeded: 0 }, 4), [])
})

t.test('At most eight bars have a label', async t => {
  t.strictSame([0, 1, 8, 9, 25, 31, 366].map(stepOf), [1, 1, 1, 2, 4, 4, 46])
})
