import type { Probe } from '../store/inspect/probe.ts'
import { error, type Finding, ok, warning } from './finding.ts'

const firstYear = 2025
const toleratedMs = 2000
const wrongMs = 30_000

/** Checks whether this machine's time is plausible, by the calendar, the database's clock and the audit trail. */
export function checkClock(now: Date, { clockAheadMs, newestAudit }: Partial<Probe> = {}): Finding[] {
  return [
    now.getUTCFullYear() < firstYear
      ? error('clock', `This machine says that it is ${now.toISOString()}: set the clock.`)
      : ok('clock', `It is ${now.toISOString()}.`),
    ...(clockAheadMs === undefined ? [] : [checkDatabaseClock(clockAheadMs)]),
    ...(newestAudit === undefined ? [] : [checkTrail(now, newestAudit)])
  ]
}

function checkDatabaseClock(aheadMs: number): Finding {
  const apart = Math.abs(aheadMs)
  if (apart <= toleratedMs) return ok('database-clock', 'The clock of the database says the same.')
  const text = `The clock of the database is ${(apart / 1000).toFixed(1)} s ${aheadMs > 0 ? 'ahead' : 'behind'}: set both by NTP.`
  return apart > wrongMs ? error('database-clock', text) : warning('database-clock', text)
}

function checkTrail(now: Date, newest: Date): Finding {
  if (Number.isNaN(newest.getTime()))
    return error('audit-clock', 'The audit trail has a time that cannot be read: run `sallyport audit verify`.')
  // The tolerated difference between the clocks of several nodes.
  return newest.getTime() - now.getTime() > toleratedMs
    ? error(
        'audit-clock',
        `The clock has gone back: the audit trail ends at ${newest.toISOString()}. Set the clock by NTP, or logins end late and tokens are refused.`
      )
    : ok('audit-clock', `The audit trail ends at ${newest.toISOString()}.`)
}
