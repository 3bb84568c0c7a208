import type { Refusals, RefusalsQuery } from '../../../routes/audit-refusals.ts'
import type { AuditStore } from '../../store/audit/trail.ts'
import type { AuditAction } from '../audit-events.ts'
import { timeOf } from './positions.ts'
import { createSharedScan } from './shared-scan.ts'

const dayMs = 86_400_000
/** How many accounts and addresses are named. */
const most = 5

/** The actions of attempts that failed or were refused. */
export const refusedActions: AuditAction[] = [
  'login.failed',
  'throttle.refused',
  'user.update_failed',
  'user.password_change_failed',
  'user.deletion_failed',
  'factor.addition_failed',
  'factor.refused',
  'token.reuse_detected',
  'token.key_refused',
  'code.reuse_detected',
  'client.authentication_failed'
]

/**
 * Counts failed and refused attempts by reason, account and address; once in ten seconds for each range, and one range
 * at a time. Throws a 400 about an invalid time, and 503 when another range waits already.
 */
export function createAuditRefusals({ store, now }: { store: Pick<AuditStore, 'refusals'>; now: () => Date }) {
  async function countIn({ since, until }: { since: Date; until: Date }): Promise<Refusals> {
    const [reasons, subjects, ips] = [createSums(), createSums(), createSums()]
    const oldest = await store.refusals(refusedActions, { since, until }, ({ action, reason, subject, ip, count }) => {
      reasons.add(JSON.stringify([action, reason]), count)
      if (action !== 'login.failed') return
      if (subject !== null) subjects.add(subject, count)
      if (ip !== null) ips.add(ip, count)
    })
    return {
      since: (oldest?.at ?? since).toISOString(),
      is_cut: oldest !== undefined,
      reasons: reasons.highest().map(([key, count]) => {
        const [action, reason] = JSON.parse(key) as [string, string | null]
        return { action, reason, count }
      }),
      subjects: subjects.highest(most).map(([id, count]) => ({ id, count })),
      ips: ips.highest(most).map(([ip, count]) => ({ ip, count }))
    }
  }
  const shared = createSharedScan(countIn, now)

  return async (range: RefusalsQuery): Promise<Refusals> => {
    const until = range.until === undefined ? now() : timeOf('/until', range.until)
    const since = range.since === undefined ? new Date(until.getTime() - dayMs) : timeOf('/since', range.since)
    return shared(JSON.stringify(range), { since, until })
  }
}

/** Sums by key. `highest` are those with the highest sums, in a fixed order. */
function createSums() {
  const sums = new Map<string, number>()
  return {
    add: (key: string, count: number) => void sums.set(key, count + (sums.get(key) ?? 0)),
    highest: (most?: number) => [...sums].sort(([a, m], [b, n]) => n - m || a.localeCompare(b, 'en')).slice(0, most)
  }
}
