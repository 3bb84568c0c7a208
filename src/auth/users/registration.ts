import { Problem } from '../../base/errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { UserRow, UserStore } from '../../store/users.ts'
import type { AccountData } from '../account/account-data.ts'
import type { AccountClaims } from '../account/claims.ts'
import {
  assertEmail,
  assertFullName,
  assertUsername,
  normalizeEmail,
  normalizeUsername
} from '../account/identifiers.ts'
import { canonicalLocale } from '../account/locale.ts'
import type { Registration } from '../account/user.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import { assertMayInvite, type Invitations } from '../links/invitations.ts'
import type { Mail } from '../mail/mail.ts'
import type { Passwords } from '../passwords/passwords.ts'
import { assertScopes } from '../scopes.ts'
import { addressPrefix } from '../throttle/address-prefix.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { claimsDetail } from './account-change.ts'

/** `take` or `assertAllowed` of the throttle. */
type Limit = (counter: 'registration', ip: string | null, refusal: AuditEvent) => Promise<void>

/** New accounts. */
export function createRegistration(deps: {
  store: UserStore
  passwords: Passwords
  accountClaims: AccountClaims
  accountData: AccountData
  throttle: Throttle
  mail: Mail
  invitations: Invitations
  auditEvents: AuditEvents
  extensions: { userCreated(user: UserRow): Promise<void> }
  config: { defaultScopes: string[]; emailCodes: 'off' | 'on' }
  newId: () => string
  now: () => Date
}) {
  const { store, passwords, accountClaims, accountData, throttle, mail, invitations, auditEvents, extensions } = deps
  const { config, newId, now } = deps

  /**
   * Checks the members of a registration besides its password and data. Throws a 400 about an invalid one. A person
   * who registers without a language has that of the request.
   */
  function checked(registration: Registration, { actor, locale: accepted }: Origin) {
    const username = normalizeUsername(registration.username)
    assertUsername(username)
    const email = registration.email == null ? null : normalizeEmail(registration.email)
    const scopes = registration.scopes ?? config.defaultScopes
    assertScopes(scopes)
    assertEmail(email)
    assertFullName(registration.full_name)
    const { data = {}, claims = {} } = registration
    accountClaims.assertAcceptable({ username, scopes, claims })
    const asked = actor ? undefined : accepted?.()
    const locale = canonicalLocale(registration.locale === undefined ? asked : registration.locale)
    return { username, email, fullName: registration.full_name ?? null, locale, scopes, data, claims }
  }

  /** Asks `limit` about a registration that no administrator makes. Throws 429 when a stranger has made too many. */
  async function ask(limit: Limit, origin: Origin) {
    if (!origin.actor && origin.ip !== undefined)
      await limit('registration', origin.ip, auditEvents.event('throttle.refused', origin))
  }

  const count = (origin: Origin) => ask(throttle.take, origin)

  /** The account, and the event, for the caller to add. */
  function made(
    members: ReturnType<typeof checked>,
    { passwordHash, isInvited = false, detail = {} }: Made,
    origin: Origin
  ) {
    const [id, at] = [newId(), now()]
    const invited = isInvited && { invited: true }
    const about = { scopes: members.scopes.join(' '), ...claimsDetail({}, members.claims), ...invited, ...detail }
    return {
      user: { ...members, id, passwordHash, createdAt: at, updatedAt: at, invitedAt: isInvited ? at : null },
      event: auditEvents.event('user.created', { ...origin, subject: id, detail: about })
    }
  }

  /** Checks a registration, as `register` does, and makes the account and its event, for the caller to add. */
  async function prepare(registration: Registration, origin: Origin) {
    await ask(throttle.assertAllowed, origin)
    const members = checked(registration, origin)
    const { username, email, data } = members
    const { password } = registration
    const prefix = addressPrefix(origin.ip ?? null)
    const logsInByMail = !origin.actor && origin.ip !== undefined && email !== null && config.emailCodes === 'on'
    const isInvited = password === undefined && !logsInByMail
    if (isInvited) assertMayInvite(email, origin)
    else if (password !== undefined) {
      passwords.assertAcceptable(password, '/password', { username, email })
      await passwords.assertRoom(prefix)
    }
    // Counted after what a person mistypes, and before the schema of the data, which may take long.
    await count(origin)
    accountData.assertAcceptable(data)
    // Checked before hashing, to save the hash of a taken name.
    if (await store.byUsername(username)) throw usernameTaken()
    const turn = { prefix, signal: origin.signal }
    const passwordHash =
      password === undefined ? passwords.unusable() : await passwords.hashNew(password, '/password', turn)
    return made(members, { passwordHash, isInvited }, origin)
  }

  /** Announces the account that was added. Throws 409 when there is none, because the username was taken. */
  async function created(user: UserRow | undefined): Promise<UserRow> {
    if (!user) throw usernameTaken()
    await extensions.userCreated(user)
    return user
  }

  return {
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

    /** Counts a registration that no administrator makes. Throws 429 when a stranger has made too many. */
    countRegistration: count,

    /**
     * The account that logs in by ID tokens of `issuer`, without a password, and its event, for the caller to count and
     * to add. Throws a 400 about an invalid member.
     */
    withoutPassword: (registration: Omit<Registration, 'password' | 'data'>, issuer: string, origin: Origin) =>
      made(checked(registration, origin), { passwordHash: passwords.unusable(), detail: { issuer } }, origin),

    created
  }
}

interface Made {
  passwordHash: string
  isInvited?: boolean
  /** Further details of the event. */
  detail?: Record<string, string>
}

/** The 409 for a username that another account has. */
export const usernameTaken = () =>
  new Problem('username_taken', 'This username is taken.', { errors: [{ pointer: '/username', detail: 'is taken' }] })
