import type { Limits } from '../../config/limits.ts'
import { capped, doubling, type Policy } from './backoff.ts'

const [second, minute, hour] = [1000, 60_000, 3_600_000]
const year = 365 * 24 * hour

/** How much more than one prefix all prefixes together may register. */
const commonShare = 10
/**
 * Logins of one client for itself, exchanges of one personal access token, or changes by one administrator, in an hour
 * and in each process.
 */
export const trustedLimit = 36_000

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
  /** Refused passkeys, from one prefix. A right one does not wait for them. */
  passkey: doubling({ free: 50, forgiveMs: 10 * second, longestMs: 15 * minute }),
  /** Requests that make the server send mail, from one prefix. */
  mail: doubling({ free: 30, forgiveMs: 2 * minute, longestMs: 15 * minute }),
  /** Messages of one kind to one address: links, and notices to an unverified address. */
  mailbox: doubling({ free: 3, forgiveMs: hour, longestMs: hour }),
  /** First links of one account to one address. */
  'first-link': capped({ most: 1, forgiveMs: 30 * 24 * hour }),
  /** First links of all accounts to one address. */
  'first-links': capped({ most: 50, forgiveMs: 30 * minute }),
  /** Notices of one kind to one address, and those of one account where a notice names it. */
  notice: capped({ most: 10, forgiveMs: hour }),
  /** Messages to one unverified address that administrators order: invitations, and links for a new password. */
  invitation: capped({ most: 10, forgiveMs: hour }),
  /** Password resets that administrators order for one account. */
  'ordered-reset': capped({ most: 10, forgiveMs: hour }),
  /** Address prefixes from which one personal access token is used for the first time. */
  'token-prefix': capped({ most: 100, forgiveMs: 36 * second }),
  /** Bound refresh tokens of one login without their key. */
  'key-refusal': capped({ most: 1, forgiveMs: hour }),
  /** Refused ID tokens whose signature is right, from one prefix. */
  identity: doubling({ free: 50, forgiveMs: 10 * second, longestMs: 15 * minute }),
  /** Changes of one account: its profile, second factors, personal access tokens and linked identities. */
  profile: doubling({ free: 60, forgiveMs: minute, longestMs: 15 * minute }),
  /** Changes of the password of one account by its owner. */
  'password-change': doubling({ free: 30, forgiveMs: 2 * minute, longestMs: 15 * minute }),
  /**
   * Passwords for one account with a mailed link. Not those above, with which an intruder could hold the owner back.
   */
  'password-reset': doubling({ free: 30, forgiveMs: 2 * minute, longestMs: 15 * minute })
} satisfies Record<string, Policy>

/** A policy that allows `limit` attempts at once, and as many an hour. */
const perHour = (limit: number): Policy =>
  doubling({ free: limit, forgiveMs: Math.ceil(hour / limit), longestMs: 15 * minute })

/** The policies that the settings decide. */
export const settingPolicies = ({ login, registration }: Pick<Limits, 'login' | 'registration'>) =>
  ({
    /** Right passwords, passkeys and ID tokens of one account. */
    logins: perHour(login),
    /** Registrations from one prefix. */
    registration: perHour(registration),
    /** Registrations from all prefixes that have registered in the last hour. */
    registrations: perHour(commonShare * registration),
    /** Registrations from all other prefixes. */
    'first-registrations': perHour(commonShare * registration)
  }) satisfies Record<string, Policy>

/** The name of a counter, which metrics and events show. */
export type CounterName =
  | keyof typeof policies
  | keyof ReturnType<typeof settingPolicies>
  | 'registered'
  | 'refresh'
  | 'client-logins'
  | 'token-exchange'
  | 'administration'

/** A counter that imposes no wait and remembers an attempt for an hour. */
export const lastHour: Policy = { free: 2, most: 1, forgiveMs: hour, longestMs: hour }
