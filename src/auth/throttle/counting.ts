import { OAuthError } from '../../base/errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { Attempt, ThrottleStore } from '../../store/throttle.ts'
import type { AuditAction } from '../audit-events.ts'
import { forgiveness, waitMs } from './backoff.ts'
import { attemptAt, type Counter } from './counters.ts'
import type { CounterName } from './policies.ts'

const second = 1000
/** The longest `Retry-After`, also where time does not end the wait. */
const longestRetryMs = 3_600_000

export type Counting = ReturnType<typeof createCounting>

/** The counter that refuses, its wait in milliseconds, and the end of it. */
interface Refusal {
  cause: Counter
  wait: number
  until: number
}

/**
 * Counts attempts in the store, so that counters survive a restart and apply to every node. An attempt that cannot be
 * counted rejects with the error of the store. Every refusal is 429 `temporarily_unavailable` with `Retry-After`.
 * `onRefusal` is called with the name of the counter. `record` is called with an event for the first refusal of each
 * wait, so that refusals do not flood the audit trail.
 */
export function createCounting(deps: {
  store: ThrottleStore
  now: () => Date
  record: (event: AuditEvent) => Promise<void>
  onRefusal: (counter: CounterName) => void
}) {
  const { store, now, record, onRefusal } = deps
  /** For each counter, the end of the wait for which a refusal was last recorded. */
  const recorded = new Map<string, number>()

  async function longestWait(counters: Counter[]): Promise<Refusal | undefined> {
    const rows = new Map((await store.counters(counters.map(({ key }) => key))).map(row => [row.key, row.waitsUntil]))
    const at = now().getTime()
    const [longest] = counters
      .map(cause => ({ cause, until: rows.get(cause.key) ?? 0 }))
      .map(({ cause, until }) => ({ cause, until, wait: waitMs(cause.policy, { waitsUntil: until }, at) }))
      .sort((a, b) => b.wait - a.wait)
    return longest?.wait ? longest : undefined
  }

  async function refuse({ cause, wait, until }: Refusal, event?: AuditEvent) {
    const seconds = Math.ceil(Math.min(wait, longestRetryMs) / 1000)
    onRefusal(cause.name)
    if (event && recorded.get(cause.key) !== until) {
      recorded.set(cause.key, until)
      const detail = { ...event.detail, counter: cause.name, seconds }
      await record({ ...event, action: 'throttle.refused' satisfies AuditAction, detail })
    }
    return tooMany(seconds, seriesTooLong[cause.name])
  }

  /** Throws 429 while one of `counters` imposes a wait. `event` describes the attempt. */
  async function assertAllowed(counters: Counter[], event?: AuditEvent) {
    const longest = await longestWait(counters)
    if (longest) throw await refuse(longest, event)
  }

  /** Counts an attempt in all of `counters`, or in none when one of them imposes a wait, which it then resolves to. */
  async function count(counters: Counter[]): Promise<Attempt[] | Counter> {
    const at = now().getTime()
    const counted = await store.take(counters.map(counter => attemptAt(counter, at)))
    const refusedBy = counters.find(({ key }) => !counted.some(one => one.key === key))
    if (!refusedBy) return counted.map(one => returnable(one, counters))
    const mark = counters.find(({ name }) => name === 'registered')?.key
    await store.giveBack(
      counted.filter(({ key }) => key !== mark),
      at
    )
    return refusedBy
  }

  /** Counts an attempt in all of `counters`. Throws 429 when one of them imposes a wait, and then counts nothing. */
  async function take(counters: Counter[], event?: AuditEvent): Promise<Attempt[]> {
    const counted = await count(counters)
    if (Array.isArray(counted)) return counted
    const least = { cause: counted, wait: second, until: 0 }
    throw await refuse((await longestWait(counters)) ?? least, event)
  }

  return {
    assertAllowed,
    take,

    /** A cheap look before `take`, so that a flood of refused attempts writes nothing. */
    async takeWhenAllowed(counters: Counter[], event?: AuditEvent): Promise<Attempt[]> {
      await assertAllowed(counters, event)
      return take(counters, event)
    },

    /** Whether `counters` allow an attempt. Counts it if so, and writes nothing otherwise. */
    isAllowed: async (counters: Counter[]): Promise<boolean> =>
      !(await longestWait(counters)) && Array.isArray(await count(counters)),

    /** Forgets which refusals were recorded. */
    forget: () => recorded.clear()
  }
}

/**
 * The attempt with its forgiveness: a right password forgives failures of `known`, a right code those of its series.
 */
function returnable(counted: Attempt, counters: Counter[]): Attempt {
  const name = counters.find(({ key }) => key === counted.key)?.name
  return {
    ...counted,
    forgives: name === 'known' ? forgiveness : undefined,
    forgivesAll: name === 'consecutive-codes'
  }
}

const seriesTooLong: { [name in CounterName]?: string } = {
  consecutive: 'Too many wrong passwords. Log in from a network that you have used before, or reset your password.',
  'consecutive-codes': 'Too many wrong codes. Use a recovery code or a passkey.'
}

/** The refusal of every counter. */
export const tooMany = (seconds: number, message = `Too many attempts. Try again in ${seconds} s.`) =>
  new OAuthError('temporarily_unavailable', message, {
    status: 429,
    headers: { 'Retry-After': String(seconds) }
  })
