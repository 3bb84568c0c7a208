import type { Probe } from '../store/inspect/probe.ts'
import { error, type Finding, ok, warning } from './finding.ts'

const firstYear = 2025
/** Two nodes that are closer to the database than this are within a second of each other. */
const toleratedMs = 500
/** The clocks of several nodes may differ this much. */
const toleratedOfNodesMs = 1000
const wrongMs = 30_000

/** Compares this machine's time with a minimum, the database's clock and the audit trail. */
export function checkClock(now: Date, { clockAheadMs, newestAudit }: Partial<Probe> = {}): Finding[] {
  return [
    now.getUTCFullYear() < firstYear
      ? error('clock', `The clock of this machine shows ${now.toISOString()}. Set the clock.`)
      : ok('clock', `The time is ${now.toISOString()}.`),
    ...(clockAheadMs === undefined ? [] : [checkDatabaseClock(clockAheadMs)]),
    ...(newestAudit === undefined ? [] : [checkTrail(now, newestAudit)])
  ]
}

function checkDatabaseClock(aheadMs: number): Finding {
  const apart = Math.abs(aheadMs)
  if (apart <= toleratedMs) return ok('database-clock', 'The clock of the database agrees.')
  const text = `The clock of the database is ${(apart / 1000).toFixed(1)} s ${aheadMs > 0 ? 'ahead' : 'behind'}. Synchronize both clocks with NTP.`
  return apart > wrongMs ? error('database-clock', text) : warning('database-clock', text)
}

function checkTrail(now: Date, newest: Date): Finding {
  if (Number.isNaN(newest.getTime()))
    return error('audit-clock', 'The audit trail has an invalid time. Run `sallyport audit verify`.')
  return newest.getTime() - now.getTime() > toleratedOfNodesMs
    ? error(
        'audit-clock',
        `The clock was set back: the audit trail ends at ${newest.toISOString()}. Synchronize it with NTP, or logins end late and tokens are rejected.`
      )
    : ok('audit-clock', `The audit trail ends at ${newest.toISOString()}.`)
}
