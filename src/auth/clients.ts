import { OAuthError, Problem } from '../errors.ts'
import type { ClientRow, ClientStore } from '../store/clients.ts'
import type { Origin, Trail } from './audit.ts'
import { builtInScopes, isScope } from './scopes.ts'
import { equalInConstantTime, randomSecret, sha256 } from './secrets.ts'

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

/** What a token request says about its client. */
export interface ClientCredentials {
  client_id?: string | undefined
  client_secret?: string | undefined
  authorization?: string | undefined
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
  trail: Trail
  newId: () => string
  now: () => Date
}) {
  const { store, config, trail, newId, now } = deps

  const firstParty: Client = {
    id: firstPartyClientId,
    confidential: false,
    grants: ['password', 'refresh_token'],
    scopes: undefined
  }

  const byIdOrName = async (text: string) =>
    (await store.byId(text)) ?? (await store.byName(text)) ?? noSuchClient(text)

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
     * nothing names one. Throws `invalid_client` (401), or `invalid_request` when there are two ways at once.
     */
    async authenticate(credentials: ClientCredentials): Promise<Client> {
      const { id, secret } = presentedBy(credentials)
      if (id === undefined) {
        if (config.firstPartyClient === 'on') return firstParty
        throw invalidClient('This request names no client.')
      }
      const row = registeredId.test(id) ? await store.byId(id) : undefined
      if (!row || row.disabled || !hasRightSecret(row, secret)) {
        throw invalidClient('The client is unknown or its secret is wrong.')
      }
      return { id: row.id, confidential: row.secretHash !== null, grants: row.grants, scopes: row.scopes }
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

function presentedBy({ client_id, client_secret, authorization }: ClientCredentials) {
  const basic = authorization === undefined ? undefined : parseBasic(authorization)
  // Swagger UI sends `Basic Og==`, an empty id and secret, when its client fields are left blank.
  if (!basic || (basic.id === '' && basic.secret === '')) return { id: client_id, secret: client_secret ?? '' }
  if (client_secret !== undefined) {
    throw new OAuthError('invalid_request', 'Authenticate the client in one way: the Authorization header or the form.')
  }
  if (client_id !== undefined && client_id !== basic.id) {
    throw new OAuthError('invalid_request', 'client_id is not the client of the Authorization header.')
  }
  return basic
}

/** Client id and secret of an HTTP Basic header, form-decoded as RFC 6749 §2.3.1 and Appendix B ask. */
function parseBasic(authorization: string): { id: string; secret: string } {
  const [, encoded] = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i.exec(authorization) ?? []
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 0) throw invalidClient('The Authorization header is not HTTP Basic with a client id and a secret.')
  try {
    return { id: formDecode(text.slice(0, colon)), secret: formDecode(text.slice(colon + 1)) }
  } catch {
    throw invalidClient('The client id or secret is not form-encoded before Base64.')
  }
}

const formDecode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '))

/** A public client has no secret; the empty one is what clients send that always send one. */
function hasRightSecret(row: ClientRow, secret: string) {
  return row.secretHash === null ? secret === '' : equalInConstantTime(sha256(secret), row.secretHash)
}

/** The refusal of a client: 401 with a challenge of the scheme that clients can authenticate with (RFC 6749 §5.2). */
export const invalidClient = (description: string) =>
  new OAuthError('invalid_client', description, {
    status: 401,
    headers: { 'WWW-Authenticate': 'Basic realm="sallyport", charset="UTF-8"' }
  })

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
