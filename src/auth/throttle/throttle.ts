import { OAuthError } from '../../errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { Attempt, Counting, Taken, ThrottleStore } from '../../store/throttle.ts'
import type { AuditAction } from '../audit/audit-events.ts'
import { sha256 } from '../keys/secrets.ts'
import { addressPrefixes } from './address-prefix.ts'
import { afterAttempt, doubling, forgiveness, type Policy, waitMs } from './backoff.ts'
import { createHourlyLimit } from './hourly-limit.ts'
import type { MemoryCounters } from './memory-counters.ts'
import { type BucketName, lastHour, policies, settingPolicies, trustedLimit } from './policies.ts'

export type Throttle = ReturnType<typeof createThrottle>

const [second, hour] = [1000, 3_600_000]
const keepKnownMs = 180 * 24 * hour
/** The longest `Retry-After`, also where time does not end the wait. */
const longestRetryMs = hour
/** How much more than a prefix the /48 around it may do. */
const networkShare = 4

/** One counter: the name that metrics and events show, its key and its policy. */
interface Bucket {
  name: BucketName
  key: string
  policy: Policy
}

/** The counters of a password check, and what the hash queue has to know about it. */
export interface PasswordBuckets {
  buckets: Bucket[]
  /** The counter of right passwords of the account, which is counted when the login begins. */
  logins: Bucket
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
  const [refreshes, clientLogins, administration] = [
    createHourlyLimit(config.refreshLimit),
    createHourlyLimit(trustedLimit),
    createHourlyLimit(trustedLimit)
  ]
  const own = settingPolicies(config)

  const bucket = (name: keyof typeof policies, key: string): Bucket => ({
    name,
    key: `${name}:${key}`,
    policy: policies[name]
  })

  const loginsOf = (userId: string): Bucket => ({ name: 'logins', key: store.loginsKey(userId), policy: own.logins })

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

  function counting(buckets: Bucket[], at = now().getTime()): Counting {
    const attempts = buckets.map(({ key, policy }): Attempt => {
      const { waitsUntil, forgivenAt } = afterAttempt(policy, undefined, at)
      return { key, ...policy, waitsUntil, forgivenAt }
    })
    return { attempts, at }
  }

  /**
   * Counts an attempt in all of `buckets`, or in none when one of them imposes a wait, and then resolves to that one.
   */
  async function count(buckets: Bucket[]): Promise<Counted | Bucket> {
    const at = now().getTime()
    const attempts = buckets.map(({ key, policy }) => ({ key, ...policy }))
    const isDue = (counted: { key: string }[]) => buckets.find(({ key }) => !counted.some(one => one.key === key))
    const taken = await store.take(counting(buckets, at).attempts, at).catch(onFallback)
    if (!taken) {
      const inMemory = memory.take(attempts, at)
      return (
        isDue(inMemory) ?? { stored: [], giveBackInMemory: () => memory.giveBack(returnable(buckets, inMemory), at) }
      )
    }
    const refusedBy = isDue(taken)
    if (!refusedBy) return { stored: returnable(buckets, taken), giveBackInMemory: () => {} }
    const marks = buckets.filter(({ policy }) => policy === lastHour).map(({ key }) => key)
    await store
      .giveBack(
        taken.filter(({ key }) => !marks.includes(key)),
        at
      )
      .catch(onFallback)
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

  /** Throws 429 when `name` has used up `limit`, a limit in memory. */
  function takeInMemory(limit: ReturnType<typeof createHourlyLimit>, counter: BucketName, name: string) {
    const wait = limit.take(name, now().getTime())
    if (wait === 0) return
    onRefusal(counter)
    throw tooMany(Math.ceil(wait / 1000))
  }

  /** Whether a message may be mailed. Counts it in all of `buckets` if so, and writes nothing otherwise. */
  const mayMail = async (buckets: Bucket[]): Promise<boolean> =>
    !(await longestWait(buckets)) && 'stored' in (await count(buckets))

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
      return {
        asks: { prefix, account: id, isKnown },
        logins: loginsOf(id),
        buckets: isKnown
          ? [bucket('known', `${id}:${prefix}`), bucket('known-prefix', prefix)]
          : [
              bucket('account', id),
              { ...bucket('consecutive', id), key: store.consecutiveKey(id) },
              ...ofAddress('prefix', policies.prefix, address)
            ]
      }
    },

    /**
     * Throws 429 while one of `buckets` imposes a wait. A cheap look before a password check waits for its turn; `take`
     * decides. `event` is the event that a failure would record.
     */
    assertAllowed: ({ buckets, logins }: PasswordBuckets, event?: AuditEvent) =>
      assertAllowed([...buckets, logins], event),

    /** Counts an attempt before its password is compared. Throws 429 while one of `buckets` imposes a wait. */
    async take({ buckets, asks }: PasswordBuckets, event?: AuditEvent): Promise<CountedAttempt> {
      return { ...(await take(buckets, event)), asks }
    },

    /** What a right password counts in the transaction of its login, at all address prefixes. */
    rightPassword: (userId: string) => counting([loginsOf(userId)]),

    /** The same for a right passkey. Throws 429 after too many logins of the account. */
    async rightPasskey(userId: string, event: AuditEvent): Promise<Counting> {
      await assertAllowed([loginsOf(userId)], event)
      return counting([loginsOf(userId)])
    },

    /** Counts at once what a right password counts, if it begins no login. */
    async unfinishedLogin({ attempts, at }: Counting = { attempts: [], at: 0 }) {
      if (attempts.length > 0) await store.take(attempts, at).catch(onFallback)
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

    /**
     * Counts a registration from `address`. Prefixes that have registered in the last hour share one common limit, and
     * all others another, so that a few cannot use up the registrations of everyone. Throws 429 past a limit; `event`
     * describes the refused attempt.
     */
    async registration(address: string | null, event?: AuditEvent) {
      const [prefix, network = prefix] = addressPrefixes(address)
      const registered: Bucket = { name: 'registered', key: `registered:${network}`, policy: lastHour }
      const known = await store.counters([registered.key]).catch(() => [])
      const name = known.some(({ clearsAt }) => clearsAt > now().getTime()) ? 'registrations' : 'first-registrations'
      const common: Bucket = { name, key: name, policy: own[name] }
      await takeWhenAllowed([...ofAddress('registration', own.registration, address), common, registered], event)
    },

    /** Counts a request from `address` that makes the server send mail. Throws 429 past the limit. */
    async mail(address: string | null, event?: AuditEvent) {
      await takeWhenAllowed(ofAddress('mail', policies.mail, address), event)
    },

    /** Whether another message of this kind may be mailed to the e-mail address. Counts the message if so. */
    mayMailTo: (email: string, kind: string) => mayMail([bucket('mailbox', `${kind}:${sha256(email)}`)]),

    /**
     * Whether an account may get its first link to the e-mail address. Counts the link if so. Each account gets one in
     * thirty days, so that others who give the same address cannot hold it back.
     */
    mayMailFirst: (userId: string, email: string) =>
      mayMail([bucket('first-link', sha256(`${userId}\n${email}`)), bucket('first-links', sha256(email))]),

    /**
     * Whether another notice of this kind may be mailed to the e-mail address. Counts the notice if so. A notice that
     * names an account counts for this account only.
     */
    mayNotify: (email: string, kind: string, userId: string | null) =>
      mayMail([bucket('notice', `${kind}:${sha256(`${userId ?? ''}\n${email}`)}`)]),

    /** Counts a password reset that an administrator orders for the account. Throws 429 past the limit. */
    async orderedReset(userId: string, event?: AuditEvent) {
      await takeWhenAllowed([bucket('ordered-reset', userId)], event)
    },

    /** Counts a change of a user's profile. Throws 429 past the limit. */
    async profileChange(userId: string, event?: AuditEvent) {
      await takeWhenAllowed([bucket('profile', userId)], event)
    },

    /** Throws 429 past the limit of changes of a password. A cheap look before the current one is checked. */
    assertMayChangePassword: (userId: string, event?: AuditEvent) =>
      assertAllowed([bucket('password-change', userId)], event),

    /** Counts a change of a password, after the current one was shown. Throws 429 past the limit. */
    async passwordChange(userId: string, event?: AuditEvent) {
      await take([bucket('password-change', userId)], event)
    },

    /** Counts a refresh of a session in this process. Throws 429 past `refreshLimit` an hour, and changes nothing. */
    refresh: (sessionId: string) => takeInMemory(refreshes, 'refresh', sessionId),

    /** Counts a login of a client for itself in this process. Throws 429 past the limit. */
    clientLogin: (clientId: string) => takeInMemory(clientLogins, 'client-logins', clientId),

    /** Counts a change by an administrator, or by a client with such a scope, in this process. Throws 429. */
    administration: (actor: string) => takeInMemory(administration, 'administration', actor),

    /**
     * Counts wrong client credentials or a refused passkey, and records `event`. Throws 429 past the limit. What is
     * right is neither counted nor ever refused: a 256-bit secret and a signature cannot be guessed, so the limit only
     * bounds the load and the audit trail.
     */
    async failure(name: 'client' | 'introspection' | 'passkey', address: string | null, event: AuditEvent) {
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

/** What a right password gives back. It forgives failures of `known`. */
const returnable = (buckets: Bucket[], taken: { key: string; waitsUntil: number }[]) =>
  taken.map(({ key, waitsUntil }) => {
    const { name, policy } = buckets.find(one => one.key === key) as Bucket
    const forgives = name === 'known' ? forgiveness : undefined
    return { key, waitsUntil, policy, forgives, forgivesAll: name === 'consecutive-codes' }
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
