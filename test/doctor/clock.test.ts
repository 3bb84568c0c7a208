import { test } from 'tap'
import { checkClock } from '../../src/doctor/clock.ts'

const now = new Date('2026-01-31T12:00:00.000Z')
const after = (seconds: number) => new Date(now.getTime() + seconds * 1000)

test('Clocks that agree are no finding', async t => {
  t.same(checkClock(now, { clockAheadMs: 12, newestAudit: after(-60) }), [
    { check: 'clock', level: 'ok', text: 'The time is 2026-01-31T12:00:00.000Z.' },
    { check: 'database-clock', level: 'ok', text: 'The clock of the database agrees.' },
    { check: 'audit-clock', level: 'ok', text: 'The audit trail ends at 2026-01-31T11:59:00.000Z.' }
  ])
  t.same(checkClock(now), [{ check: 'clock', level: 'ok', text: 'The time is 2026-01-31T12:00:00.000Z.' }])
})

test('A year before 2025 is an error', async t => {
  const text = /^The clock of this machine shows 2024-12-31T23:59:59\.999Z\. Set the clock/
  t.match(checkClock(new Date('2024-12-31T23:59:59.999Z')), [{ check: 'clock', level: 'error', text }])
  t.match(checkClock(new Date('2025-01-01T00:00:00.000Z')), [{ level: 'ok' }])
})

test('A database clock is a warning past half a second and an error past 30 s, ahead or behind', async t => {
  for (const [clockAheadMs, level, text] of [
    [500, 'ok', /agrees/],
    [-500, 'ok', /agrees/],
    [501, 'warning', /0\.5 s ahead\. Synchronize both clocks with NTP/],
    [-30_000, 'warning', /30\.0 s behind/],
    [30_001, 'error', /30\.0 s ahead/],
    [-3_600_000, 'error', /3600\.0 s behind/]
  ] as const)
    t.match(checkClock(now, { clockAheadMs })[1], { check: 'database-clock', level, text })
})

test('An audit trail from the future is an error: the clock went back', async t => {
  t.match(checkClock(now, { newestAudit: after(1) })[1], { level: 'ok' })
  t.match(checkClock(now, { newestAudit: after(2) })[1], {
    check: 'audit-clock',
    level: 'error',
    text: /^The clock was set back: the audit trail ends at 2026-01-31T12:00:02\.000Z/
  })
})

test('An audit trail with an unreadable time is an error that points to verification', async t => {
  const text = 'The audit trail has an invalid time. Run `sallyport audit verify`.'
  t.same(checkClock(now, { newestAudit: new Date(Number.NaN) })[1], { check: 'audit-clock', level: 'error', text })
})
