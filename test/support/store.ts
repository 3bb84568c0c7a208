import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { v7 } from 'uuid'
import type { AuditEvent } from '../../src/store/audit.ts'
import type { ClientRow } from '../../src/store/clients.ts'
import type { Engine } from '../../src/store/dialect.ts'
import type { KeyRow } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import type { NewSession } from '../../src/store/sessions.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { NewUser } from '../../src/store/users.ts'
import { databaseUrl, type EngineName } from './engines.ts'

/** The moment at which every row below is made. */
export const start = new Date('2026-01-31T12:00:00.000Z')

/** The time so many seconds after `start`. */
export const at = (seconds: number) => new Date(start.getTime() + seconds * 1000)

/** A second connection to the database at `url`, below the store; closed when the test ends. */
export function openEngine(t: Test, url: string): Engine {
  const engine = url.startsWith('sqlite:') ? openSqlite(url.slice('sqlite:'.length)) : openPostgres(url, () => {})
  t.teardown(() => engine.close())
  return engine
}

/** A migrated store on an empty database of the test's own, and what its audit trail holds. */
export async function createStore(t: Test, engine: EngineName) {
  const url = await databaseUrl(t, engine)
  const store = await openStore(url, () => {})
  t.teardown(() => store.close())
  await store.migrate()
  return { url, store, trail: () => auditTrail(t, url) }
}

/** The rows of the audit trail in the order of their ids, which is the order of time. */
export async function auditTrail(t: Test, url: string) {
  const { db, schema } = openEngine(t, url)
  return (await db.select().from(schema.audit)).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** An audit event with a name that says which call of the test wrote it. */
export const event = (action: string, members: Partial<AuditEvent> = {}): AuditEvent => ({
  id: v7(),
  at: start,
  action,
  actor: null,
  subject: null,
  clientId: null,
  ip: null,
  detail: {},
  ...members
})

export const newUser = (username = 'alice', members: Partial<NewUser> = {}): NewUser => ({
  id: randomUUID(),
  username,
  email: `${username}@example.com`,
  fullName: null,
  passwordHash: `the hash of ${username}`,
  scopes: ['me'],
  createdAt: start,
  updatedAt: start,
  ...members
})

export const newSession = <T extends string | null>(
  userId: T,
  members: Partial<NewSession> = {}
): NewSession & { userId: T } => ({
  id: randomUUID(),
  clientId: 'first-party',
  scope: ['me'],
  counter: 0,
  createdAt: start,
  rotatedAt: start,
  lastUsedAt: start,
  expiresAt: at(3600),
  idleExpiresAt: at(600),
  ip: '192.0.2.1',
  userAgent: 'test/1.0',
  ...members,
  userId
})

export const newClient = (name = 'shop', members: Partial<ClientRow> = {}): Omit<ClientRow, 'disabled'> => ({
  id: `c_${randomUUID()}`,
  name,
  secretHash: 'the hash of a secret',
  grants: ['password', 'refresh_token'],
  scopes: ['me', 'users:read'],
  createdAt: start,
  updatedAt: start,
  ...members
})

export const newKey = (generation: number, members: Partial<KeyRow> = {}): Omit<KeyRow, 'expiresAt'> => ({
  kid: `key-${generation}`,
  generation,
  alg: 'ES256',
  publicJwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
  privateSealed: 'sealed',
  createdAt: start,
  signsAt: start,
  ...members
})
