import { Problem } from '../../errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { UserRow, UserStore } from '../../store/users.ts'
import type { AuditEvents, Origin } from '../audit/audit-events.ts'
import type { ExtensionPoints } from '../extensions/extension-points.ts'
import type { Mail } from '../mail/mail.ts'
import type { Passwords } from '../passwords/passwords.ts'
import { assertScopes } from '../scopes.ts'
import { addressPrefix } from '../throttle/address-prefix.ts'
import type { CountedAttempt, PasswordBuckets, Throttle } from '../throttle/throttle.ts'
import { createAccountPasswords } from './account-passwords.ts'
import { assertEmail, assertFullName, assertUsername, normalizeEmail, normalizeUsername } from './identifiers.ts'
import type { Registration, User } from './user.ts'
import { describeUser } from './user-description.ts'

export type Users = ReturnType<typeof createUsers>

/**
 * Accounts: registration, login, and changes by their owners. `now` is the clock; `newId` generates time-ordered ids.
 */
export function createUsers(deps: {
  store: UserStore
  passwords: Passwords
  throttle: Throttle
  mail: Mail
  auditEvents: AuditEvents
  extensions: ExtensionPoints
  config: { defaultScopes: string[] }
  newId: () => string
  now: () => Date
  record: (event: AuditEvent) => Promise<void>
}) {
  const { store, passwords, throttle, mail, auditEvents, extensions, config, newId, now } = deps
  const own = createAccountPasswords(deps)
  // The store returns the same row object while the row is unchanged.
  const descriptions = new WeakMap<UserRow, User>()

  /**
   * Upgrades the user's hash when new hashes have another format or a higher cost. If this fails, the next login tries
   * again.
   */
  async function withCurrentHash(user: UserRow, password: string, asks: PasswordBuckets['asks']): Promise<UserRow> {
    if (!passwords.needsRehash(user.passwordHash)) return user
    try {
      const passwordHash = await passwords.hash(password, asks)
      await store.upgradeHash(user.id, user.passwordHash, passwordHash)
      return { ...user, passwordHash }
    } catch {
      // The queue is full, or the hash cannot be written. The login is still valid.
      return user
    }
  }

  return {
    /** The user as the API returns it. */
    describe(user: UserRow): User {
      const known = descriptions.get(user)
      if (known) return known
      const description = describeUser(user)
      descriptions.set(user, description)
      return description
    },

    /**
     * Creates an account. Throws a 400 about an invalid member, and 409 when the username or e-mail address is taken.
     */
    async register(registration: Registration, origin: Origin): Promise<UserRow> {
      const username = normalizeUsername(registration.username)
      assertUsername(username)
      const email = registration.email == null ? null : normalizeEmail(registration.email)
      const scopes = registration.scopes ?? config.defaultScopes
      assertScopes(scopes)
      assertEmail(email)
      assertFullName(registration.full_name)
      passwords.assertAcceptable(registration.password, '/password', { username, email })
      const prefix = addressPrefix(origin.ip ?? null)
      await passwords.assertRoom(prefix)
      if (origin.ip) await throttle.registration(origin.ip, auditEvents.event('throttle.refused', origin))
      // Checked before hashing, to save the hash of a taken name.
      if (await store.byUsername(username)) throw usernameTaken()
      if (email && (await store.byEmail(email))) throw emailTaken()

      const passwordHash = await passwords.hash(registration.password, { prefix, signal: origin.signal })
      const [id, at] = [newId(), now()]
      const user = await store.insert(
        {
          id,
          username,
          email,
          fullName: registration.full_name ?? null,
          passwordHash,
          scopes,
          createdAt: at,
          updatedAt: at
        },
        auditEvents.event('user.created', { ...origin, subject: id, detail: { scopes: scopes.join(' ') } }),
        await mail.link('verify_email', { id, email })
      )
      if (!user) throw (await store.byUsername(username)) ? usernameTaken() : emailTaken()
      await extensions.userCreated(user)
      return user
    },

    /**
     * Checks a login form; `username` is a username or a verified e-mail address. Resolves to the user and
     * the attempt to give back, or to `undefined` when the login is refused. Every refusal takes the same work and is recorded in the audit trail. A
     * hash with another format or a lower cost than new hashes is upgraded. Throws 429 after too many failures, and 503
     * when too many checks are waiting.
     */
    async authenticate(
      { username, password }: { username: string; password: string },
      { clientId, ip = null, signal }: Origin & { clientId: string }
    ): Promise<{ user: UserRow; attempt: CountedAttempt } | undefined> {
      await passwords.assertRoom(addressPrefix(ip))
      const found = username.includes('@')
        ? await store.byVerifiedEmail(normalizeEmail(username))
        : await store.byUsername(normalizeUsername(username))
      const event = auditEvents.event('login.failed', { subject: found?.id ?? null, clientId, ip })
      const account = { user: found, unknownName: normalizeUsername(username) }
      const right = await own.check(account, password, event, signal)
      if (!found || !right) return undefined
      return { user: await withCurrentHash(found, password, right.asks), attempt: right.attempt }
    },

    /**
     * Changes the profile. A new e-mail address is unverified and receives a link; the old address receives a notice.
     * Throws 409 when another user has the address, and 429 after too many changes, or too many new addresses from
     * one IP address prefix.
     */
    async updateProfile(
      id: string,
      changes: { email?: string | null; full_name?: string | null },
      origin: Origin
    ): Promise<UserRow> {
      const email = changes.email == null ? changes.email : normalizeEmail(changes.email)
      assertEmail(email)
      assertFullName(changes.full_name)
      await throttle.profileChange(id, auditEvents.event('throttle.refused', { ...origin, subject: id }))
      const before = (await store.byId(id)) ?? noSuchUser()
      const isMoved = email !== undefined && email !== before.email
      if (isMoved && email && origin.ip) {
        await throttle.mail(origin.ip, auditEvents.event('throttle.refused', { ...origin, subject: id }))
      }
      const user = await store.update(
        id,
        {
          // Only the given members, so that concurrent changes do not undo each other.
          ...(isMoved ? { email, emailVerified: false } : {}),
          ...(changes.full_name === undefined ? {} : { fullName: changes.full_name }),
          updatedAt: now()
        },
        auditEvents.event('user.updated', {
          ...origin,
          subject: id,
          detail: { members: Object.keys(changes).join(' ') }
        }),
        isMoved ? await mail.moved(before, email) : []
      )
      if (!user) throw (await store.byId(id)) ? emailTaken() : noSuchUser()
      return user
    },

    assertPassword: own.assert,
    setPassword: own.set,
    changePassword: own.change
  }
}

function noSuchUser(): never {
  throw new Problem(404, 'This user does not exist.')
}

const usernameTaken = () =>
  new Problem(409, 'This username is taken.', { errors: [{ pointer: '/username', detail: 'is taken' }] })
const emailTaken = () =>
  new Problem(409, 'This e-mail address is taken.', { errors: [{ pointer: '/email', detail: 'is taken' }] })
