import type { AuditEvent } from '../../store/audit/events.ts'
import type { FactorUse } from '../../store/second-factors.ts'
import type { Attempt, NewAttempt, ThrottleStore } from '../../store/throttle.ts'
import { addressPrefix } from './address-prefix.ts'
import { attemptAt, type Counter, type CountersOf } from './counters.ts'
import type { Counting } from './counting.ts'

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
 * The counters of a login. An attempt is counted before the password is compared, and given back when the password is
 * right, so that parallel guesses gain nothing. An attacker at another prefix cannot make the owner wait at a prefix
 * that the owner has logged in from. Where an attempt cannot be counted, nothing is checked: the error of the store is
 * thrown.
 */
export function createGuesses(deps: {
  store: ThrottleStore
  counting: Counting
  countersOf: CountersOf
  hashed: (text: string) => string
  now: () => Date
}) {
  const { store, counting, countersOf, hashed, now } = deps

  const rightPassword = (userId: string): NewAttempt[] =>
    countersOf('logins', userId).map(counter => attemptAt(counter, now().getTime()))

  const ofPassword = ({ account, address, isKnown }: PasswordCaller): Counter[] =>
    isKnown
      ? [...countersOf('known', [account, address]), ...countersOf('known-prefix', address)]
      : [...countersOf('account', account), ...countersOf('consecutive', account), ...countersOf('prefix', address)]

  const isKnown = (userId: string, address: string | null): Promise<boolean> =>
    store.isKnown({ userId, prefix: addressPrefix(address) })

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
      counting.assertAllowed([...ofPassword(caller), ...countersOf('logins', caller.account)], event),

    /** Counts an attempt before its password is compared. Throws 429 while the caller has to wait. */
    password: (caller: PasswordCaller, event?: AuditEvent): Promise<Attempt[]> =>
      counting.take(ofPassword(caller), event),

    /** The attempts that the transaction of a login counts for a right password, at all address prefixes. */
    rightPassword,

    /** The same for a right passkey or ID token. Throws 429 after too many logins of the account. */
    async rightSignature(userId: string, event: AuditEvent): Promise<NewAttempt[]> {
      await counting.assertAllowed(countersOf('logins', userId), event)
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
      counting.takeWhenAllowed(
        [...countersOf('code', counter), ...(series === undefined ? [] : countersOf('consecutive-codes', series))],
        event
      )
  }
}
