import t from 'tap'
import {
  addressOf,
  eventOf,
  filtersOf,
  localTime,
  plotRangeOf,
  queryOf,
  timeIn
} from '../../console/src/pages/audit/filters.ts'

const now = Date.parse('2026-01-31T12:00:00.000Z')
const none = {
  range: 'day',
  since: '',
  until: '',
  action: '',
  subject: '',
  actor: '',
  client_id: '',
  ip: '',
  session: ''
}

t.test('The address has the filters, and the last 24 hours by default', async t => {
  t.strictSame(filtersOf(''), none)
  t.strictSame(filtersOf('range=week&action=login.failed&ip=192.0.2.1&unknown=1'), {
    ...none,
    range: 'week',
    action: 'login.failed',
    ip: '192.0.2.1'
  })
})

t.test('Only a range of its own has a beginning and an end, and only valid ones', async t => {
  const times = 'since=2026-01-30T12:00:00Z&until=garbage'
  t.strictSame(filtersOf(`range=day&${times}`), none)
  t.strictSame(filtersOf(`range=garbage&${times}`), none)
  t.strictSame(filtersOf(`range=own&${times}`), { ...none, range: 'own', since: '2026-01-30T12:00:00.000Z' })
})

t.test('Filters make the address from which they are read', async t => {
  const filters = { ...none, range: 'own', since: '2026-01-30T12:00:00.000Z', subject: 'a b&c=d' } as const
  t.strictSame(filtersOf(addressOf(filters).replace('/audit', '')), filters)
  t.equal(addressOf({ range: 'hour', action: '' }), '/audit?range=hour')
})

t.test('The address of an event has its number and time, and garbage opens none', async t => {
  const event = { seq: 17, at: '2026-01-31T11:59:59.999Z' }
  t.strictSame(eventOf(addressOf({ range: 'day' }, event).replace('/audit', '')), event)
  for (const search of ['', 'event=', 'event=17', 'event=17_', 'event=17_garbage', 'event=_2026-01-31'])
    t.equal(eventOf(search), undefined, search)
})

t.test('The server is asked for the time before now, and for no empty filter', async t => {
  t.strictSame(queryOf(filtersOf('range=hour&actor=cli'), now), { since: '2026-01-31T11:00:00.000Z', actor: 'cli' })
  t.strictSame(queryOf(filtersOf('range=own'), now), {})
})

t.test('The plot shows hours of two days at most, and otherwise days', async t => {
  const hours = (count: number) => new Date(now - count * 3_600_000).toISOString()
  t.strictSame(plotRangeOf({ since: hours(48) }, now), { since: now - 48 * 3_600_000, until: now, by: 'hour' })
  t.equal(plotRangeOf({ since: hours(49) }, now).by, 'day')
  t.equal(plotRangeOf({ since: hours(49), until: hours(48) }, now).by, 'hour')
})

t.test('The plot shows a year at most, and no time to come', async t => {
  const year = { since: now - 366 * 86_400_000, until: now, by: 'day' }
  t.strictSame(plotRangeOf({}, now), year)
  t.strictSame(plotRangeOf({ since: '2001-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' }, now), year)
})

t.test('A time is shown in the time zone of the browser', async t => {
  t.equal(localTime(''), '')
  t.equal(timeIn(localTime('2026-01-31T12:34:00.000Z')), '2026-01-31T12:34:00.000Z')
  t.equal(timeIn('garbage'), '')
})
