import { type Limits, limitsOf } from '../../config/limits.ts'
import { capped, doubling, evenly, type Policy, perHour } from './backoff.ts'
import { id, network, ofKind, prefix, prefixAlone, type Subject, text } from './subjects.ts'

const [second, minute, hour] = [1000, 60_000, 3_600_000]
const year = 365 * 24 * hour

/** How much more than one prefix all prefixes together may register. */
const commonShare = 10

/** One counter: what it counts and why, in the words of the documents, and its numbers. */
export interface Row<T> {
  /** What one attempt is, and of whom. A prefix is that of an IP address. */
  counts: string
  why: string
  /** What the flow gives, and how it becomes a key. */
  of: Subject<T>
  policy: Policy
  /** The limit of the setting `LIMITS` that decides the policy. */
  limit?: keyof Limits
  /** Counted in the memory of each process, where a write would cost more than what it counts. */
  inMemory?: true
}

/** A guess at one account. */
const guess = doubling({ free: 10, forgiveMs: hour, longestMs: 15 * minute })
/** A series that time forgives only after a year (NIST SP 800-63B-4 §3.2.2). */
const series: Policy = { free: 100, most: 100, forgiveMs: year, longestMs: year }
/** A failure from one prefix at many accounts. */
const failure = doubling({ free: 50, forgiveMs: 10 * second, longestMs: 15 * minute })
const twoMinutes = doubling({ free: 30, forgiveMs: 2 * minute, longestMs: 15 * minute })

/** What cannot be guessed. A right one is neither counted nor ever refused. */
export type CredentialKind = 'client' | 'introspection' | 'passkey' | 'identity'

/** All counters, with the limits of the setting `LIMITS`. Metrics and events show their names. */
export const countersWith = (limits: Limits) =>
  ({
    account: {
      counts: 'wrong passwords and mailed codes at an account, from prefixes that have never logged in to it',
      why: 'guessing',
      of: id,
      policy: guess
    },
    known: {
      counts: 'wrong passwords and mailed codes at an account, from a prefix that has logged in to it',
      why: 'guessing by a neighbour; failures elsewhere do not count here',
      of: ofKind<string, string | null>(prefixAlone),
      policy: guess
    },
    'known-prefix': {
      counts: 'the same from a prefix, at all accounts that it has logged in to',
      why: 'one password at many accounts',
      of: prefixAlone,
      policy: doubling({ free: 300, forgiveMs: 10 * second, longestMs: 15 * minute })
    },
    prefix: {
      counts: 'wrong passwords and mailed codes from a prefix, at all other accounts',
      why: 'one password at many accounts',
      of: prefix,
      policy: failure
    },
    consecutive: {
      counts: 'wrong passwords and mailed codes at an account in a row, from prefixes that have never logged in to it',
      why: 'guessing for months; a login from a known prefix or a new password ends it',
      of: id,
      policy: series
    },
    code: {
      counts: 'wrong codes at an account after the right password, or of a session',
      why: 'guessing with a stolen password',
      of: id,
      policy: guess
    },
    'consecutive-codes': {
      counts: 'wrong codes of an authenticator app in a row',
      why: 'guessing for months; a right code ends it, and a recovery code or a passkey goes past it',
      of: id,
      policy: series
    },
    logins: {
      counts: 'right passwords, passkeys, mailed codes and ID tokens of an account',
      why: 'logins without end with a right password; a new one ends the wait',
      of: id,
      policy: perHour(limits.login),
      limit: 'login'
    },
    credential: {
      counts:
        'refused credentials from a prefix, with one counter for each kind: client secrets, `/introspect`, passkeys, ID tokens',
      why: 'a flood of events; right ones cannot be guessed, and do not wait',
      of: ofKind<CredentialKind, string | null>(prefix),
      policy: failure
    },
    registration: {
      counts: 'registrations from a prefix',
      why: 'a flood of accounts, and guessing names',
      of: prefix,
      policy: perHour(limits.registration),
      limit: 'registration'
    },
    registrations: {
      counts: 'registrations from all prefixes that have registered in the last hour, and from all others; each alone',
      why: 'a flood of accounts from many prefixes that leaves no share to others',
      of: id as Subject<'again' | 'first'>,
      policy: perHour(commonShare * limits.registration),
      limit: 'registration'
    },
    registered: {
      counts: 'whether a prefix has registered in the last hour; refuses nothing',
      why: 'the share of the others',
      of: network,
      policy: { free: 2, most: 1, forgiveMs: hour, longestMs: hour }
    },
    mail: {
      counts: 'requests that make the server send mail, from a prefix',
      why: 'a flood of mail to many addresses',
      of: prefix,
      policy: twoMinutes
    },
    mailbox: {
      counts: 'messages of one kind to one address: links, codes and, if it is unverified, notices',
      why: 'a flood of mail that strangers order for a person',
      of: ofKind<string, string | (string | null)[]>(text),
      policy: doubling({ free: 3, forgiveMs: hour, longestMs: hour })
    },
    'first-link': {
      counts: 'first links of an account to an address',
      why: 'strangers who give the same address to hold the link back',
      of: text as Subject<[account: string, address: string]>,
      policy: capped({ most: 1, forgiveMs: 30 * 24 * hour })
    },
    'first-links': {
      counts: 'first links of all accounts to an address',
      why: 'a flood of accounts with the address of another person',
      of: text as Subject<string>,
      policy: capped({ most: 50, forgiveMs: 30 * minute })
    },
    message: {
      counts:
        'notices of a kind to an address; messages of administrators to an unverified address; their resets of an account',
      why: 'a flood of mail about one account',
      of: ofKind<string, string | (string | null)[]>(text),
      policy: capped({ most: 10, forgiveMs: hour })
    },
    profile: {
      counts: 'changes of an account: its profile, second factors, personal access tokens, linked identities',
      why: 'a stolen access token that fills the disk',
      of: id,
      policy: doubling({ free: 60, forgiveMs: minute, longestMs: 15 * minute })
    },
    password: {
      counts: 'new passwords of an account, by its owner and by mailed links; each alone',
      why: 'hashes without end; an intruder who changes the password cannot hold the link of the owner back',
      of: ofKind<'change' | 'link', string>(id),
      policy: twoMinutes
    },
    'token-prefix': {
      counts: 'first uses of a personal access token from a prefix that are recorded and mailed',
      why: 'a token that is passed around',
      of: id,
      policy: capped({ most: 100, forgiveMs: 36 * second })
    },
    'key-refusal': {
      counts: 'bound refresh tokens of a login without their key that are recorded',
      why: 'a thief who repeats it',
      of: id,
      policy: capped({ most: 1, forgiveMs: hour })
    },
    refresh: {
      counts: 'refreshes of a login, and ends of all others by it',
      why: 'a client that repeats itself; a refused one loses nothing',
      of: id,
      policy: evenly(limits.refresh),
      limit: 'refresh',
      inMemory: true
    },
    trusted: {
      counts:
        'logins of a client for itself, exchanges of a personal access token, changes by an administrator; each alone',
      why: 'a program that repeats itself',
      of: ofKind<'client' | 'token' | 'administrator', string>(id),
      policy: evenly(36_000),
      inMemory: true
    }
  }) satisfies Record<string, Row<never>>

type Table = ReturnType<typeof countersWith>

/** The name of a counter, which metrics and events show. */
export type CounterName = keyof Table

/** The counters that are in memory, and the others. */
export type InMemory = { [N in CounterName]: Table[N] extends { inMemory: true } ? N : never }[CounterName]
export type StoredCounter = Exclude<CounterName, InMemory>

/** What a flow gives to count in the counter. */
export type SubjectOf<Name extends CounterName> = Parameters<Table[Name]['of']>[0]

/** The counters of a server without the setting `LIMITS`. */
export const usualCounters = countersWith(limitsOf({ limits: [] }))
