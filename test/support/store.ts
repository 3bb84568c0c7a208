import { randomUUID } from 'node:crypto'
import { getTableColumns } from 'drizzle-orm'
import pg from 'pg'
import type { Test } from 'tap'
import type { AuditEvent } from '../../src/store/audit/events.ts'
import type { ClientRow, NewClient } from '../../src/store/clients.ts'
import type { Db, Engine } from '../../src/store/engine/dialect.ts'
import { openPostgres } from '../../src/store/engine/postgres.ts'
import { openSqlite } from '../../src/store/engine/sqlite.ts'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import type { KeyRow } from '../../src/store/keys.ts'
import type { NewMail } from '../../src/store/mail.ts'
import { openStore, type Store } from '../../src/store/open.ts'
import { columns as postgres } from '../../src/store/schema/columns.postgres.ts'
import { tables } from '../../src/store/schema/tables.ts'
import { dayOf } from '../../src/store/session-rows.ts'
import type { CheckedLogin } from '../../src/store/session-starts.ts'
import type { NewSession, SessionRow } from '../../src/store/sessions.ts'
import type { NewUser } from '../../src/store/users.ts'
import { databaseUrl, type EngineName } from './engines.ts'

/** The creation time of every row below. */
export const start = new Date('2026-01-31T12:00:00.000Z')

/** The time this many seconds after `start`. */
export const at = (seconds: number) => new Date(start.getTime() + seconds * 1000)

/**
 * A second connection to the database at `url`, which bypasses the store and can write anything; closed when the test
 * ends.
 */
export function openEngine(t: Test, url: string): Engine & { db: Db } {
  const engine = openBelow(url)
  t.teardown(() => engine.close())
  return engine
}

const openBelow = (url: string) =>
  (url.startsWith('sqlite:') ? openSqlite(url.slice('sqlite:'.length)) : openPostgres(url)) as Engine & { db: Db }

/** Runs statements on the database at `url`, bypassing the store. */
export async function execute(url: string, statements: string) {
  if (url.startsWith('sqlite:')) {
    const client = openDatabase(url.slice('sqlite:'.length))
    client.exec(statements)
    client.close()
  } else {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(statements)
    await client.end()
  }
}

/** A migrated store on the test's own empty database, and the contents of its audit trail. */
export async function createStore(t: Test, engine?: EngineName) {
  const url = await databaseUrl(t, engine)
  const store = await openStore(url, () => {})
  t.teardown(() => store.close())
  await store.migrate()
  return {
    url,
    store,
    trail: () => auditTrail(t, url),
    /** The actions of the audit trail, in the order in which they were written. */
    actions: async () => (await auditTrail(t, url)).map(({ action }) => action),
    addSessions: (...sessions: (NewSession & Partial<SessionRow>)[]) => addSessions(url, sessions)
  }
}

/** A further store on the database at `url`, with connections of its own, as another process or node has. */
export async function openNode(t: Test, url: string): Promise<Store> {
  const store = await openStore(url, () => {})
  t.teardown(() => store.close())
  return store
}

/** The events of the audit trail in the order in which they were written. */
export async function auditTrail(t: Test, url: string) {
  const { db, schema } = openEngine(t, url)
  const rows = await db.select().from(schema.audit).orderBy(schema.audit.seq)
  return rows.map(({ seq, seal, ...event }) => event)
}

/** Adds this many events named `many`, by default one second apart, in one statement. */
export async function recordMany(url: string, count: number, apartMs = 1000) {
  const sqlite = url.startsWith('sqlite:')
  const [time, detail] = sqlite
    ? [`${start.getTime()} + ${apartMs} * n`, `json_object('n', n)`]
    : [`'${start.toISOString()}'::timestamptz + n * interval '${apartMs} ms'`, `json_build_object('n', n)`]
  const insert = `INSERT INTO audit (at, action, detail) SELECT ${time}, 'many', ${detail} FROM numbers`
  await execute(url, `${numbers(count)} ${insert}`)
  // Gives PostgreSQL the size of the table, which it finds out itself within a minute.
  if (!sqlite) await execute(url, 'ANALYZE audit')
}

/** A table `numbers` for the statement that follows, whose column `n` has the numbers below `count`. */
export const numbers = (count: number) =>
  `WITH RECURSIVE numbers (n) AS (SELECT 0 WHERE 0 < ${count} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ${count})`

/** An audit event whose name says which call of the test wrote it. */
export const event = (action: string, members: Partial<AuditEvent> = {}): AuditEvent => ({
  at: start,
  action,
  actor: null,
  subject: null,
  clientId: null,
  ip: null,
  detail: {},
  ...members
})

/** An event that every table rejects. */
export const impossible = event('impossible', { action: null as never })

/** A signal that is aborted after `looks` reads of `aborted`. */
export const stopAfter = (looks: number) =>
  ({
    get aborted() {
      return looks-- <= 0
    }
  }) as AbortSignal

export const newUser = (username = 'alice', members: Partial<NewUser> = {}): NewUser => ({
  id: randomUUID(),
  username,
  email: `${username}@example.com`,
  fullName: null,
  locale: null,
  passwordHash: `the hash of ${username}`,
  scopes: ['me'],
  data: {},
  claims: {},
  invitedAt: null,
  createdAt: start,
  updatedAt: start,
  ...members
})

export const newMail = (members: Partial<NewMail> = {}): NewMail => ({
  id: randomUUID(),
  kind: 'password_changed',
  userId: null,
  address: 'alice@example.com',
  locale: null,
  createdAt: start,
  nextAttemptAt: start,
  ...members
})

/** What the table gives a new user. */
export const userDefaults = {
  emailVerified: false,
  pendingEmail: null,
  disabled: false,
  lastLoginAt: null,
  secondFactorAt: null,
  loginEpoch: 0
}

/** Disables the user in the store, one second after `start`. */
export const disable = (store: Store, user: NewUser) =>
  store.userAdmin.change(
    {
      ...user,
      ...userDefaults
    },
    { disabled: true, scopes: user.scopes, updatedAt: at(1) },
    undefined,
    [event('user.disabled')]
  )

/** What a login was checked against: by default the hash of `newUser` of alice, and the address prefix of the request. */
export const checkedLogin = (members: Partial<CheckedLogin> = {}): CheckedLogin => ({
  passwordHash: 'the hash of alice',
  secondFactorAt: null,
  loginEpoch: 0,
  prefix: '192.0.2.0/24',
  use: { spent: [] },
  most: 100,
  ...members
})

export const newSession = <T extends string | null>(
  userId: T,
  members: Partial<NewSession> = {}
): NewSession & { userId: T } => ({
  id: randomUUID(),
  clientId: 'first-party',
  clientEpoch: null,
  scope: ['me'],
  counter: 0,
  createdAt: start,
  rotatedAt: start,
  lastUsedAt: start,
  expiresAt: at(3600),
  idleExpiresAt: at(600),
  ip: '192.0.2.1',
  userAgent: 'test/1.0',
  amr: ['pwd'],
  authTime: start,
  jkt: null,
  ...members,
  userId
})

/** The row of a session that was not refreshed. */
export const sessionRow = <T extends NewSession>(session: T): T & SessionRow => ({
  lastIp: session.ip,
  endsOn: Math.min(dayOf(session.expiresAt), dayOf(session.idleExpiresAt)),
  revokedAt: null,
  retriedCounter: null,
  ...session
})

/** Adds sessions without their logins, bypassing the store, in a few statements. */
export async function addSessions(url: string, sessions: (NewSession & Partial<SessionRow>)[]) {
  const { db, schema, close } = openBelow(url)
  try {
    for (let done = 0; done < sessions.length; done += 500)
      await db.insert(schema.sessions).values(sessions.slice(done, done + 500).map(sessionRow))
  } finally {
    await close()
  }
}

/**
 * Adds copies of the row with this id in one statement. Each has an id of its own, and in the columns of `changed` what
 * this SQL yields for its number `n`, which begins at 0.
 */
export async function addCopies(
  url: string,
  table: 'users' | 'sessions',
  { id, count, ...changed }: { id: string; count: number } & Record<string, string | number>
) {
  const columns = Object.values(getTableColumns(tables(postgres)[table])).map(({ name }) => name)
  const values = columns.map(name => changed[name] ?? (name === 'id' ? 'id || n' : name))
  const copies = `SELECT ${values} FROM ${table}, numbers WHERE id = '${id}'`
  await execute(url, `${numbers(count)} INSERT INTO ${table} (${columns}) ${copies}`)
}

/** The epochs of a client that was not changed. */
export const firstEpochs = { disabled: false, eventDetails: false, loginEpoch: 0, ownEpoch: 0 }

export const newClient = (name = 'shop', members: Partial<ClientRow> = {}): NewClient => ({
  id: `c_${randomUUID()}`,
  name,
  secretHash: 'the hash of a secret',
  grants: ['password', 'refresh_token'],
  scopes: ['me', 'users:read'],
  createdAt: start,
  dpopBound: false,
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
