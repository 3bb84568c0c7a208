import type { ProfileChange } from '../../../routes/me.ts'
import { concurrentChange, invalidMember, Problem } from '../../base/errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { UserRow } from '../../store/users.ts'
import { assertPortable, merged } from '../account/account-json.ts'
import { accountNamed } from '../account/account-named.ts'
import { assertVersion, versionOf } from '../account/account-version.ts'
import { assertEmail, assertFullName, normalizeEmail } from '../account/identifiers.ts'
import { canonicalLocale, localeFor } from '../account/locale.ts'
import { describedUser } from '../account/user-description.ts'
import type { Origin } from '../audit-events.ts'
import { emailChange } from '../links/email-change.ts'
import type { AccountPasswords, CheckedPassword } from '../passwords/account-passwords.ts'
import type { Reauthentication } from '../sessions/reauthentication.ts'
import { addressPrefix } from '../throttle/address-prefix.ts'
import type { WaysIn } from '../ways-in.ts'
import { createRegistration } from './registration.ts'

export type Users = ReturnType<typeof createUsers>

/**
 * Accounts: registration, login, and changes by their owners. `now` is the clock; `newId` generates time-ordered ids.
 */
export function createUsers(
  deps: Parameters<typeof createRegistration>[0] & {
    accountPasswords: AccountPasswords
    reauthentication: Reauthentication
    waysIn: WaysIn
    /** Details of an event about a name that no account has. */
    describeUnknown: (name: string) => AuditEvent['detail']
  }
) {
  const {
    store,
    passwords,
    accountPasswords,
    accountData,
    throttle,
    mail,
    auditEvents,
    reauthentication,
    waysIn,
    now
  } = deps

  /**
   * Upgrades the user's hash when new hashes have another format or a higher cost. If this fails, the next login tries
   * again.
   */
  async function withCurrentHash(user: UserRow, { password, caller }: CheckedPassword): Promise<UserRow> {
    if (!passwords.needsRehash(user.passwordHash)) return user
    try {
      const passwordHash = await passwords.hash(password, caller)
      await store.upgradeHash(user.id, user.passwordHash, passwordHash)
      return { ...user, passwordHash }
    } catch {
      // The queue is full, or the hash cannot be written. The login is still valid.
      return user
    }
  }

  return {
    /** The user as the API returns it. */
    describe: describedUser,

    /** Its entity tag, for `If-Match`. */
    version: versionOf,

    ...createRegistration(deps),

    /**
     * Checks a login form; `username` is a username or a verified e-mail address. With `mayHaveCode`, the code of an
     * authenticator app may follow the password. Resolves to the user, that code and the attempts to give back, or to
     * `undefined` when the login is refused. Every refusal takes the same work and is recorded in the audit trail. A
     * hash with another format or a lower cost than new hashes is upgraded. Throws 429 after too many failures, and 503
     * when too many checks are waiting.
     */
    async authenticate(
      { username, password }: { username: string; password: string },
      { clientId, ip = null, signal, mayHaveCode = false }: Origin & { clientId: string; mayHaveCode?: boolean }
    ): Promise<({ user: UserRow } & Pick<CheckedPassword, 'attempts' | 'otp'>) | undefined> {
      await passwords.assertRoom(addressPrefix(ip))
      const { user: found, unknownName } = await accountNamed(store, username)
      const about = found ? { subject: found.id } : { detail: deps.describeUnknown(unknownName) }
      const event = auditEvents.event('login.failed', { ...about, clientId, ip })
      const account = { user: found, unknownName }
      const checked = await accountPasswords.check(account, password, event, { signal, mayHaveCode })
      if (!found || !checked) return undefined
      const { otp, attempts } = checked
      return { user: await withCurrentHash(found, checked), attempts, ...(otp !== undefined && { otp }) }
    },

    /**
     * Changes the profile. A new e-mail address receives a link, and a verified old one stays in force until the link
     * is used and receives a notice. A new or removed address needs `current_password` or a recent login, and two
     * factors if the account has a second one. Throws 401 without these, 403 for a wrong password, 404, 409 when the
     * addresses or the data change at the same time, 412 when `ifMatch` names another version, and 429 after too many
     * changes or wrong passwords, or too many new addresses from one IP address prefix.
     */
    async updateProfile(
      id: string,
      { current_password, ...members }: ProfileChange,
      { session, ...origin }: Origin & { session: Pick<SessionRow, 'amr' | 'authTime'> },
      ifMatch?: string
    ): Promise<UserRow> {
      const email = members.email == null ? members.email : normalizeEmail(members.email)
      assertEmail(email)
      assertFullName(members.full_name)
      canonicalLocale(members.locale)
      // Checked before the merge, which goes as deep as the patch.
      assertPortable(members.data, ['data'])
      await throttle.take('profile', id, auditEvents.event('throttle.refused', { ...origin, subject: id }))
      const before = (await store.byId(id)) ?? noSuchUser()
      assertVersion(before, ifMatch)
      const data = members.data === undefined ? undefined : merged(before.data, members.data)
      if (data) accountData.assertAcceptable(data)
      if (email === null && !(await waysIn.remain(before, { email: true })))
        throw invalidMember('/email', 'is the only way to log in without a password: choose a password first')
      const change = emailChange(before, email)
      const isMoved = change?.isMoved === true
      async function update(): Promise<UserRow> {
        if (isMoved && email && origin.ip !== undefined)
          await throttle.take('mail', origin.ip, auditEvents.event('throttle.refused', { ...origin, subject: id }))
        const user = await store.update(
          id,
          {
            // Only the given members, so that concurrent changes do not undo each other.
            ...change?.addresses,
            ...(members.full_name === undefined ? {} : { fullName: members.full_name }),
            ...(members.locale === undefined ? {} : { locale: canonicalLocale(members.locale) }),
            ...(data && { data }),
            updatedAt: now()
          },
          auditEvents.event('user.updated', {
            ...origin,
            subject: id,
            detail: { members: Object.keys(members).join(' ') }
          }),
          isMoved ? await mail.moved(before, email ?? null, localeFor(before, origin)) : [],
          {
            addresses: change && before,
            data: data && before.data,
            everything: ifMatch === undefined ? undefined : before,
            ways: email === null ? waysIn.of(before) : undefined
          }
        )
        if (user) return user
        assertVersion((await store.byId(id)) ?? noSuchUser(), ifMatch)
        throw concurrentChange()
      }
      const caller = { user: before, session }
      if (isMoved && current_password !== undefined) {
        reauthentication.assertTwoFactors(caller)
        return accountPasswords.withPassword(before, current_password, 'user.update_failed', origin, update)
      }
      if (isMoved) reauthentication.assertRecent(caller, needsConfirmation)
      return update()
    }
  }
}

function noSuchUser(): never {
  throw new Problem('not_found', 'This user does not exist.')
}

const needsConfirmation = 'Send current_password or log in again to change the e-mail address.'
