import {
  assertEmail,
  assertFullName,
  assertUsername,
  maxUsernameLength,
  normalizeEmail,
  normalizeUsername
} from '../auth/users/identifiers.ts'
import { invalidMember } from '../errors.ts'
import type { MovedUser } from '../store/users.ts'
import { looksLikeHash } from './looks-like-hash.ts'
import type { Field, Mapping } from './mapping.ts'
import { type HashRules, movedHash } from './moved-hash.ts'
import { scopesIn } from './scope-list.ts'
import { flagOf, textOf, timeOf } from './values.ts'

/** An account as it will be here, and what became of it on the way. */
export interface MovedAccount {
  user: MovedUser
  /** Whether the id is the one that it had. */
  keepsId: boolean
  /** Whether the source said when it was made. */
  keepsCreation: boolean
  /** Whether the username was an e-mail address, or had an @ in it. */
  isRenamed: boolean
  /** Whether it was an administrator, which it is not here. */
  wasSuperuser: boolean
}

/** How accounts are read from records. */
export interface ReadingOptions extends HashRules {
  mapping: Mapping
  /** Takes every address as verified, whatever the source says. */
  trustEmails: boolean
  /** The scopes of an account whose record names none. */
  defaultScopes: string[]
  newId: () => string
  now: () => Date
}

/**
 * The account of a record, by the rules of registration. Whoever logged in by e-mail address gets it as their username,
 * with a dot for the @, which no username has. Throws a Problem about the member that is wrong.
 */
export function readAccount(record: Record<string, unknown>, options: ReadingOptions): MovedAccount {
  const now = options.now()
  const value = (field: Field) => {
    const reading = options.mapping[field]
    return reading?.read(
      reading.columns.map(column => record[column]),
      now
    )
  }
  const text = (field: Field) => textOf(field, value(field))
  const flag = (field: Field) => flagOf(field, value(field))

  const givenEmail = text('email')
  const email = givenEmail === null ? null : normalizeEmail(givenEmail)
  assertEmail(email)
  const { username, isRenamed } = usernameOf(text('username'), email)
  const fullName = text('full_name')
  assertFullName(fullName)
  const ownId = uuidOf(value('id'))
  const createdAt = creationOf(text('created_at'), now)
  const scopes = value('scopes')
  // What is there and empty does not say that somebody is active.
  const isInactive = value('active') !== undefined && flag('active') !== true

  return {
    user: {
      id: ownId ?? options.newId(),
      username,
      email,
      emailVerified: email !== null && (options.trustEmails || flag('email_verified') === true),
      fullName,
      passwordHash: movedHash(text('password_hash'), options, { hasEmail: email !== null }),
      scopes: scopes === undefined || scopes === null ? options.defaultScopes : scopesIn(scopes),
      disabled: flag('disabled') === true || isInactive,
      createdAt: createdAt ?? now,
      updatedAt: now
    },
    keepsId: ownId !== undefined,
    keepsCreation: createdAt !== undefined,
    isRenamed,
    wasSuperuser: flag('superuser') === true
  }
}

/** The username, which is the address where there is none. */
function usernameOf(given: string | null, email: string | null): { username: string; isRenamed: boolean } {
  const name = given ?? email
  if (name === null) throw invalidMember('/username', 'is missing')
  if (looksLikeHash(name)) throw invalidMember('/username', 'has the form of a password hash')
  const normalized = normalizeUsername(name)
  const username = normalized.replaceAll('@', '.')
  const isRenamed = username !== normalized
  if (isRenamed && [...username].length > maxUsernameLength)
    throw invalidMember(
      given === null ? '/email' : '/username',
      `is an address of more than ${maxUsernameLength} characters, too long for a username`
    )
  assertUsername(username)
  return { username, isRenamed }
}

/** A UUID in its one form, with or without hyphens before; numbers and other ids are not kept. */
function uuidOf(value: unknown): string | undefined {
  const digits = String(value).toLowerCase().replaceAll('-', '')
  if (!/^[0-9a-f]{32}$/.test(digits)) return undefined
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The time that is given; `undefined` where there is none, or one to come, as a time that was local there may be. */
function creationOf(text: string | null, now: Date): Date | undefined {
  if (text === null) return undefined
  const time = timeOf(text)
  if (time === undefined || time.getTime() < 0)
    throw invalidMember('/created_at', 'is not a time since 1970, such as 2026-01-31T12:00:00Z')
  return time < now ? time : undefined
}
