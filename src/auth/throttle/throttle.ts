import { OAuthError } from '../../errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { ThrottleStore } from '../../store/throttle.ts'
import type { AuditAction } from '../audit/audit-events.ts'
import { sha256 } from '../keys/secrets.ts'
import { addressPrefix } from './address-prefix.ts'
import { type Counter, mostFailures, type Policy, waitMs } from './backoff.ts'
import type { MemoryCounters } from './memory-counters.ts'

export type Throttle = ReturnType<typeof createThrottle>

const [second, minute, hour] = [1000, 60_000, 3_600_000]
const keepKnownMs = 180 * 24 * hour

/** The counters and their policies. A prefix is an IP address prefix. */
const policies = {
  /** Failures at one account, from prefixes that have never logged in to it. */
  account: { free: 10, forgiveMs: hour, longestMs: 15 * minute },
  /** Failures at one account, from one prefix that has logged in to it. */
  known: { free: 10, forgiveMs: hour, longestMs: 15 * minute },
  /** Failures from one prefix, at any account. */
  prefix: { free: 50, forgiveMs: 10 * second, longestMs: 15 * minute },
  /** All failures. */
  global: { free: 1000, forgiveMs: second / 10, longestMs: 5 * second },
  /** Wrong client credentials at /token and /revoke, from one prefix. */
  client: { free: 50, forgiveMs: 10 * second, longestMs: 15 * minute },
  /** Wrong credentials at /introspect, from one prefix. */
  introspection: { free: 50, forgiveMs: 10 * second, longestMs: 15 * minute },
  /** Requests that make the server send mail, from one prefix. */
  mail: { free: 30, forgiveMs: 2 * minute, longestMs: 15 * minute },
  /** Messages of one kind to one address: links, and notices to an unverified address. */
  mailbox: { free: 3, forgiveMs: hour, longestMs: hour }
} satisfies Record<string, Policy>

export type BucketName = keyof typeof policies | 'registration'

/**
 * The key of the counter for failures at a user's account, from a prefix that has logged in to it. A login from the
 * prefix clears the counter.
 */
export const knownKey = (userId: string, prefix: string) => `known:${userId}:${prefix}`

/** One counter: the name of its policy, and a key that distinguishes it from others of the same name. */
interface Bucket {
  name: BucketName
  key: string
}

/** The counters that can reject a password check, and the counters that a failure increments. */
export interface PasswordBuckets {
  answersTo: Bucket[]
  countsIn: Bucket[]
}

/**
 * Slows down guessing with growing waits, without ever locking an account. An attacker at another prefix cannot make
 * the owner wait at a prefix that the owner has logged in from. Counters are in the store, so they survive a restart
 * and apply to every node. While the store fails, `memory` counts and `onFallback` is called. Every refusal is 429
 * `temporarily_unavailable` with `Retry-After`. `onRefusal` is called with the name of the counter. `record` is called
 * with an event for the first refusal of each wait, so that refusals do not flood the audit trail.
 */
export function createThrottle(deps: {
  store: ThrottleStore
  memory: MemoryCounters
  config: { registrationLimit: number }
  now: () => Date
  record: (event: AuditEvent) => Promise<void>
  onRefusal: (bucket: BucketName) => void
  onFallback: (error: unknown, event?: AuditEvent) => void
}) {
  const { store, memory, config, now, record, onRefusal, onFallback } = deps
  /** For each counter, the end of the wait for which a refusal was last recorded. */
  const recorded = new Map<string, number>()
  const limits: Record<BucketName, Policy> = {
    ...policies,
    registration: {
      free: config.registrationLimit,
      forgiveMs: Math.ceil(hour / config.registrationLimit),
      longestMs: 15 * minute
    }
  }

  async function counters(keys: string[]): Promise<(Counter & { key: string })[]> {
    const stored = await store.counters(keys).catch(error => {
      onFallback(error)
      return []
    })
    // Includes failures that were counted while the store failed.
    return [...stored, ...memory.counters(keys)]
  }

  async function recordRefusal({ name, key }: Bucket, until: number, wait: number, event: AuditEvent) {
    if (recorded.get(key) === until) return
    recorded.set(key, until)
    const detail = { ...event.detail, counter: name, seconds: Math.ceil(wait / 1000) }
    await record({ ...event, action: 'throttle.refused' satisfies AuditAction, detail })
  }

  /**
   * The longest wait of these counters in milliseconds, and the counter that causes it. `cause` is `undefined` without
   * a wait.
   */
  async function longestWait(buckets: Bucket[]) {
    const found = await counters(buckets.map(({ key }) => key))
    const at = now().getTime()
    let longest = 0
    let cause: Bucket | undefined
    for (const bucket of buckets) {
      // The store and the memory can both have a counter for one key.
      for (const counter of found.filter(one => one.key === bucket.key)) {
        const wait = waitMs(limits[bucket.name], counter, at)
        if (wait > longest) [longest, cause] = [wait, bucket]
      }
    }
    return { longest, cause, until: at + longest }
  }

  /** Throws 429 while one of `buckets` imposes a wait. `event` describes the attempt. */
  async function assertAllowed(buckets: Bucket[], event?: AuditEvent) {
    const { longest, cause, until } = await longestWait(buckets)
    if (cause === undefined) return
    onRefusal(cause.name)
    if (event) await recordRefusal(cause, until, longest, event)
    throw tooMany(Math.ceil(longest / 1000))
  }

  async function count(buckets: Bucket[], event?: AuditEvent) {
    const failures = buckets.map(({ name, key }) => {
      const { forgiveMs } = limits[name]
      return { key, forgiveMs, mostMs: mostFailures(limits[name]) * forgiveMs }
    })
    try {
      await store.count(failures, now().getTime(), event)
    } catch (error) {
      for (const { name, key } of buckets) memory.count(key, limits[name], now().getTime())
      onFallback(error, event)
    }
  }

  async function countAllowed(bucket: Bucket, refused?: AuditEvent) {
    await assertAllowed([bucket], refused)
    await count([bucket])
  }

  const at = (name: BucketName, address: string | null): Bucket => ({
    name,
    key: `${name}:${addressPrefix(address)}`
  })

  return {
    /**
     * The counters for a password check from `address`. `account` is the id of a user, or the given name when the user
     * does not exist; unknown names are counted in the same way.
     */
    async passwordBuckets(
      account: { userId: string } | { unknownName: string },
      address: string | null
    ): Promise<PasswordBuckets> {
      const prefix = addressPrefix(address)
      const id = 'userId' in account ? account.userId : sha256(account.unknownName)
      const isKnown = await store.isKnown({ userId: id, prefix }).catch(() => false)
      const everywhere = [at('prefix', address), { name: 'global', key: 'global' } as const]
      if (isKnown) {
        const own = { name: 'known', key: knownKey(id, prefix) } as const
        return { answersTo: [own], countsIn: [own, ...everywhere] }
      }
      const buckets = [{ name: 'account', key: `account:${id}` } as const, ...everywhere]
      return { answersTo: buckets, countsIn: buckets }
    },

    /** Throws 429 while one of `answersTo` imposes a wait. `event` is the event that a failure would record. */
    assertAllowed: ({ answersTo }: PasswordBuckets, event?: AuditEvent) => assertAllowed(answersTo, event),

    /** Counts a failed password check together with its `event`. */
    countFailure: ({ countsIn }: PasswordBuckets, event: AuditEvent) => count(countsIn, event),

    /** Counts a registration from `address`. Throws 429 past the limit; `event` describes the refused attempt. */
    registration: (address: string | null, event?: AuditEvent) => countAllowed(at('registration', address), event),

    /** Counts a request from `address` that makes the server send mail. Throws 429 past the limit. */
    mail: (address: string | null, event?: AuditEvent) => countAllowed(at('mail', address), event),

    /** Whether another message of this kind may be mailed to the e-mail address. Counts the message if so. */
    async mayMailTo(email: string, kind: string): Promise<boolean> {
      const bucket = { name: 'mailbox', key: `mailbox:${kind}:${sha256(email)}` } as const
      const isAllowed = (await longestWait([bucket])).cause === undefined
      if (isAllowed) await count([bucket])
      return isAllowed
    },

    /**
     * Counts wrong client credentials together with `event`. Throws 429 past the limit. Correct credentials are never
     * rejected: a 256-bit secret cannot be guessed, so the limit only bounds the load and the audit trail.
     */
    async wrongCredentials(name: 'client' | 'introspection', address: string | null, event: AuditEvent) {
      const bucket = at(name, address)
      await assertAllowed([bucket], event)
      await count([bucket], event)
    },

    /** Deletes forgiven counters and prefixes without a login for 180 days, until `stop` fires. */
    async prune(stop?: AbortSignal) {
      recorded.clear()
      await store.prune(now().getTime(), new Date(now().getTime() - keepKnownMs), stop)
    }
  }
}

const tooMany = (seconds: number) =>
  new OAuthError('temporarily_unavailable', `Too many attempts. Try again in ${seconds} s.`, {
    status: 429,
    headers: { 'Retry-After': String(seconds) }
  })
