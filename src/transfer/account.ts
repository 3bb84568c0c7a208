import {
  assertEmail,
  assertFullName,
  assertUsername,
  maxUsernameLength,
  normalizeEmail,
  normalizeUsername
} from '../auth/account/identifiers.ts'
import { canonicalLocale } from '../auth/account/locale.ts'
import { invalidMember } from '../base/errors.ts'
import type { MovedUser, UserRow } from '../store/users.ts'
import { looksLikeHash } from './looks-like-hash.ts'
import { type Field, fieldsOf, type Mapping } from './mapping.ts'
import { type HashRules, matchesNoPassword, movedHash } from './moved-hash.ts'
import { type MovedIdentity, movedIdentities } from './moved-identities.ts'
import { movedTotpSecret } from './moved-totp.ts'
import { scopesIn } from './scope-list.ts'
import { flagOf, objectOf, textOf, timeOf } from './values.ts'

/** An account to import, and how it differs from the source. */
export interface MovedAccount {
  user: MovedUser
  identities: MovedIdentity[]
  /** The secret of its authenticator app, in base32. */
  totpSecret: string | null
  /** Whether it had a second factor in the source, and has none here. */
  losesFactor: boolean
  /** Whether it keeps the id of the source. */
  keepsId: boolean
  /** Whether it keeps the creation time of the source. */
  keepsCreation: boolean
  /** Whether the username was an e-mail address or contained an @. */
  isRenamed: boolean
  /** Whether the account was an administrator in the source; the import does not make it one. */
  wasSuperuser: boolean
}

/** Options for reading accounts from records. */
export interface ReadingOptions extends HashRules {
  mapping: Mapping
  /** Treats every address as verified. */
  trustEmails: boolean
  /** The scopes of an account whose record names none. */
  defaultScopes: string[]
  /** Throws a Problem unless an account can have this data. */
  assertData: (data: UserRow['data']) => void
  /** Throws a Problem unless the account can have its claims, and access tokens with them. */
  assertClaims: (user: Pick<UserRow, 'username' | 'scopes' | 'claims'>) => void
  newId: () => string
  now: () => Date
}

/**
 * The account of a record, by the rules of registration. A user who logged in by e-mail address gets the address as
 * username, with a dot for the @, which a username must not contain. Throws a Problem about an invalid member.
 */
export function readAccount(record: Record<string, unknown>, options: ReadingOptions): MovedAccount {
  const now = options.now()
  const value = fieldsOf(options.mapping, record, now)
  const text = (field: Field) => textOf(field, value(field))
  const flag = (field: Field) => flagOf(field, value(field))

  const givenEmail = text('email')
  const email = givenEmail === null ? null : normalizeEmail(givenEmail)
  assertEmail(email)
  const { username, isRenamed } = usernameOf(text('username'), email)
  const fullName = text('full_name')
  assertFullName(fullName)
  const ownId = uuidOf(value('id'))
  const createdAt = pastTime('created_at', text('created_at'), now)
  const passwordHash = movedHash(text('password_hash'), options, { hasEmail: email !== null })
  const totpSecret = movedTotpSecret(text('totp_secret'))
  const invitation = text('invited_at')
  const invitedAt = invitation === null ? null : (pastTime('invited_at', invitation, now) ?? now)
  const scopes = value('scopes')
  // An empty value in an existing column does not make an account active.
  const isInactive = value('active') !== undefined && flag('active') !== true
  const user = {
    id: ownId ?? options.newId(),
    username,
    email,
    emailVerified: email !== null && (options.trustEmails || flag('email_verified') === true),
    fullName,
    locale: canonicalLocale(text('locale')),
    passwordHash,
    scopes: scopes === undefined || scopes === null ? options.defaultScopes : scopesIn(scopes),
    disabled: flag('disabled') === true || isInactive,
    data: objectOf('data', value('data')),
    claims: objectOf('claims', value('claims')),
    // An invitation ends when its owner chooses a password.
    invitedAt: matchesNoPassword(passwordHash) ? invitedAt : null,
    secondFactorAt: totpSecret === null ? null : now,
    createdAt: createdAt ?? now,
    updatedAt: now
  }
  // A schema may require members that accounts get only here.
  options.assertData(user.data)
  options.assertClaims(user)

  return {
    user,
    identities: movedIdentities(value('identities')),
    totpSecret,
    losesFactor: totpSecret === null && flag('second_factor') === true,
    keepsId: ownId !== undefined,
    keepsCreation: createdAt !== undefined,
    isRenamed,
    wasSuperuser: flag('superuser') === true
  }
}

/** The username, or the address when there is no username. */
function usernameOf(given: string | null, email: string | null): { username: string; isRenamed: boolean } {
  const name = given ?? email
  if (name === null) throw invalidMember('/username', 'is missing')
  if (looksLikeHash(name)) throw invalidMember('/username', 'looks like a password hash')
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

/**
 * A UUID in canonical form, given with or without hyphens; `undefined` for numbers and other ids, which are not kept.
 */
function uuidOf(value: unknown): string | undefined {
  const digits = String(value).toLowerCase().replaceAll('-', '')
  if (!/^[0-9a-f]{32}$/.test(digits)) return undefined
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/**
 * The given time; `undefined` when it is missing or in the future, as a local time of the source may be.
 */
function pastTime(field: Field, text: string | null, now: Date): Date | undefined {
  if (text === null) return undefined
  const time = timeOf(text)
  if (time === undefined || time.getTime() < 0)
    throw invalidMember(`/${field}`, 'is not a time since 1970, such as 2026-01-31T12:00:00Z')
  return time < now ? time : undefined
}
