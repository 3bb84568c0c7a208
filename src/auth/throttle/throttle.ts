import { OAuthError } from '../../errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { Taken, ThrottleStore } from '../../store/throttle.ts'
import type { AuditAction } from '../audit/audit-events.ts'
import { sha256 } from '../keys/secrets.ts'
import { addressPrefixes } from './address-prefix.ts'
import { afterAttempt, doubling, forgiveness, type Policy, waitMs } from './backoff.ts'
import type { MemoryCounters } from './memory-counters.ts'
import { createRefreshLimit } from './refresh-limit.ts'

export type Throttle = ReturnType<typeof createThrottle>

const [second, minute, hour] = [1000, 60_000, 3_600_000]
const year = 365 * 24 * hour
const keepKnownMs = 180 * 24 * hour
/** The longest `Retry-After`, also where time does not end the wait. */
const longestRetryMs = hour
/** How much more than a prefix the /48 around it may do. */
const networkShare = 4

/** The policies of the counters. A prefix is an IP address prefix. */
export const policies = {
  /** Failures at one account, from prefixes that have never logged in to it. */
  account: doubling({ free: 10, forgiveMs: hour, longestMs: 15 * minute }),
  /** Failures at one account, from one prefix that has logged in to it. */
  known: doubling({ free: 10, forgiveMs: hour, longestMs: 15 * minute }),
  /** Failures at accounts that the prefix has logged in to, from one prefix. */
  'known-prefix': doubling({ free: 300, forgiveMs: 10 * second, longestMs: 15 * minute }),
  /** Failures at other accounts, from one prefix. */
  prefix: doubling({ free: 50, forgiveMs: 10 * second, longestMs: 15 * minute }),
  /**
   * Failures at one account from prefixes that have never logged in to it, one after the other without a login from
   * anywhere (NIST SP 800-63B-4 §3.2.2). Time does not forgive them.
   */
  consecutive: { free: 100, most: 100, forgiveMs: year, longestMs: year },
  /** Wrong codes at one account, after a right password or with a token. */
  code: doubling({ free: 10, forgiveMs: hour, longestMs: 15 * minute }),
  /** Wrong codes of one authenticator app, one after the other. Time does not forgive them. */
  'consecutive-codes': { free: 100, most: 100, forgiveMs: year, longestMs: year },
  /** Wrong client credentials at /token and /revoke, from one prefix. */
  client: doubling({ free: 50, forgiveMs: 10 * second, longestMs: 15 * minute }),
  /** Wrong credentials at /introspect, from one prefix. */
  introspection: doubling({ free: 50, forgiveMs: 10 * second, longestMs: 15 * minute }),
  /** Requests that make the server send mail, from one prefix. */
  mail: doubling({ free: 30, forgiveMs: 2 * minute, longestMs: 15 * minute }),
  /** Messages of one kind to one address: links, and notices to an unverified address. */
  mailbox: doubling({ free: 3, forgiveMs: hour, longestMs: hour }),
  /** Changes of one profile. */
  profile: doubling({ free: 60, forgiveMs: minute, longestMs: 15 * minute })
} satisfies Record<string, Policy>

export type BucketName = keyof typeof policies | 'logins' | 'registration' | 'registrations' | 'refresh'

/** A policy that allows `limit` attempts at once, and as many an hour. */
const perHour = (limit: number): Policy =>
  doubling({ free: limit, forgiveMs: Math.ceil(hour / limit), longestMs: 15 * minute })

/** One counter: the name that metrics and events show, its key and its policy. */
interface Bucket {
  name: BucketName
  key: string
  policy: Policy
}

/** The counters of a password check, and what the hash queue has to know about it. */
export interface PasswordBuckets {
  buckets: Bucket[]
  asks: { prefix: string; account: string; isKnown: boolean }
}

/** What was counted, and how it is given back. */
export interface Counted {
  /** The counters in the store, for the list of the login. */
  stored: Taken[]
  /** Takes the attempt back in the counters in memory. */
  giveBackInMemory: () => void
}

/** Where a code is counted: the id of an account or session, and of an authenticator app or session. */
export interface CodeCounters {
  counter: string
  series?: string | undefined
}

/** An attempt that was counted, and that `giveBack` takes back when the password is right. */
export interface CountedAttempt extends Counted {
  asks: PasswordBuckets['asks']
}

/**
 * Slows down guessing with growing waits. An attempt is counted before the password is compared, and given back when
 * the password is right, so that parallel guesses gain nothing. An attacker at another prefix cannot make the owner
 * wait at a prefix that the owner has logged in from. Counters are in the store, so they survive a restart and apply to
 * every node. While the store fails, `memory` counts and `onFallback` is called. Every refusal is 429
 * `temporarily_unavailable` with `Retry-After`. `onRefusal` is called with the name of the counter. `record` is called
 * with an event for the first refusal of each wait, so that refusals do not flood the audit trail.
 */
export function createThrottle(deps: {
  store: ThrottleStore
  memory: MemoryCounters
  config: { registrationLimit: number; loginLimit: number; refreshLimit: number }
  now: () => Date
  record: (event: AuditEvent) => Promise<void>
  onRefusal: (bucket: BucketName) => void
  onFallback: (error: unknown) => void
}) {
  const { store, memory, config, now, record, onRefusal, onFallback } = deps
  /** For each counter, the end of the wait for which a refusal was last recorded. */
  const recorded = new Map<string, number>()
  const refreshLimit = createRefreshLimit(config.refreshLimit)
  const [logins, registration, registrations] = [
    perHour(config.loginLimit),
    perHour(config.registrationLimit),
    perHour(10 * config.registrationLimit)
  ]

  const bucket = (name: keyof typeof policies, key: string): Bucket => ({
    name,
    key: `${name}:${key}`,
    policy: policies[name]
  })

  /** The counter of the address's prefix and, for IPv6, that of the /48 around it. */
  function ofAddress(name: BucketName, policy: Policy, address: string | null): Bucket[] {
    const [prefix, network] = addressPrefixes(address)
    const ofPrefix = { name, key: `${name}:${prefix}`, policy }
    if (network === undefined) return [ofPrefix]
    const wider = { ...policy, free: policy.free * networkShare, forgiveMs: Math.ceil(policy.forgiveMs / networkShare) }
    return [ofPrefix, { name, key: `${name}:${network}`, policy: doubling(wider) }]
  }

  const keysOf = (buckets: Bucket[]) => buckets.map(({ key }) => key)

  /**
   * The counter of `buckets` with the longest wait, and its wait in milliseconds. `undefined` without a wait. Includes
   * attempts that were counted in memory while the store failed.
   */
  async function longestWait(buckets: Bucket[]) {
    const stored = await store.counters(keysOf(buckets)).catch(error => {
      onFallback(error)
      return []
    })
    const found = [...stored, ...memory.counters(keysOf(buckets))]
    const at = now().getTime()
    let longest: { cause: Bucket; wait: number; until: number } | undefined
    for (const cause of buckets) {
      // The store and the memory can both have a counter for one key.
      for (const counter of found.filter(one => one.key === cause.key)) {
        const wait = waitMs(cause.policy, counter, at)
        if (wait > (longest?.wait ?? 0)) longest = { cause, wait, until: counter.waitsUntil }
      }
    }
    return longest
  }

  async function refuse({ cause, wait, until }: { cause: Bucket; wait: number; until: number }, event?: AuditEvent) {
    const seconds = Math.ceil(Math.min(wait, longestRetryMs) / 1000)
    onRefusal(cause.name)
    if (event && recorded.get(cause.key) !== until) {
      recorded.set(cause.key, until)
      const detail = { ...event.detail, counter: cause.name, seconds }
      await record({ ...event, action: 'throttle.refused' satisfies AuditAction, detail })
    }
    return tooMany(seconds, seriesTooLong[cause.name])
  }

  /** Throws 429 while one of `buckets` imposes a wait. `event` describes the attempt. */
  async function assertAllowed(buckets: Bucket[], event?: AuditEvent) {
    const longest = await longestWait(buckets)
    if (longest) throw await refuse(longest, event)
  }

  /**
   * Counts an attempt in all of `buckets`, or in none when one of them imposes a wait, and then resolves to that one.
   */
  async function count(buckets: Bucket[]): Promise<Counted | Bucket> {
    const at = now().getTime()
    const attempts = buckets.map(({ key, policy }) => ({ key, ...policy }))
    const isDue = (counted: { key: string }[]) => buckets.find(({ key }) => !counted.some(one => one.key === key))
    const rows = attempts.map(attempt => {
      const { waitsUntil, forgivenAt } = afterAttempt(attempt, undefined, at)
      return { ...attempt, waitsUntil, forgivenAt }
    })
    const taken = await store.take(rows, at).catch(onFallback)
    if (!taken) {
      const inMemory = memory.take(attempts, at)
      return (
        isDue(inMemory) ?? { stored: [], giveBackInMemory: () => memory.giveBack(returnable(buckets, inMemory), at) }
      )
    }
    const refusedBy = isDue(taken)
    if (!refusedBy) return { stored: returnable(buckets, taken), giveBackInMemory: () => {} }
    await store.giveBack(taken, at).catch(onFallback)
    return refusedBy
  }

  /** Counts an attempt in all of `buckets`. Throws 429 when one of them imposes a wait, and then counts nothing. */
  async function take(buckets: Bucket[], event?: AuditEvent): Promise<Counted> {
    const counted = await count(buckets)
    if ('stored' in counted) return counted
    const least = { cause: counted, wait: second, until: 0 }
    throw await refuse((await longestWait(buckets)) ?? least, event)
  }

  /** A cheap look first, so that a flood of refused attempts writes nothing. */
  async function takeWhenAllowed(buckets: Bucket[], event?: AuditEvent) {
    await assertAllowed(buckets, event)
    return take(buckets, event)
  }

  return {
    /**
     * The counters for a password check from `address`. `account` is the id of a user, or the given name when the user
     * does not exist; unknown names are counted in the same way.
     */
    async passwordBuckets(
      account: { userId: string } | { unknownName: string },
      address: string | null
    ): Promise<PasswordBuckets> {
      const [prefix] = addressPrefixes(address)
      const id = 'userId' in account ? account.userId : sha256(account.unknownName)
      const isKnown = await store.isKnown({ userId: id, prefix }).catch(() => false)
      const attempts: Bucket = { name: 'logins', key: `logins:${id}:${prefix}`, policy: logins }
      return {
        asks: { prefix, account: id, isKnown },
        buckets: isKnown
          ? [bucket('known', `${id}:${prefix}`), bucket('known-prefix', prefix), attempts]
          : [
              bucket('account', id),
              { ...bucket('consecutive', id), key: store.consecutiveKey(id) },
              ...ofAddress('prefix', policies.prefix, address),
              attempts
            ]
      }
    },

    /**
     * Throws 429 while one of `buckets` imposes a wait. A cheap look before a password check waits for its turn; `take`
     * decides. `event` is the event that a failure would record.
     */
    assertAllowed: ({ buckets }: PasswordBuckets, event?: AuditEvent) => assertAllowed(buckets, event),

    /** Counts an attempt before its password is compared. Throws 429 while one of `buckets` imposes a wait. */
    async take({ buckets, asks }: PasswordBuckets, event?: AuditEvent): Promise<CountedAttempt> {
      return { ...(await take(buckets, event)), asks }
    },

    /** Takes an attempt with the right password back. A login does so in its own list. */
    async giveBack({ stored, giveBackInMemory }: Counted) {
      giveBackInMemory()
      await store.giveBack(stored, now().getTime()).catch(onFallback)
    },

    /**
     * Counts a code before it is compared: at `counter`, which is the account for a login and the session for a
     * step-up, and for the code of an authenticator app also in its series. Only the holders of the right password or
     * of the session get here, so no other can make the owner wait. Throws 429 past the limits.
     */
    code: ({ counter, series }: CodeCounters, event?: AuditEvent) =>
      takeWhenAllowed(
        [bucket('code', counter), ...(series === undefined ? [] : [bucket('consecutive-codes', series)])],
        event
      ),

    /** Counts a registration from `address`. Throws 429 past the limit; `event` describes the refused attempt. */
    async registration(address: string | null, event?: AuditEvent) {
      const all: Bucket = { name: 'registrations', key: 'registrations', policy: registrations }
      await takeWhenAllowed([...ofAddress('registration', registration, address), all], event)
    },

    /** Counts a request from `address` that makes the server send mail. Throws 429 past the limit. */
    async mail(address: string | null, event?: AuditEvent) {
      await takeWhenAllowed(ofAddress('mail', policies.mail, address), event)
    },

    /** Whether another message of this kind may be mailed to the e-mail address. Counts the message if so. */
    async mayMailTo(email: string, kind: string): Promise<boolean> {
      return 'stored' in (await count([bucket('mailbox', `${kind}:${sha256(email)}`)]))
    },

    /** Counts a change of a user's profile. Throws 429 past the limit. */
    async profileChange(userId: string, event?: AuditEvent) {
      await takeWhenAllowed([bucket('profile', userId)], event)
    },

    /** Counts a refresh of a session in this process. Throws 429 past `refreshLimit` an hour, and changes nothing. */
    refresh(sessionId: string) {
      const wait = refreshLimit.take(sessionId, now().getTime())
      if (wait === 0) return
      onRefusal('refresh')
      throw tooMany(Math.ceil(wait / 1000))
    },

    /**
     * Counts wrong client credentials, and records `event`. Throws 429 past the limit. Correct credentials are neither
     * counted nor ever rejected: a 256-bit secret cannot be guessed, so the limit only bounds the load and the audit
     * trail, and a right secret costs no write.
     */
    async wrongCredentials(name: 'client' | 'introspection', address: string | null, event: AuditEvent) {
      await takeWhenAllowed(ofAddress(name, policies[name], address), event)
      await record(event)
    },

    /** Deletes forgiven counters and prefixes without a login for 180 days, until `stop` fires. */
    async prune(stop?: AbortSignal) {
      recorded.clear()
      const at = now().getTime()
      // A counter is kept for as long as right passwords save up what they forgive. A new one would forgive all at
      // once.
      await store.prune(at - forgiveness.withinMs, new Date(at - keepKnownMs), stop)
    }
  }
}

/** What a right password gives back: all but the attempts of `logins`. It forgives failures of `known`. */
const returnable = (buckets: Bucket[], taken: { key: string; waitsUntil: number }[]) =>
  taken.flatMap(({ key, waitsUntil }) => {
    const { name, policy } = buckets.find(one => one.key === key) as Bucket
    if (name === 'logins') return []
    const forgives = name === 'known' ? forgiveness : undefined
    return [{ key, waitsUntil, policy, forgives, forgivesAll: name === 'consecutive-codes' }]
  })

const seriesTooLong: { [name in BucketName]?: string } = {
  consecutive: 'Too many wrong passwords. Log in from a network that you have used before, or reset your password.',
  'consecutive-codes': 'Too many wrong codes. Use a recovery code or a passkey.'
}

const tooMany = (seconds: number, message = `Too many attempts. Try again in ${seconds} s.`) =>
  new OAuthError('temporarily_unavailable', message, {
    status: 429,
    headers: { 'Retry-After': String(seconds) }
  })
