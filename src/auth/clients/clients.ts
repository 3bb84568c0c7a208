import type { grantTypes as documented } from '../../../routes/shapes.ts'
import { OAuthError } from '../../errors.ts'
import type { ClientRow, ClientStore } from '../../store/clients.ts'
import type { AuditEvents } from '../audit/audit-events.ts'
import { equalInConstantTime, sha256 } from '../keys/secrets.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { type ClientCredentials, invalidClient, presentedClient } from './client-credentials.ts'

export type Clients = ReturnType<typeof createClients>

/** The grants that a client can be allowed. */
export const grantTypes: typeof documented = ['password', 'refresh_token', 'client_credentials']
export type GrantType = (typeof grantTypes)[number]

/** A client that has been identified, and, where it is confidential, authenticated. */
export interface Client {
  id: string
  confidential: boolean
  grants: string[]
  /** Scopes it may ask for; `undefined` means no limit of its own. */
  scopes: string[] | undefined
  /** Its row as it was read; the built-in client has none. */
  registered?: ClientRow
}

/** The `client_id` in tokens of requests that name no client. Registered ids begin with `c_`, so it is never one. */
export const firstPartyClientId = 'first-party'

/** What the id of a registered client looks like. PostgreSQL refuses text with a NUL: check before a look-up. */
export const registeredId = /^c_[0-9a-f-]{36}$/

/**
 * Clients (RFC 6749 §2): who may ask for tokens. Ids begin with `c_`, which no user id does, so the `sub` of a client
 * is never a user's (RFC 9068 §5). Secrets are 256 random bits, so one SHA-256 is enough: there is nothing to guess
 * that a slow hash would protect, and a fast one keeps `/token` cheap.
 */
export function createClients(deps: {
  store: ClientStore
  config: { firstPartyClient: 'on' | 'off' }
  throttle: Throttle
  auditEvents: AuditEvents
}) {
  const { store, config, throttle, auditEvents } = deps

  const firstParty: Client = {
    id: firstPartyClientId,
    confidential: false,
    grants: ['password', 'refresh_token'],
    scopes: undefined
  }

  async function identify({ id, secret }: ReturnType<typeof presentedClient>): Promise<Client> {
    if (id === undefined || id === firstPartyClientId) {
      if (config.firstPartyClient === 'on' && secret === '') return firstParty
      throw invalidClient('This request names no registered client.')
    }
    const row = registeredId.test(id) ? await store.byId(id) : undefined
    if (!row || row.disabled || !hasRightSecret(row, secret)) {
      throw unknownClient()
    }
    const { grants, scopes } = row
    return { id: row.id, confidential: row.secretHash !== null, grants, scopes, registered: row }
  }

  return {
    /**
     * The client of a request to an OAuth endpoint (RFC 6749 §2.3, §3.2.1): by HTTP Basic, by `client_id` and
     * `client_secret` in the form, by `client_id` alone for a public client, or the built-in first-party client when
     * nothing names another. Throws `invalid_client` (401), which the audit trail records, or 429 after too many of
     * these, or `invalid_request` when there are two ways at once.
     */
    async authenticate(
      form: Omit<ClientCredentials, 'authorization'>,
      { authorization, ip }: { authorization: string | undefined; ip: string | null },
      countedAs: 'client' | 'introspection' = 'client'
    ): Promise<Client> {
      let claimed = ''
      try {
        const presented = presentedClient({ ...form, authorization })
        claimed = presented.id ?? ''
        return await identify(presented)
      } catch (error) {
        if (error instanceof OAuthError && error.code === 'invalid_client') {
          // Anything else that is sent as an id may be a secret in the wrong place.
          const clientId = registeredId.test(claimed) ? claimed : null
          const about = { clientId, ip, detail: { counter: countedAs } }
          await throttle.wrongCredentials(countedAs, ip, auditEvents.event('client.authentication_failed', about))
        }
        throw error
      }
    }
  }
}

/** The refusal of a client, the same whatever is wrong with it. */
export const unknownClient = () => invalidClient('The client is unknown or its secret is wrong.')

/** A public client has no secret; the empty one is what clients send that always send one. */
function hasRightSecret(row: ClientRow, secret: string) {
  return row.secretHash === null ? secret === '' : equalInConstantTime(sha256(secret), row.secretHash)
}
