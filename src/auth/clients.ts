import { OAuthError, Problem } from '../errors.ts'
import type { ClientRow, ClientStore } from '../store/clients.ts'
import type { Origin, Trail } from './audit.ts'
import { type ClientCredentials, invalidClient, presentedClient } from './client-credentials.ts'
import { builtInScopes, isScope } from './scopes.ts'
import { equalInConstantTime, randomSecret, sha256 } from './secrets.ts'
import type { Throttle } from './throttle.ts'

export type Clients = ReturnType<typeof createClients>

/** The grants that a client can be allowed. */
export const grantTypes = ['password', 'refresh_token', 'client_credentials'] as const
export type GrantType = (typeof grantTypes)[number]

/** A client that has been identified, and, where it is confidential, authenticated. */
export interface Client {
  id: string
  confidential: boolean
  grants: string[]
  /** Scopes it may ask for; `undefined` is no limit of its own. */
  scopes: string[] | undefined
}

/** The `client_id` in tokens of requests that name no client. Registered ids begin with `c_`, so it is never one. */
export const firstPartyClientId = 'first-party'

// Checked before the look-up: PostgreSQL refuses text with a NUL, which would make a 500 of a 401.
const registeredId = /^c_[0-9a-f-]{36}$/

/**
 * Clients (RFC 6749 §2): who may ask for tokens. Ids begin with `c_`, which no user id does, so the `sub` of a client
 * is never a user's (RFC 9068 §5). Secrets are 256 random bits, so one SHA-256 is enough: there is nothing to guess
 * that a slow hash would protect, and a fast one keeps `/token` cheap.
 */
export function createClients(deps: {
  store: ClientStore
  config: { firstPartyClient: 'on' | 'off' }
  throttle: Throttle
  trail: Trail
  newId: () => string
  now: () => Date
}) {
  const { store, config, throttle, trail, newId, now } = deps

  const firstParty: Client = {
    id: firstPartyClientId,
    confidential: false,
    grants: ['password', 'refresh_token'],
    scopes: undefined
  }

  const byIdOrName = async (text: string) =>
    (await store.byId(text)) ?? (await store.byName(text)) ?? noSuchClient(text)

  async function identify({ id, secret }: ReturnType<typeof presentedClient>): Promise<Client> {
    if (id === undefined || id === firstPartyClientId) {
      if (config.firstPartyClient === 'on' && secret === '') return firstParty
      throw invalidClient('This request names no registered client.')
    }
    const row = registeredId.test(id) ? await store.byId(id) : undefined
    if (!row || row.disabled || !hasRightSecret(row, secret)) {
      throw invalidClient('The client is unknown or its secret is wrong.')
    }
    return { id: row.id, confidential: row.secretHash !== null, grants: row.grants, scopes: row.scopes }
  }

  return {
    /** The client as it goes over the wire and into the terminal, without its secret. */
    describe: (client: ClientRow) => ({
      client_id: client.id,
      name: client.name,
      type: client.secretHash === null ? 'public' : 'confidential',
      grants: client.grants,
      scopes: client.scopes,
      disabled: client.disabled,
      created_at: client.createdAt.toISOString(),
      updated_at: client.updatedAt.toISOString()
    }),

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
          await throttle.wrongCredentials(countedAs, ip, trail.event('client.authentication_failed', about))
        }
        throw error
      }
    },

    /** Registers a client; `secret` is in the answer and nowhere else. Throws 400 or 409. */
    async create(
      client: { name: string; confidential: boolean; grants: string[]; scopes: string[] },
      origin: Origin = {}
    ): Promise<{ client: ClientRow; secret: string | undefined }> {
      assertGrants(client)
      assertScopes(client.scopes)
      const secret = client.confidential ? randomSecret() : undefined
      const [id, at] = [`c_${newId()}`, now()]
      const row = await store.insert(
        {
          id,
          name: client.name,
          secretHash: secret === undefined ? null : sha256(secret),
          grants: client.grants,
          scopes: client.scopes,
          createdAt: at,
          updatedAt: at
        },
        trail.event('client.created', { ...origin, subject: id, detail: { name: client.name } })
      )
      if (!row) throw new Problem(409, `There is a client named ${client.name} already.`)
      return { client: row, secret }
    },

    list: () => store.all(),

    /** The client with this id or name. Throws 404. */
    byIdOrName,

    /** Replaces the secret; the old one stops working at once. Throws 404, and 409 for a public client. */
    async rotateSecret(text: string, origin: Origin = {}): Promise<{ client: ClientRow; secret: string }> {
      const { id, secretHash } = await byIdOrName(text)
      if (secretHash === null) throw new Problem(409, 'A public client has no secret.')
      const secret = randomSecret()
      const event = trail.event('client.secret_rotated', { ...origin, subject: id })
      const client = await store.update(id, { secretHash: sha256(secret), updatedAt: now() }, event)
      return { client: client ?? noSuchClient(text), secret }
    },

    /** Disables or enables a client; disabling ends its sessions. Throws 404. */
    async setDisabled(text: string, disabled: boolean, origin: Origin = {}): Promise<ClientRow> {
      const { id } = await byIdOrName(text)
      const event = trail.event('client.updated', { ...origin, subject: id, detail: { disabled } })
      return (await store.update(id, { disabled, updatedAt: now() }, event)) ?? noSuchClient(text)
    },

    /** Deletes a client and ends its sessions. Throws 404. */
    async delete(text: string, origin: Origin = {}): Promise<void> {
      const { id } = await byIdOrName(text)
      await store.delete(id, now(), trail.event('client.deleted', { ...origin, subject: id }))
    }
  }
}

/** A public client has no secret; the empty one is what clients send that always send one. */
function hasRightSecret(row: ClientRow, secret: string) {
  return row.secretHash === null ? secret === '' : equalInConstantTime(sha256(secret), row.secretHash)
}

function assertGrants({ confidential, grants }: { confidential: boolean; grants: string[] }) {
  const unknown = grants.find(grant => !grantTypes.some(type => type === grant))
  if (unknown !== undefined) throw new Problem(400, `${unknown} is not a grant: use ${grantTypes.join(', ')}.`)
  if (grants.length === 0) throw new Problem(400, 'A client needs at least one grant.')
  if (grants.includes('client_credentials') && !confidential) {
    throw new Problem(400, 'Only a confidential client can have the client_credentials grant (RFC 6749 section 4.4).')
  }
}

function assertScopes(scopes: string[]) {
  const wrong = scopes.find(scope => !isScope(scope))
  if (wrong !== undefined) throw new Problem(400, `${JSON.stringify(wrong)} is not a scope (RFC 6749 section 3.3).`)
  if (scopes.length === 0)
    throw new Problem(400, `A client needs at least one scope, such as ${Object.keys(builtInScopes)[0]}.`)
}

function noSuchClient(text: string): never {
  throw new Problem(404, `There is no client ${text}.`)
}
