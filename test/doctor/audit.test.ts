import { test } from 'tap'
import { checkAudit } from '../../src/doctor/audit.ts'

const now = new Date('2026-01-31T12:00:00.000Z')
const probe = { pingMs: 1, pending: [] }
const since = (seconds: number) => ({ ...probe, unsealedSince: new Date(now.getTime() - seconds * 1000) })

test('audit events that were not sealed within a minute are a warning', async t => {
  t.same(checkAudit(since(60.001), now), {
    check: 'audit',
    level: 'warning',
    text: 'Audit events have not been sealed since 2026-01-31T11:58:59.999Z. A running server seals them every second: start it, or look for "failed to seal" in its log.'
  })
})

test('Sealed events, events of the last minute, and a time that cannot be read are no finding', async t => {
  const fine = { check: 'audit', level: 'ok', text: 'New audit events are sealed.' }
  for (const found of [probe, since(60), since(-5), { ...probe, unsealedSince: new Date(Number.NaN) }])
    t.same(checkAudit(found, now), fine)
})
