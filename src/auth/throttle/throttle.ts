import { deriveKey, mac } from '../../base/secrets.ts'
import { limitsOf } from '../../config/limits.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { FactorUse } from '../../store/second-factors.ts'
import type { Attempt, NewAttempt, ThrottleStore } from '../../store/throttle.ts'
import { addressPrefix, addressPrefixes } from './address-prefix.ts'
import { forgiveness } from './backoff.ts'
import { attemptAt, type Counter, counterOf, countersOfAddress } from './counters.ts'
import { createCounting, tooMany } from './counting.ts'
import { createHourlyLimit } from './hourly-limit.ts'
import { type CounterName, lastHour, policies, settingPolicies, trustedLimit } from './policies.ts'

export type Throttle = ReturnType<typeof createThrottle>

const keepKnownMs = 180 * 24 * 3_600_000

/** The account and the address of a password. The hash queue divides its turns by them. */
export interface PasswordCaller {
  /** The id of the account, or a keyed hash of the name when no account has it. */
  account: string
  address: string | null
  prefix: string
  /** Whether the account has logged in from the prefix. */
  isKnown: boolean
}

/** Where a code is counted: the id of an account or session, and of an authenticator app or session. */
export interface CodeCounters {
  counter: string
  series?: string | undefined
}

/**
 * Slows down guessing with growing waits. An attempt is counted before the password is compared, and given back when
 * the password is right, so that parallel guesses gain nothing. An attacker at another prefix cannot make the owner
 * wait at a prefix that the owner has logged in from. Where an attempt cannot be counted, nothing is checked: the error
 * of the store is thrown. Refusals are those of `createCounting`.
 */
export function createThrottle(deps: {
  store: ThrottleStore
  config: { secret: string; limits: string[] }
  now: () => Date
  record: (event: AuditEvent) => Promise<void>
  onRefusal: (counter: CounterName) => void
}) {
  const { store, config, now, record, onRefusal } = deps
  const { assertAllowed, take, takeWhenAllowed, isAllowed, forget } = createCounting(deps)
  const limits = limitsOf(config)
  const [refreshes, clientLogins, exchanges, administration] = [
    createHourlyLimit(limits.refresh),
    createHourlyLimit(trustedLimit),
    createHourlyLimit(trustedLimit),
    createHourlyLimit(trustedLimit)
  ]
  const set = settingPolicies(limits)
  const key = deriveKey(config.secret, 'counter-names')
  /**
   * A name or address in the key of a counter. It needs `SECRET`, because people type passwords into the wrong field.
   */
  const hashed = (text: string) => mac(key, text)

  const loginsOf = (userId: string): Counter => ({ name: 'logins', key: store.loginsKey(userId), policy: set.logins })

  const rightPassword = (userId: string): NewAttempt[] => [attemptAt(loginsOf(userId), now().getTime())]

  const countersOf = ({ account, address, prefix, isKnown }: PasswordCaller): Counter[] =>
    isKnown
      ? [counterOf('known', `${account}:${prefix}`), counterOf('known-prefix', prefix)]
      : [
          counterOf('account', account),
          { ...counterOf('consecutive', account), key: store.consecutiveKey(account) },
          ...countersOfAddress('prefix', policies.prefix, address)
        ]

  const isKnown = (userId: string, address: string | null): Promise<boolean> =>
    store.isKnown({ userId, prefix: addressPrefix(address) })

  /** Throws 429 when `name` is past `limit`, which is in memory. */
  function takeInMemory(limit: ReturnType<typeof createHourlyLimit>, counter: CounterName, name: string) {
    const wait = limit.take(name, now().getTime())
    if (wait === 0) return
    onRefusal(counter)
    throw tooMany(Math.ceil(wait / 1000))
  }

  /**
   * Prefixes that have registered in the last hour share one common limit, and all others another, so that a few cannot
   * use up the registrations of everyone.
   */
  async function countersOfRegistration(address: string | null): Promise<Counter[]> {
    const [prefix, network = prefix] = addressPrefixes(address)
    const registered: Counter = { name: 'registered', key: `registered:${network}`, policy: lastHour }
    const known = await store.counters([registered.key])
    const name = known.some(({ clearsAt }) => clearsAt > now().getTime()) ? 'registrations' : 'first-registrations'
    const common: Counter = { name, key: name, policy: set[name] }
    return [...countersOfAddress('registration', set.registration, address), common, registered]
  }

  return {
    /** Whether the account has logged in from the prefix of the address. */
    isKnown,

    /** The caller for the id of a user, or for a name that no account has, which counts in the same way. */
    async caller(who: { userId: string } | { unknownName: string }, address: string | null): Promise<PasswordCaller> {
      const account = 'userId' in who ? who.userId : hashed(who.unknownName)
      return { account, address, prefix: addressPrefix(address), isKnown: await isKnown(account, address) }
    },

    /**
     * Throws 429 while the caller has to wait, also after too many logins of the account. A cheap look before a
     * password check waits for its turn; `password` decides. `event` is the event that a failure would record.
     */
    assertMayTry: (caller: PasswordCaller, event?: AuditEvent) =>
      assertAllowed([...countersOf(caller), loginsOf(caller.account)], event),

    /** Counts an attempt before its password is compared. Throws 429 while the caller has to wait. */
    password: (caller: PasswordCaller, event?: AuditEvent): Promise<Attempt[]> => take(countersOf(caller), event),

    /** The attempts that the transaction of a login counts for a right password, at all address prefixes. */
    rightPassword,

    /** The same for a right passkey or ID token. Throws 429 after too many logins of the account. */
    async rightSignature(userId: string, event: AuditEvent): Promise<NewAttempt[]> {
      await assertAllowed([loginsOf(userId)], event)
      return rightPassword(userId)
    },

    /**
     * Gives attempts back after a right password, and forgives what it forgives. A login does so in its own list.
     */
    giveBack: (attempts: Attempt[]) => store.giveBack(attempts, now().getTime()),

    /** Gives back attempts whose passwords were not compared, which forgives no earlier failure. */
    withdraw: (attempts: Attempt[]) =>
      store.giveBack(
        attempts.map(({ key, waitsUntil }) => ({ key, waitsUntil })),
        now().getTime()
      ),

    /** Ends a right proof that begins no login: gives its attempts back, and counts a login. */
    async unfinishedLogin({ attempts = [], counts = [] }: Pick<FactorUse, 'attempts' | 'counts'>) {
      await store.giveBack(attempts, now().getTime())
      if (counts.length > 0) await store.take(counts)
    },

    /**
     * Counts a code before it is compared: at `counter`, which is the account for a login and the session for a
     * step-up, and for the code of an authenticator app also in its series. Only the holders of the right password or
     * of the session get here, so no other can make the owner wait. Throws 429 past the limits.
     */
    code: ({ counter, series }: CodeCounters, event?: AuditEvent) =>
      takeWhenAllowed(
        [counterOf('code', counter), ...(series === undefined ? [] : [counterOf('consecutive-codes', series)])],
        event
      ),

    /**
     * Throws 429 past a limit of registrations from `address`. A cheap look before one is checked; `event` describes
     * the refused attempt.
     */
    async assertMayRegister(address: string | null, event?: AuditEvent) {
      await assertAllowed(await countersOfRegistration(address), event)
    },

    /** Counts a registration from `address`. Throws 429 past a limit; `event` describes the refused attempt. */
    async registration(address: string | null, event?: AuditEvent) {
      await takeWhenAllowed(await countersOfRegistration(address), event)
    },

    /** Counts a request from `address` that makes the server send mail. Throws 429 past the limit. */
    async mail(address: string | null, event?: AuditEvent) {
      await takeWhenAllowed(countersOfAddress('mail', policies.mail, address), event)
    },

    /** Whether another message of this kind may be mailed to the e-mail address. Counts the message if so. */
    mayMailTo: (email: string, kind: string) => isAllowed([counterOf('mailbox', `${kind}:${hashed(email)}`)]),

    /**
     * Whether an account may get its first link to the e-mail address. Counts the link if so. Each account gets one in
     * thirty days, so that others who give the same address cannot hold it back.
     */
    mayMailFirst: (userId: string, email: string) =>
      isAllowed([counterOf('first-link', hashed(`${userId}\n${email}`)), counterOf('first-links', hashed(email))]),

    /**
     * Whether another notice of this kind may be mailed to the e-mail address. Counts the notice if so. A notice that
     * names an account counts for this account only.
     */
    mayNotify: (email: string, kind: string, userId: string | null) =>
      isAllowed([counterOf('notice', `${kind}:${hashed(`${userId ?? ''}\n${email}`)}`)]),

    /** Whether the first use of a personal access token from an address prefix may be recorded. Counts it if so. */
    mayRecordPrefix: (tokenId: string) => isAllowed([counterOf('token-prefix', tokenId)]),

    /** Whether a bound refresh token of the session without its key may be recorded. Counts it if so. */
    mayRecordKeyRefusal: (sessionId: string) => isAllowed([counterOf('key-refusal', sessionId)]),

    /** Counts a message that an administrator orders to an unverified address. Throws 429 past the limit. */
    async invitation(email: string, event?: AuditEvent) {
      await takeWhenAllowed([counterOf('invitation', hashed(email))], event)
    },

    /** Counts a password reset that an administrator orders for the account. Throws 429 past the limit. */
    async orderedReset(userId: string, event?: AuditEvent) {
      await takeWhenAllowed([counterOf('ordered-reset', userId)], event)
    },

    /** Counts a change of a user's profile. Throws 429 past the limit. */
    async profileChange(userId: string, event?: AuditEvent) {
      await takeWhenAllowed([counterOf('profile', userId)], event)
    },

    /** Throws 429 past the limit of changes of a password. A cheap look before the current one is checked. */
    assertMayChangePassword: (userId: string, event?: AuditEvent) =>
      assertAllowed([counterOf('password-change', userId)], event),

    /** Counts a change of a password, after the current one was presented. Throws 429 past the limit. */
    async passwordChange(userId: string, event?: AuditEvent) {
      await take([counterOf('password-change', userId)], event)
    },

    /** Counts a new password by a mailed link, before it is hashed. Throws 429 past the limit. */
    async passwordReset(userId: string, event?: AuditEvent) {
      await takeWhenAllowed([counterOf('password-reset', userId)], event)
    },

    /** Counts a refresh of a session in this process. Throws 429 past the limit of an hour, and changes nothing. */
    refresh: (sessionId: string) => takeInMemory(refreshes, 'refresh', sessionId),

    /** Counts a login of a client for itself in this process. Throws 429 past the limit. */
    clientLogin: (clientId: string) => takeInMemory(clientLogins, 'client-logins', clientId),

    /** Counts an exchange of a personal access token in this process. Throws 429 past the limit. */
    tokenExchange: (tokenId: string) => takeInMemory(exchanges, 'token-exchange', tokenId),

    /** Counts a change by an administrator, or by a client with such a scope, in this process. Throws 429. */
    administration: (actor: string) => takeInMemory(administration, 'administration', actor),

    /**
     * Counts wrong client credentials, a refused passkey or a refused ID token, and records `event`. Throws 429 past
     * the limit. What is right is neither counted nor ever refused: a 256-bit secret and a signature cannot be guessed,
     * so the limit only bounds the load and the audit trail.
     */
    async failure(
      name: 'client' | 'introspection' | 'passkey' | 'identity',
      address: string | null,
      event: AuditEvent
    ) {
      await takeWhenAllowed(countersOfAddress(name, policies[name], address), event)
      await record(event)
    },

    /** Deletes forgiven counters and prefixes without a login for 180 days, until `stop` fires. */
    async prune(stop?: AbortSignal) {
      forget()
      const at = now().getTime()
      // A counter is kept for as long as right passwords save up what they forgive. A new one would forgive all at
      // once.
      await store.prune(at - forgiveness.withinMs, new Date(at - keepKnownMs), stop)
    }
  }
}
