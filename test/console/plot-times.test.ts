import t from 'tap'
import { labelOf, nameOf } from '../../console/src/plot/times.ts'

const at = Date.parse('2026-01-31T00:00:00Z')

t.test('A day is named in UTC', async t => {
  t.match(nameOf('day', at), /31/)
  t.match(labelOf('day', at), [/31/])
  t.equal(labelOf('day', at).length, 1)
})

t.test('The label of an hour has its date, unless the label before has the same', async t => {
  // Noon is on the same day in the time zones where this runs.
  const noon = at + 12 * 3_600_000
  t.match(labelOf('hour', noon), [/:00/, /31/])
  t.match(labelOf('hour', noon, noon - 86_400_000), [/:00/, /31/])
  t.equal(labelOf('hour', noon, noon).length, 1)
  t.match(nameOf('hour', noon), /31/)
})
