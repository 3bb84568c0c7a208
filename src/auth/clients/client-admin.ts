import type { ClientChange, NewClient } from '../../../routes/clients.ts'
import type { Client } from '../../../routes/shapes.ts'
import { concurrentChange, invalidMember, Problem } from '../../base/errors.ts'
import { hasInvisible } from '../../base/invisible-characters.ts'
import { randomSecret, sha256 } from '../../base/secrets.ts'
import type { ClientRow, ClientStore } from '../../store/clients.ts'
import { type Administrator, assertHolds } from '../account/administrator.ts'
import type { AuditEvents } from '../audit-events.ts'
import { type PageQuery, pageByName } from '../pagination.ts'
import { assertScopes } from '../scopes.ts'
import { grantTypes, registeredId } from './clients.ts'

/** The client as the API returns it and the commands print it, without its secret. */
const describe = (client: ClientRow): Client => ({
  client_id: client.id,
  name: client.name,
  type: client.secretHash === null ? 'public' : 'confidential',
  grants: client.grants,
  scopes: client.scopes,
  dpop_bound_access_tokens: client.dpopBound,
  event_details: client.eventDetails,
  disabled: client.disabled,
  created_at: client.createdAt.toISOString(),
  updated_at: client.updatedAt.toISOString()
})

/** Administration of registered clients. The API identifies a client by id, and a command by id or name. */
export function createClientAdmin(deps: {
  store: ClientStore
  auditEvents: AuditEvents
  newId: () => string
  now: () => Date
}) {
  const { store, auditEvents, newId, now } = deps

  const byIdOrName = async (text: string) =>
    (await store.byId(text)) ?? (await store.byName(text)) ?? noSuchClient(text)

  async function write(
    client: ClientRow,
    changes: Partial<ClientRow>,
    event: ReturnType<AuditEvents['event']>
  ): Promise<ClientRow> {
    const changed = await store.update(client, { ...changes, updatedAt: now() }, event)
    if (changed) return changed
    if (!(await store.byId(client.id))) noSuchClient(client.id)
    const other = await store.byName(changes.name ?? client.name)
    if (other && other.id !== client.id) throw nameTaken(other.name)
    throw concurrentChange()
  }

  return {
    describe,

    /**
     * Registers a client. `secret` cannot be read again. Throws 400, 403 for a scope that `by` does not hold, and 409
     * when the name is taken.
     */
    async create(
      client: NewClient,
      by: Administrator = {}
    ): Promise<{ client: ClientRow; secret: string | undefined }> {
      const [grants, scopes] = [unique(client.grants), unique(client.scopes)]
      assertName(client.name)
      assertGrants(grants, client.confidential)
      assertClientScopes(scopes)
      assertHolds(by, scopes)
      const secret = client.confidential ? randomSecret() : undefined
      const [id, at] = [`c_${newId()}`, now()]
      const { name, dpop_bound_access_tokens: dpopBound = false, event_details: eventDetails = false } = client
      if (eventDetails) assertHolds(by, ['audit:read'])
      const detail = {
        name,
        ...(dpopBound && { dpop_bound_access_tokens: true }),
        ...(eventDetails && { event_details: true })
      }
      const row = await store.insert(
        {
          id,
          name,
          secretHash: secret === undefined ? null : sha256(secret),
          grants,
          scopes,
          dpopBound,
          eventDetails,
          createdAt: at,
          updatedAt: at
        },
        auditEvents.event('client.created', { ...by, subject: id, detail })
      )
      if (!row) throw nameTaken(client.name)
      return { client: row, secret }
    },

    /** A page of clients, sorted by name. */
    page: (query: PageQuery) => pageByName(query, store.page, describe),

    /** The client with this id or name. Throws 404. */
    byIdOrName,

    /**
     * Changes the members given in `changes`. Disabling a client ends all of its sessions; nothing ends when it has to
     * prove a key from now on, because each of its logins is bound at the next refresh. Throws 400; 403 when `by`
     * does not hold a scope that the client would gain, could use with a new grant, or could use again or without a
     * key; 404; and 409 when the name is taken or the client changes at the same time.
     */
    async update(
      idOrName: string,
      { dpop_bound_access_tokens: dpopBound, event_details: eventDetails, ...changes }: ClientChange,
      by: Administrator = {}
    ): Promise<ClientRow> {
      const client = await byIdOrName(idOrName)
      const [grants, scopes] = [unique(changes.grants ?? client.grants), unique(changes.scopes ?? client.scopes)]
      if (changes.name !== undefined) assertName(changes.name)
      if (changes.grants) assertGrants(grants, client.secretHash !== null)
      if (changes.scopes) assertClientScopes(scopes)
      // A new grant is a new way to use the existing scopes.
      const isWider = grants.some(grant => !client.grants.includes(grant))
      assertHolds(by, isWider ? scopes : scopes.filter(scope => !client.scopes.includes(scope)))
      if (client.disabled && changes.disabled === false) assertHolds(by, scopes, 'enable a client with')
      if (client.dpopBound && dpopBound === false) assertHolds(by, scopes, 'allow unbound tokens of a client with')
      const asked = { ...changes, ...(changes.grants && { grants }), ...(changes.scopes && { scopes }) }
      if (eventDetails) assertHolds(by, ['audit:read'])
      const bound = dpopBound !== undefined
      const shown = eventDetails !== undefined
      const detail = {
        ...Object.fromEntries(Object.entries(asked).map(([name, value]) => [name, text(value)])),
        ...(bound && { dpop_bound_access_tokens: dpopBound }),
        ...(shown && { event_details: eventDetails })
      }
      return write(
        client,
        { ...asked, ...(bound && { dpopBound }), ...(shown && { eventDetails }) },
        auditEvents.event('client.updated', { ...by, subject: client.id, detail })
      )
    },

    /**
     * Replaces the secret. The old one stops working at once. Throws 403 when `by` does not hold every scope of the
     * client, 404, and 409 for a public client.
     */
    async rotateSecret(text: string, by: Administrator = {}): Promise<{ client: ClientRow; secret: string }> {
      const client = await byIdOrName(text)
      if (client.secretHash === null) throw new Problem('conflict', 'A public client has no secret.')
      assertHolds(by, client.scopes)
      const secret = randomSecret()
      const event = auditEvents.event('client.secret_rotated', { ...by, subject: client.id })
      return { client: await write(client, { secretHash: sha256(secret) }, event), secret }
    },

    /** Deletes a client and ends its sessions. Throws 404. */
    async delete(text: string, by: Administrator = {}): Promise<void> {
      const { id } = await byIdOrName(text)
      await store.delete(id, auditEvents.event('client.deleted', { ...by, subject: id }))
    }
  }
}

const maxNameLength = 64

const text = (value: string[] | string | boolean) => (Array.isArray(value) ? value.join(' ') : value)
const unique = (names: string[]) => [...new Set(names)]

function assertName(name: string) {
  const { length } = [...name]
  const isPrintable = !/[\p{C}\p{Zl}\p{Zp}]/u.test(name) && !hasInvisible(name)
  if (length < 1 || length > maxNameLength || name.trim() !== name || !isPrintable) {
    throw invalidMember(
      '/name',
      `must have 1 to ${maxNameLength} printable characters and no leading or trailing spaces`
    )
  }
  if (registeredId.test(name)) throw invalidMember('/name', 'must not look like a client_id')
}

const wrongGrants = (message: string) =>
  new Problem('invalid_request', message, { errors: [{ pointer: '/grants', detail: message }] })

function assertGrants(grants: string[], confidential: boolean) {
  const unknown = grants.find(grant => !grantTypes.some(type => type === grant))
  if (unknown !== undefined) throw wrongGrants(`Unknown grant ${unknown}. Use ${grantTypes.join(', ')}.`)
  if (grants.length === 0) throw wrongGrants('A client needs at least one grant.')
  if (grants.includes('client_credentials') && !confidential) {
    throw wrongGrants('Only a confidential client can have the client_credentials grant (RFC 6749 section 4.4).')
  }
}

function assertClientScopes(scopes: string[]) {
  assertScopes(scopes)
  if (scopes.length === 0) throw invalidMember('/scopes', 'must have at least one scope, such as me')
}

const nameTaken = (name: string) =>
  new Problem('name_taken', `A client named ${name} already exists.`, {
    errors: [{ pointer: '/name', detail: 'is taken' }]
  })

function noSuchClient(text: string): never {
  throw new Problem('not_found', `There is no client ${text}.`)
}
