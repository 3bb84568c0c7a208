import type { AccountDeletion } from '../../../routes/me.ts'
import type { AccountChange } from '../../../routes/user-admin.ts'
import { concurrentChange, invalidMember, Problem } from '../../base/errors.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { UserAdminStore } from '../../store/user-admin.ts'
import type { UserFilter, UserOrder } from '../../store/user-pages.ts'
import type { UserRow, UserStore } from '../../store/users.ts'
import { assertVersion } from '../account/account-version.ts'
import { type Administrator, assertHolds } from '../account/administrator.ts'
import type { AccountClaims } from '../account/claims.ts'
import { normalizeEmail, normalizeUsername } from '../account/identifiers.ts'
import type { User } from '../account/user.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import { addressToReset } from '../mail/recipients.ts'
import { type Page, type PageQuery, pageByName } from '../pagination.ts'
import type { AccountPasswords } from '../passwords/account-passwords.ts'
import type { Passwords } from '../passwords/passwords.ts'
import { assertScopes, builtInScopes } from '../scopes.ts'
import type { Reauthentication } from '../sessions/reauthentication.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { accountAfter, changesOf } from './account-change.ts'
import type { Users } from './users.ts'

/** The scopes that `users create --admin` grants: every built-in scope. */
export const adminScopes = Object.keys(builtInScopes)

/** An account with this scope that can log in is an administrator. The last administrator cannot be removed. */
const administratorScope = 'users:write'

/** Which accounts to list, and in which order. */
export interface UsersQuery extends PageQuery, Omit<UserFilter, 'begins'> {
  q?: string | undefined
  sort?: UserOrder | undefined
}

/** Administration of accounts, and their deletion. */
export function createUserAdmin(deps: {
  config: { defaultScopes: string[] }
  store: UserAdminStore
  accounts: UserStore
  users: Users
  accountClaims: AccountClaims
  accountPasswords: AccountPasswords
  sessions: Sessions
  passwords: Passwords
  throttle: Throttle
  mail: Mail
  auditEvents: AuditEvents
  extensions: { userDeleted(user: UserRow): Promise<void> }
  reauthentication: Reauthentication
  now: () => Date
}) {
  const { config, store, accounts, users, accountClaims, accountPasswords, sessions, passwords } = deps
  const { throttle, mail, auditEvents, reauthentication, now } = deps

  const isAdministrator = ({ disabled, scopes, passwordHash }: Pick<UserRow, 'disabled' | 'scopes' | 'passwordHash'>) =>
    !disabled && passwords.isUsable(passwordHash) && scopes.includes(administratorScope)

  const byId = async (id: string) => (await accounts.byId(id)) ?? noSuchUser()

  /** Throws the reason why the store did not apply a change of `user`. */
  async function refuse(user: UserRow, ifMatch?: string): Promise<never> {
    const found = await byId(user.id)
    assertVersion(found, ifMatch)
    if (isAdministrator(found) && !(await store.hasOther(user.id, administratorScope))) {
      throw new Problem(
        'last_administrator',
        `This is the last administrator. Grant ${administratorScope} to another account first.`
      )
    }
    throw concurrentChange()
  }

  /**
   * Deletes the account and everything that belongs to it. The audit trail keeps the account's id but no name. Throws
   * 404, and 409 as `update` does.
   */
  async function remove(user: UserRow, by: Administrator): Promise<void> {
    const event = auditEvents.event('user.deleted', { ...by, subject: user.id })
    const deleted = await store.remove(user, administratorScope, event)
    if (!deleted) return refuse(user)
    await deps.extensions.userDeleted(deleted)
  }

  return {
    /** The user with this id. Throws 404. */
    byId,

    /**
     * The user with this id or username. Throws 404, and 409 when `text` is the id of one account and the username of
     * another.
     */
    async byIdOrName(text: string): Promise<UserRow> {
      const [withId, withName] = [await accounts.byId(text), await accounts.byUsername(normalizeUsername(text))]
      if (withId && withName)
        throw new Problem('conflict', `${text} is the id of one account and the username of another.`)
      return withId ?? withName ?? noSuchUser(`There is no user ${text}.`)
    },

    /**
     * A page of accounts, sorted by username or the newest first. `q` selects the accounts whose username or e-mail
     * address begins with it; `disabled` and `invited` select the accounts that are, or those that are not. With any of
     * these, a page can have fewer accounts than the limit, or none, before the last.
     */
    page({ q, disabled, invited, sort, ...query }: UsersQuery): Promise<Page<User>> {
      const begins = q === undefined ? undefined : { username: normalizeUsername(q), email: normalizeEmail(q) }
      const find = (after: string, count: number) => accounts.page(after, count, { begins, disabled, invited }, sort)
      return pageByName(query, find, users.describe)
    },

    /**
     * Disables or enables an account, replaces the scopes that it may be granted, and merges `claims` into its claims
     * (RFC 7396). Disabling an account ends all of its sessions. Throws 400 for a scope outside RFC 6749 §3.3 and for
     * claims that a token cannot have, 403 for a new scope that `by` does not hold, and to enable an account with one
     * beyond the default scopes or to change its claims, 404, 409 for the last administrator and when the account
     * changes at the same time, and 412 when `ifMatch` names another version.
     */
    async update(id: string, change: AccountChange, by: Administrator, ifMatch?: string): Promise<UserRow> {
      const user = await byId(id)
      assertVersion(user, ifMatch)
      const after = accountAfter(user, change)
      if (change.scopes) assertScopes(after.scopes)
      if (change.claims !== undefined) accountClaims.assertAcceptable({ ...user, ...after })
      else if (change.scopes) accountClaims.assertFits({ ...user, ...after }, '/scopes')
      assertHolds(
        by,
        after.scopes.filter(scope => !user.scopes.includes(scope))
      )
      // Any administrator can create an account with the default scopes.
      const granted = after.scopes.filter(scope => !config.defaultScopes.includes(scope))
      if (user.disabled && !after.disabled) assertHolds(by, granted, 'enable an account with')
      if (change.claims !== undefined) assertHolds(by, granted, 'change the claims of an account with')
      const events = changesOf(user, after).map(({ action, detail }) =>
        auditEvents.event(action, { ...by, subject: id, detail })
      )
      if (events.length === 0) return user
      const kept = isAdministrator({ ...user, ...after }) ? undefined : administratorScope
      const { claims, ...rights } = after
      const changed = { ...rights, ...(change.claims !== undefined && { claims }), updatedAt: now() }
      return (await store.change(user, changed, kept, events, ifMatch !== undefined)) ?? refuse(user, ifMatch)
    },

    remove,

    /**
     * Deletes the caller's own account, given the password, or within ten minutes of a login where the account has
     * none. Throws a 400 about a missing password, the 401 of RFC 9470 §3, and what `accountPasswords.withPassword` and
     * `remove` throw.
     */
    async removeOwn(
      { user, session }: { user: UserRow; session: SessionRow },
      { current_password }: AccountDeletion,
      origin: Origin
    ): Promise<void> {
      if (current_password === undefined) {
        if (passwords.isUsable(user.passwordHash)) throw invalidMember('/current_password', 'is missing')
        reauthentication.assertRecent({ user, session })
        return remove(user, origin)
      }
      await accountPasswords.withPassword(user, current_password, 'user.deletion_failed', origin, () =>
        remove(user, origin)
      )
    },

    /**
     * Invalidates the password, withdraws a pending address and ends every session. Mails a link to choose a new
     * password to the verified address, or to the unverified address of an account that has never been used. An account
     * that is invited stays so: its earlier links no longer work, and it is mailed another invitation. Resolves to the
     * address, or to `null` when no link is mailed. Throws 404, 409 as `update` does, and 429 after many resets of the
     * account, or many messages to an unverified address.
     */
    async resetPassword(id: string, by: Administrator): Promise<string | null> {
      const user = await byId(id)
      const refusal = auditEvents.event('throttle.refused', { ...by, subject: id })
      await throttle.take('message', ['reset', id], refusal)
      const email = addressToReset(user)
      if (email !== null && !user.emailVerified) await throttle.take('message', ['invitation', email], refusal)
      const change = { unusable: passwords.unusable(), now: now(), kept: administratorScope }
      const event = auditEvents.event('user.password_reset_forced', { ...by, subject: id })
      const link = mail.orderedLink(user.invitedAt === null ? 'reset_password' : 'invitation', { ...user, email })
      if (!(await store.voidPassword(user, change, event, link))) await refuse(user)
      return email
    },

    /** The live sessions of the account, newest login first. Throws 404. */
    sessions: async (id: string): Promise<SessionRow[]> => sessions.ofUser((await byId(id)).id),

    /** Ends one session of the account. Throws 404 when there is no such account or live session. */
    async endSession(id: string, session: string, by: Administrator) {
      await sessions.endOne((await byId(id)).id, session, { ...by, reason })
    },

    /** Ends every session of the account. Resolves to the number of sessions that ended. Throws 404. */
    async endSessions(id: string, by: Administrator): Promise<number> {
      return sessions.endAll((await byId(id)).id, { ...by, reason })
    }
  }
}

/** Why a session ended, in the audit trail. */
const reason = 'ended by an administrator'

function noSuchUser(message = 'This user does not exist.'): never {
  throw new Problem('not_found', message)
}
