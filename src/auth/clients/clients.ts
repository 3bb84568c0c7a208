import type { grantTypes as documented } from '../../../routes/shapes.ts'
import { OAuthError } from '../../base/errors.ts'
import { equalInConstantTime, sha256 } from '../../base/secrets.ts'
import { createVerifiedCache } from '../../base/verified-cache.ts'
import type { ClientRow, ClientStore } from '../../store/clients.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { type ClientCredentials, invalidClient, presentedClient } from './presented-client.ts'

export type Clients = ReturnType<typeof createClients>

/** The `grant_type` of a token exchange (RFC 8693 §2.1). */
export const tokenExchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** The grants that a client can be allowed. */
export const grantTypes: typeof documented = [
  'password',
  'refresh_token',
  'client_credentials',
  'authorization_code',
  tokenExchangeGrant
]
export type GrantType = (typeof grantTypes)[number]

/** A client that has been identified and, if it is confidential, authenticated. */
export interface Client {
  id: string
  confidential: boolean
  grants: string[]
  /** The scopes that the client may request; `undefined` means that the client adds no limit. */
  scopes: string[] | undefined
  /** The row as it was read; the built-in client has none. */
  registered?: ClientRow
}

/** The credentials of a request. `rightFor` is the row, as it was read, for which they were right before. */
type Presented = ReturnType<typeof presentedClient> & { rightFor?: ClientRow | undefined }

/**
 * The `client_id` in tokens of requests that name no client. Registered ids begin with `c_`, so no registered client
 * has this id.
 */
const firstPartyClientId = 'first-party'

/** The format of a registered client id. Check it before a look-up, because PostgreSQL rejects text with a NUL. */
export const registeredId = /^c_[0-9a-f-]{36}$/

/** The most bytes of HTTP Basic headers that are remembered. */
export const mostHeaderBytes = 2 * 2 ** 20

/**
 * Authentication of clients (RFC 6749 §2). Client ids begin with `c_` and user ids do not, so the `sub` of a client is
 * never that of a user (RFC 9068 §5). Secrets are 256 random bits and cannot be guessed, so one SHA-256 is enough.
 */
export function createClients(deps: {
  store: ClientStore
  config: { firstPartyClient: 'on' | 'off'; identityProviders: string[] }
  throttle: Throttle
  auditEvents: AuditEvents
}) {
  const { store, config, throttle, auditEvents } = deps
  // A known header is not decoded again, and its secret is not compared with the same row again.
  const headers = createVerifiedCache<Presented>(mostHeaderBytes)

  const firstParty: Client = {
    id: firstPartyClientId,
    confidential: false,
    grants: [
      'password',
      'refresh_token',
      'authorization_code',
      ...(config.identityProviders.length > 0 ? [tokenExchangeGrant] : [])
    ],
    scopes: undefined
  }

  const described = (row: ClientRow): Client => ({
    id: row.id,
    confidential: row.secretHash !== null,
    grants: row.grants,
    scopes: row.scopes,
    registered: row
  })

  async function identify({ id, secret, rightFor }: Presented): Promise<Client> {
    if (id === undefined || id === firstPartyClientId) {
      if (config.firstPartyClient === 'on' && secret === '') return firstParty
      throw invalidClient('The request does not name a registered client.')
    }
    const row = registeredId.test(id) ? await store.byId(id) : undefined
    if (!row || row.disabled || !(row === rightFor || hasRightSecret(row, secret))) {
      throw unknownClient()
    }
    return described(row)
  }

  return {
    /** The client of a session; `undefined` when it is disabled or deleted, or the built-in client is off. */
    async ofSession({ clientId }: Pick<SessionRow, 'clientId'>): Promise<Client | undefined> {
      if (clientId === firstPartyClientId) return config.firstPartyClient === 'on' ? firstParty : undefined
      const row = await store.byId(clientId)
      return row && !row.disabled ? described(row) : undefined
    },

    /**
     * Authenticates the client of a request to an OAuth endpoint (RFC 6749 §2.3, §3.2.1): by HTTP Basic, by `client_id`
     * and `client_secret` in the form, by `client_id` alone for a public client, or as the built-in first-party client
     * when the request names no other. Throws `invalid_client` (401), which the audit trail records; 429 after too many
     * of these errors; and `invalid_request` when the request uses two methods at once.
     */
    async authenticate(
      { client_id, client_secret }: Omit<ClientCredentials, 'authorization'>,
      { authorization, ip }: { authorization: string | undefined; ip: string | null },
      countedAs: 'client' | 'introspection' = 'client'
    ): Promise<Client> {
      let claimed = ''
      try {
        const header = client_id === undefined && client_secret === undefined ? authorization : undefined
        const known = header === undefined ? undefined : headers.get(header)
        const presented: Presented = known ?? presentedClient({ client_id, client_secret, authorization })
        claimed = presented.id ?? ''
        const client = await identify(presented)
        const { confidential, registered: rightFor } = client
        if (header !== undefined && confidential && rightFor !== presented.rightFor)
          headers.set(header, { ...presented, rightFor })
        return client
      } catch (error) {
        if (error instanceof OAuthError && error.code === 'invalid_client') {
          // Other values are not recorded, because they may be a secret in the wrong field.
          const clientId = registeredId.test(claimed) ? claimed : null
          const about = { clientId, ip, detail: { counter: countedAs } }
          await throttle.failure(countedAs, ip, auditEvents.event('client.authentication_failed', about))
        }
        throw error
      }
    }
  }
}

/** The error for every unknown, disabled or wrongly authenticated client. */
export const unknownClient = () => invalidClient('The client is unknown or its secret is wrong.')

/** Whether the secret is right. A public client may send an empty secret, as some libraries always do. */
function hasRightSecret(row: ClientRow, secret: string) {
  return row.secretHash === null ? secret === '' : equalInConstantTime(sha256(secret), row.secretHash)
}
