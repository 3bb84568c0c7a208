import type { ProfileChange } from '../../../routes/me.ts'
import { concurrentChange, Problem } from '../../errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { NewUser, UserRow, UserStore } from '../../store/users.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import type { Passwords } from '../passwords/passwords.ts'
import { assertScopes } from '../scopes.ts'
import type { Reauthentication } from '../sessions/reauthentication.ts'
import { addressPrefix } from '../throttle/address-prefix.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { claimsDetail } from './account-change.ts'
import type { AccountData } from './account-data.ts'
import { assertPortable, merged } from './account-json.ts'
import { accountNamed } from './account-named.ts'
import type { AccountPasswords, CheckedPassword } from './account-passwords.ts'
import { assertVersion, versionOf } from './account-version.ts'
import type { AccountClaims } from './claims.ts'
import { emailChange } from './email-change.ts'
import { assertEmail, assertFullName, assertUsername, normalizeEmail, normalizeUsername } from './identifiers.ts'
import { assertMayInvite, type Invitations } from './invitations.ts'
import type { Registration } from './user.ts'
import { describedUser } from './user-description.ts'

export type Users = ReturnType<typeof createUsers>

/**
 * Accounts: registration, login, and changes by their owners. `now` is the clock; `newId` generates time-ordered ids.
 */
export function createUsers(deps: {
  store: UserStore
  passwords: Passwords
  accountPasswords: AccountPasswords
  accountClaims: AccountClaims
  accountData: AccountData
  throttle: Throttle
  mail: Mail
  invitations: Invitations
  auditEvents: AuditEvents
  extensions: { userCreated(user: UserRow): Promise<void> }
  reauthentication: Reauthentication
  /** Details of an event about a name that no account has. */
  describeUnknown: (name: string) => AuditEvent['detail']
  config: { defaultScopes: string[]; emailCodes: 'off' | 'on' }
  newId: () => string
  now: () => Date
  record: (event: AuditEvent) => Promise<void>
}) {
  const {
    store,
    passwords,
    accountPasswords,
    accountClaims,
    accountData,
    throttle,
    mail,
    invitations,
    auditEvents,
    extensions,
    reauthentication,
    config,
    newId,
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

  /** Checks a registration, as `register` does, and makes the account and its event, for the caller to add. */
  async function prepare(registration: Registration, origin: Origin): Promise<{ user: NewUser; event: AuditEvent }> {
    const username = normalizeUsername(registration.username)
    assertUsername(username)
    const email = registration.email == null ? null : normalizeEmail(registration.email)
    const scopes = registration.scopes ?? config.defaultScopes
    assertScopes(scopes)
    assertEmail(email)
    assertFullName(registration.full_name)
    const { password, data = {}, claims = {} } = registration
    accountData.assertAcceptable(data)
    accountClaims.assertAcceptable({ username, scopes, claims })
    const prefix = addressPrefix(origin.ip ?? null)
    const stranger = origin.actor ? null : origin.ip
    const logsInByMail = stranger && email !== null && config.emailCodes === 'on'
    const isInvited = password === undefined && !logsInByMail
    if (isInvited) assertMayInvite(email, origin)
    else if (password !== undefined) {
      passwords.assertAcceptable(password, '/password', { username, email })
      await passwords.assertRoom(prefix)
    }
    if (stranger) await throttle.registration(stranger, auditEvents.event('throttle.refused', origin))
    // Checked before hashing, to save the hash of a taken name.
    if (await store.byUsername(username)) throw usernameTaken()

    const turn = { prefix, signal: origin.signal }
    const passwordHash =
      password === undefined ? passwords.unusable() : await passwords.hashNew(password, '/password', turn)
    const [id, at] = [newId(), now()]
    const fullName = registration.full_name ?? null
    const detail = { scopes: scopes.join(' '), ...claimsDetail({}, claims), ...(isInvited && { invited: true }) }
    return {
      user: {
        ...{ id, username, email, fullName, passwordHash, scopes, createdAt: at, updatedAt: at },
        ...{ data, claims, invitedAt: isInvited ? at : null }
      },
      event: auditEvents.event('user.created', { ...origin, subject: id, detail })
    }
  }

  /** Announces the account that was added. Throws 409 when there is none, because the username was taken. */
  async function created(user: UserRow | undefined): Promise<UserRow> {
    if (!user) throw usernameTaken()
    await extensions.userCreated(user)
    return user
  }

  return {
    /** The user as the API returns it. */
    describe: describedUser,

    /** Its entity tag, for `If-Match`. */
    version: versionOf,

    /**
     * Creates an account; whether another account has the e-mail address makes no difference. Without a password, the
     * account has none yet, and its address is mailed an invitation to choose one, or it logs in with codes in the
     * mail. Throws a 400 about an invalid member, 409 when the username is taken, and 429 when a stranger has created
     * too many, or the address has been invited too often.
     */
    async register(registration: Registration, origin: Origin): Promise<UserRow> {
      const { user, event } = await prepare(registration, origin)
      const messages = user.invitedAt ? await invitations.first(user, origin) : await mail.link('verify_email', user)
      return created(await store.insert(user, event, messages))
    },

    prepare,
    created,

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
      // Checked before the merge, which goes as deep as the patch.
      assertPortable(members.data, ['data'])
      await throttle.profileChange(id, auditEvents.event('throttle.refused', { ...origin, subject: id }))
      const before = (await store.byId(id)) ?? noSuchUser()
      assertVersion(before, ifMatch)
      const data = members.data === undefined ? undefined : merged(before.data, members.data)
      if (data) accountData.assertAcceptable(data)
      const change = emailChange(before, email)
      const isMoved = change?.isMoved === true
      async function update(): Promise<UserRow> {
        if (isMoved && email && origin.ip)
          await throttle.mail(origin.ip, auditEvents.event('throttle.refused', { ...origin, subject: id }))
        const user = await store.update(
          id,
          {
            // Only the given members, so that concurrent changes do not undo each other.
            ...change?.addresses,
            ...(members.full_name === undefined ? {} : { fullName: members.full_name }),
            ...(data && { data }),
            updatedAt: now()
          },
          auditEvents.event('user.updated', {
            ...origin,
            subject: id,
            detail: { members: Object.keys(members).join(' ') }
          }),
          isMoved ? await mail.moved(before, email ?? null) : [],
          {
            addresses: change && before,
            data: data && before.data,
            everything: ifMatch === undefined ? undefined : before
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
  throw new Problem(404, 'This user does not exist.')
}

const usernameTaken = () =>
  new Problem(409, 'This username is taken.', { errors: [{ pointer: '/username', detail: 'is taken' }] })
const needsConfirmation = 'Send current_password or log in again to change the e-mail address.'
