import type { NewPersonalToken } from '../../../routes/personal-tokens.ts'
import type { PersonalToken } from '../../../routes/shapes.ts'
import { concurrentChange, invalidMember, Problem } from '../../errors.ts'
import type { ClientStore } from '../../store/clients.ts'
import type { PersonalTokenAndUser, PersonalTokenRow, PersonalTokenStore } from '../../store/personal-tokens.ts'
import type { SessionAndUser, SessionRow } from '../../store/sessions.ts'
import type { UserRow } from '../../store/users.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import { assertItemName } from '../item-name.ts'
import { sha256 } from '../keys/secrets.ts'
import type { Mail } from '../mail/mail.ts'
import { resourcesOf } from '../resources.ts'
import { apiScopes, heldOf } from '../scopes.ts'
import { addressPrefix } from '../throttle/address-prefix.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { isPersonalToken, newPersonalToken } from './token-text.ts'

export type PersonalTokens = ReturnType<typeof createPersonalTokens>

/** How many tokens an account may have. */
const mostTokens = 100
/** How many address prefixes of its uses a token keeps. */
const mostPrefixes = 50
/** How often the use of a token is recorded. */
const recordedMs = 3_600_000
const defaultSeconds = 90 * 86_400

/** Personal access tokens: their creation and deletion, and their use. */
export function createPersonalTokens(deps: {
  config: { issuer: string; resources: string[] }
  store: PersonalTokenStore
  clients: ClientStore
  throttle: Throttle
  mail: Mail
  auditEvents: AuditEvents
  /** Called when a use could not be recorded, which does not prevent it. */
  onUnrecordedUse: (error: unknown) => void
  newId: () => string
  now: () => Date
}) {
  const { config, store, clients, throttle, mail, auditEvents, newId, now } = deps
  const apis = new Map(resourcesOf(config).map(({ id, scopes }) => [id, scopes]))

  /** The scopes of the resource. Throws a 400 about `/resource`. */
  function scopesOf(resource: string): string[] {
    const scopes = apis.get(resource)
    if (scopes) return scopes
    throw invalidMember('/resource', 'must be one of the protected_resources in the metadata')
  }

  /** The token with this text, in any state, and its user. Looks for nothing unless the checksum is right. */
  const find = async (text: string) => (isPersonalToken(text) ? await store.byHash(sha256(text)) : undefined)

  async function findValid(text: string) {
    const found = await find(text)
    return found && !found.user.disabled && found.token.expiresAt > now() ? found : undefined
  }

  async function remove(user: UserRow, token: string, by: Origin, reason?: string) {
    const detail = { token, ...(reason !== undefined && { reason }) }
    const event = auditEvents.event('personal_token.deleted', { ...by, subject: user.id, detail })
    return store.remove(user.id, token, event, mail.notice('token_removed', user))
  }

  const refusal = (userId: string, by: Origin) => auditEvents.event('throttle.refused', { ...by, subject: userId })

  /** Records that the token was used from `ip`, at most once an hour, and a new address prefix at once. */
  async function recordUse({ token, user }: PersonalTokenAndUser, ip: string | null) {
    const [at, prefix] = [now(), ip === null ? undefined : addressPrefix(ip)]
    const isElsewhere =
      prefix !== undefined && !token.prefixes.includes(prefix) && (await throttle.mayRecordPrefix(token.id))
    if (!isElsewhere && token.lastUsedAt && at.getTime() - token.lastUsedAt.getTime() < recordedMs) return
    const prefixes = isElsewhere ? [...token.prefixes, prefix].slice(-mostPrefixes) : token.prefixes
    const about = { actor: user.id, subject: user.id, ip, detail: { token: token.id } }
    await store.use(
      token,
      { lastUsedAt: at, prefixes },
      isElsewhere ? [auditEvents.event('personal_token.used_elsewhere', about)] : [],
      isElsewhere ? mail.notice('token_used', user) : []
    )
  }

  async function recorded(found: PersonalTokenAndUser, ip: string | null) {
    await recordUse(found, ip).catch(deps.onUnrecordedUse)
    return found
  }

  return {
    describe,

    /** The tokens of an account that have not expired, the latest first. */
    list: ({ id }: Pick<UserRow, 'id'>) => store.ofUser(id, now()),

    /**
     * Creates a token of the account, and notifies the owner by mail. Its scopes are those in `scopes`, or all that a
     * token may have: scopes of APIs that the login, the account, the client and the resource have. The token itself is
     * returned only here. Throws a 400 about an invalid member, 409 when the account has as many tokens as it can have,
     * or the account or the session changes at the same time, and 429 after too many changes.
     */
    async create(
      { user, session }: { user: UserRow; session: SessionRow },
      { name, scopes, resource, expires_in = defaultSeconds }: NewPersonalToken,
      by: Origin
    ): Promise<{ row: PersonalTokenRow; token: string }> {
      assertItemName(name)
      const ofResource = resource === undefined ? undefined : scopesOf(resource)
      const client = await clients.byId(session.clientId)
      const allowed = heldOf(apiScopes(session.scope), user.scopes, client?.scopes, ofResource)
      const wrong = scopes?.find(scope => !allowed.includes(scope))
      if (wrong !== undefined)
        throw invalidMember('/scopes', `must not contain ${wrong}: a token can have ${allowed.join(' ') || 'no scope'}`)
      await throttle.profileChange(user.id, refusal(user.id, by))
      if ((await store.ofUser(user.id, now())).length >= mostTokens)
        throw new Problem(409, `An account can have ${mostTokens} tokens. Delete one first.`)
      const [token, id, at] = [newPersonalToken(), newId(), now()]
      const row: PersonalTokenRow = {
        id,
        userId: user.id,
        hash: sha256(token),
        name,
        scopes: [...new Set(scopes ?? allowed)],
        resource: resource ?? null,
        prefixes: by.ip ? [addressPrefix(by.ip)] : [],
        createdAt: at,
        expiresAt: new Date(at.getTime() + expires_in * 1000),
        lastUsedAt: null
      }
      const about = { ...by, subject: user.id, detail: { token: id, scopes: row.scopes.join(' ') } }
      const event = auditEvents.event('personal_token.created', about)
      if (!(await store.insert(user, row, session.id, event, mail.notice('token_added', user, at))))
        throw concurrentChange()
      return { row, token }
    },

    /** Deletes a token of the account, and notifies the owner by mail. Throws 404, and 429 after too many changes. */
    async remove(user: UserRow, id: string, by: Origin) {
      if (by.actor === user.id) await throttle.profileChange(user.id, refusal(user.id, by))
      if (!(await remove(user, id, by)))
        throw new Problem(404, 'This account has no personal access token with this id.')
    },

    /** Deletes the token with this text, for a program that holds it. False when there is none. */
    async revoke(text: string, by: Origin): Promise<boolean> {
      const found = await find(text)
      return found !== undefined && remove(found.user, found.token.id, { ...by, actor: found.user.id }, 'revoked')
    },

    /**
     * The token with this text and its user, for an exchange by a script at `ip`. `undefined` unless both are valid
     * now. Costs no hash of a password, and a wrong token writes nothing. Throws 429 after too many exchanges.
     */
    async exchange(text: string, ip: string | null): Promise<PersonalTokenAndUser | undefined> {
      const found = await findValid(text)
      if (found) throttle.tokenExchange(found.token.id)
      return found && recorded(found, ip)
    },

    /** The same for a program that was sent the token, whose address is not that of the script. */
    async present(text: string): Promise<PersonalTokenAndUser | undefined> {
      const found = await findValid(text)
      return found && recorded(found, null)
    },

    sessionOf,

    /** The session that access tokens for the token `id` and the client name; `undefined` when there is no token. */
    async session(id: string, clientId: string): Promise<SessionAndUser | undefined> {
      const found = await store.byId(id)
      const client = found && (await clients.byId(clientId))
      return (
        found && {
          session: sessionOf(found.token, clientId),
          user: found.user,
          endedByClient: client?.disabled !== false,
          clientScopes: client?.scopes ?? null
        }
      )
    },

    /** Deletes tokens that have expired, until `stop` fires. */
    prune: (stop?: AbortSignal) => store.prune(now(), stop)
  }
}

/** The token as the API returns it. */
const describe = ({
  id,
  name,
  scopes,
  resource,
  createdAt,
  expiresAt,
  lastUsedAt
}: PersonalTokenRow): PersonalToken => ({
  id,
  name,
  scopes,
  resource,
  created_at: createdAt.toISOString(),
  expires_at: expiresAt.toISOString(),
  last_used_at: lastUsedAt?.toISOString() ?? null
})

/** A session in place of a login, which the token does not have: without methods and time, and without a row. */
const sessionOf = (token: PersonalTokenRow, clientId: string): SessionRow => ({
  id: token.id,
  userId: token.userId,
  clientId,
  clientEpoch: null,
  scope: token.scopes,
  counter: 0,
  retriedCounter: null,
  createdAt: token.createdAt,
  rotatedAt: token.createdAt,
  lastUsedAt: token.createdAt,
  expiresAt: token.expiresAt,
  idleExpiresAt: token.expiresAt,
  endsOn: 0,
  revokedAt: null,
  ip: null,
  lastIp: null,
  userAgent: null,
  amr: null,
  authTime: null
})
