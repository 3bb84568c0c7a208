import t from 'tap'
import { ageOf } from '../../console/src/intl.ts'

const minute = 60_000
const hour = 60 * minute
/** Local times, so that the days are those of the reader's calendar. */
const now = new Date(2026, 2, 5, 1, 0).getTime()

t.test('An age is in the largest whole unit', async t => {
  for (const [age, text] of [
    [0, 'now'],
    [-59_000, 'now'],
    [-minute, '1 minute ago'],
    [-59 * minute, '59 minutes ago'],
    [-hour, '1 hour ago'],
    [-23.9 * hour, '23 hours ago'],
    [59_000, 'now'],
    [90 * minute, 'in 1 hour'],
    [29 * 24 * hour, 'in 29 days']
  ] as const)
    t.equal(ageOf(now + age, now), text)
})

t.test('Days are those of the calendar', async t => {
  t.equal(ageOf(new Date(2026, 2, 4, 0, 30).getTime(), now), 'yesterday')
  t.equal(ageOf(new Date(2026, 2, 3, 23, 30).getTime(), now), '2 days ago', 'though only 25.5 hours')
  t.equal(ageOf(new Date(2026, 2, 6, 1, 0).getTime(), now), 'tomorrow')
})

t.test('What is a month away has its date', async t => {
  t.match(ageOf(new Date(2026, 0, 15).getTime(), now), /2026/)
  t.match(ageOf(new Date(2027, 0, 15).getTime(), now), /2027/)
})
