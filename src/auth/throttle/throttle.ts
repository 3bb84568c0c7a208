import { deriveKey, mac } from '../../base/secrets.ts'
import { limitsOf } from '../../config/limits.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { ThrottleStore } from '../../store/throttle.ts'
import { forgiveness } from './backoff.ts'
import { createCounters } from './counters.ts'
import { createCounting, tooMany } from './counting.ts'
import { createGuesses } from './guesses.ts'
import { createHourlyLimit } from './hourly-limit.ts'
import {
  type CounterName,
  type CredentialKind,
  countersWith,
  type InMemory,
  type StoredCounter,
  type SubjectOf
} from './policies.ts'
import { createTogether } from './together.ts'

export type { PasswordCaller } from './guesses.ts'
export type Throttle = ReturnType<typeof createThrottle>

/** How long a prefix is known without a login, in milliseconds. */
export const keepKnownMs = 180 * 24 * 3_600_000

/**
 * Bounds what can be repeated: a flow names a counter of policies.ts, which has the numbers, and gives its subject. A
 * refusal is that of `createCounting`; `event` describes the attempt for it. Logins count with `createGuesses`.
 */
export function createThrottle(deps: {
  store: ThrottleStore
  config: { secret: string; limits: string[] }
  now: () => Date
  record: (event: AuditEvent) => Promise<void>
  onRefusal: (counter: CounterName) => void
}) {
  const { store, config, now, record, onRefusal } = deps
  const table = countersWith(limitsOf(config))
  const key = deriveKey(config.secret, 'counter-names')
  const hashed = (text: string) => mac(key, text)
  const countersOf = createCounters(table, hashed)
  const counting = createCounting(deps)
  const inMemory: Partial<Record<CounterName, ReturnType<typeof createHourlyLimit>>> = {
    refresh: createHourlyLimit(table.refresh.policy.most),
    trusted: createHourlyLimit(table.trusted.policy.most)
  } satisfies Record<InMemory, unknown>
  const together = createTogether({ store, countersOf, now })

  /** Counts one attempt. Throws 429 past the limit, and then counts nothing. */
  async function take<Name extends CounterName>(
    counter: Name,
    subject: SubjectOf<Name>,
    event?: AuditEvent
  ): Promise<void> {
    const limit = inMemory[counter]
    if (!limit) return void (await counting.takeWhenAllowed(await together(counter, subject), event))
    const wait = limit.take(String(countersOf(counter, subject)[0]?.key), now().getTime())
    if (wait === 0) return
    onRefusal(counter)
    throw tooMany(Math.ceil(wait / 1000))
  }

  return {
    ...createGuesses({ store, counting, countersOf, hashed, now }),

    take,

    /** Throws 429 past the limit, and counts nothing: a cheap look before expensive work. */
    assertAllowed: async <Name extends StoredCounter>(counter: Name, subject: SubjectOf<Name>, event?: AuditEvent) =>
      counting.assertAllowed(await together(counter, subject), event),

    /** Whether one more attempt is allowed. Counts it if so, and writes nothing otherwise. */
    isAllowed: async <Name extends StoredCounter>(counter: Name, subject: SubjectOf<Name>): Promise<boolean> =>
      counting.isAllowed(await together(counter, subject)),

    /**
     * Counts a refused credential, and records `event`. Throws 429 past the limit. What is right is neither counted nor
     * ever refused: a 256-bit secret and a signature cannot be guessed, so the limit only bounds the load and the audit
     * trail.
     */
    async failure(kind: CredentialKind, address: string | null, event: AuditEvent) {
      await take('credential', [kind, address], event)
      await record(event)
    },

    /** Deletes forgiven counters and prefixes without a login for 180 days, until `stop` fires. */
    async prune(stop?: AbortSignal) {
      counting.forget()
      const at = now().getTime()
      // A counter is kept for as long as right passwords save up what they forgive. A new one would forgive all at
      // once.
      await store.prune(at - forgiveness.withinMs, new Date(at - keepKnownMs), stop)
    }
  }
}
