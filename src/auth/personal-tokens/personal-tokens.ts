import type { NewPersonalToken } from '../../../routes/personal-tokens.ts'
import type { PersonalToken } from '../../../routes/shapes.ts'
import { concurrentChange, invalidMember, Problem } from '../../base/errors.ts'
import { sha256 } from '../../base/secrets.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { ClientStore } from '../../store/clients.ts'
import type { PersonalTokenRow, PersonalTokenStore } from '../../store/personal-tokens.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { UserRow } from '../../store/users.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import { assertItemName } from '../item-name.ts'
import type { Mail } from '../mail/mail.ts'
import { resourcesOf } from '../resources.ts'
import { apiScopes, heldOf, scriptScopes } from '../scopes.ts'
import { addressPrefix } from '../throttle/address-prefix.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { defaultSeconds } from './lifetime.ts'
import { createTokenSessions } from './token-session.ts'
import { newPersonalToken } from './token-text.ts'
import { createTokenUse } from './token-use.ts'

export type PersonalTokens = ReturnType<typeof createPersonalTokens>

/** How many tokens an account may have. */
export const mostTokens = 100

/** The client that asks for a change, and its origin. */
export type ClientOrigin = Origin & { clientId?: string }

/** Personal access tokens: their creation and deletion. */
export function createPersonalTokens(deps: {
  config: { issuer: string; resources: string[] }
  store: PersonalTokenStore
  clients: ClientStore
  throttle: Throttle
  mail: Mail
  auditEvents: AuditEvents
  /** Called when a use could not be recorded, which does not prevent it. */
  onUnrecordedUse: (error: unknown) => void
  record: (event: AuditEvent) => Promise<void>
  newId: () => string
  now: () => Date
}) {
  const { config, store, throttle, mail, auditEvents, record, newId, now } = deps
  const { find, exchange, present } = createTokenUse(deps)
  const apis = new Map(resourcesOf(config).map(({ id, scopes }) => [id, scopes]))

  /** The scopes of the resource. Throws a 400 about `/resource`. */
  function scopesOf(resource: string): string[] {
    const scopes = apis.get(resource)
    if (scopes) return scopes
    throw invalidMember('/resource', 'must be one of the protected_resources in the metadata')
  }

  async function remove(user: UserRow, token: string, by: ClientOrigin, reason?: string) {
    const detail = { token, ...(reason !== undefined && { reason }) }
    const event = auditEvents.event('personal_token.deleted', { ...by, subject: user.id, detail })
    return store.remove(user.id, token, event, mail.notice(user, 'token_removed'))
  }

  const refusal = (userId: string, by: Origin) => auditEvents.event('throttle.refused', { ...by, subject: userId })

  return {
    describe,

    /** The tokens of an account that have not expired, the latest first. */
    list: ({ id }: Pick<UserRow, 'id'>) => store.ofUser(id, now()),

    /**
     * Creates a token of the account, and notifies the owner by mail. Its scopes are those in `scopes`, or all those of
     * APIs that the access token of the caller and the resource have, so that a token which a client has narrowed makes
     * nothing wider. `audit:read` has to be named. The token itself is returned only here. Throws a 400 about an invalid
     * member, 409 when the account has as many tokens as it can have, or the account or the session changes at the same
     * time, and 429 after too many changes.
     */
    async create(
      { user, session, scopes: held }: { user: UserRow; session: SessionRow; scopes: string[] },
      { name, scopes, resource, expires_in = defaultSeconds }: NewPersonalToken,
      by: Origin
    ): Promise<{ row: PersonalTokenRow; token: string }> {
      assertItemName(name)
      const ofResource = resource === undefined ? undefined : scopesOf(resource)
      const allowed = heldOf([...apiScopes(held), ...scriptScopes(held)], ofResource)
      const wrong = scopes?.find(scope => !allowed.includes(scope))
      if (wrong !== undefined)
        throw invalidMember('/scopes', `must not contain ${wrong}: a token can have ${allowed.join(' ') || 'no scope'}`)
      const chosen = [...new Set(scopes ?? apiScopes(allowed))]
      if (ofResource && chosen.length === 0)
        throw invalidMember('/resource', 'must be an API that knows a scope of the token')
      await throttle.take('profile', user.id, refusal(user.id, by))
      if ((await store.ofUser(user.id, now())).length >= mostTokens)
        throw new Problem('limit_reached', `An account can have ${mostTokens} tokens. Delete one first.`)
      const [token, id, at] = [newPersonalToken(), newId(), now()]
      const row: PersonalTokenRow = {
        id,
        userId: user.id,
        hash: sha256(token),
        name,
        scopes: chosen,
        resource: resource ?? null,
        prefixes: by.ip ? [addressPrefix(by.ip)] : [],
        createdAt: at,
        expiresAt: new Date(at.getTime() + expires_in * 1000),
        lastUsedAt: null
      }
      const detail = { token: id, scopes: chosen.join(' ') }
      const about = { ...by, subject: user.id, clientId: session.clientId, detail }
      const event = auditEvents.event('personal_token.created', about)
      const unless = { session: session.id, most: mostTokens }
      if (!(await store.insert(user, row, unless, event, mail.notice(user, 'token_added', at))))
        throw concurrentChange()
      return { row, token }
    },

    /** Deletes a token of the account, and notifies the owner by mail. Throws 404, and 429 after too many changes. */
    async remove(user: UserRow, id: string, by: ClientOrigin) {
      if (by.actor === user.id) await throttle.take('profile', user.id, refusal(user.id, by))
      if (!(await remove(user, id, by)))
        throw new Problem('not_found', 'This account has no personal access token with this id.')
    },

    /** Deletes the token with this text, for a program that holds it. False when there is none. */
    async revoke(text: string, by: ClientOrigin): Promise<boolean> {
      const found = await find(text)
      return found !== undefined && remove(found.user, found.token.id, { ...by, actor: found.user.id }, 'revoked')
    },

    exchange,
    present,
    ...createTokenSessions(deps),

    /**
     * Deletes every token of every account, and records one event with their number, if it is known. Resolves to that
     * number.
     */
    async removeEvery(by: Origin): Promise<number> {
      let detail = {}
      try {
        const count = await store.removeEvery()
        detail = { count }
        return count
      } finally {
        await record(auditEvents.event('personal_tokens.deleted', { ...by, detail }))
      }
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
