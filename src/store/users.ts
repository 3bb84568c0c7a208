import { and, eq, inArray, isNull, notExists, or, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import { type Addresses, createEmailChanges, hasAddresses, voidLinks } from './email-changes.ts'
import type { Db, Engine, Schema } from './engine/dialect.ts'
import { preparedLater } from './engine/prepared-later.ts'
import { nothingIfTaken } from './errors.ts'
import { mailInserts, type NewMail } from './mail.ts'
import { createPasswordChanges } from './password-changes.ts'
import { createUserPages } from './user-pages.ts'
import { hasWayIn, type WaysIn } from './ways-in.ts'

export type UserStore = ReturnType<typeof createUserStore>
export type UserRow = Schema['users']['$inferSelect']
/** An account to add, enabled and without a verified address. */
export type NewUser = Omit<
  UserRow,
  'emailVerified' | 'pendingEmail' | 'disabled' | 'lastLoginAt' | 'secondFactorAt' | 'loginEpoch'
>
/** An account imported from elsewhere; its last login is unknown. */
export type MovedUser = Omit<UserRow, 'pendingEmail' | 'lastLoginAt' | 'loginEpoch'>

/** Rows of imported accounts in other tables. */
export interface Brought {
  identities: { id: string; issuer: string; subject: string; user: MovedUser }[]
  /** Authenticator apps. */
  apps: { id: string; secretSealed: string; user: MovedUser }[]
}

/** Changes of a user; absent columns stay unchanged. */
export type UserChanges = Partial<Omit<UserRow, 'id' | 'createdAt'>> & { updatedAt: Date }

/** The parts of a user as they were read, on which a change relies. */
export interface Unchanged {
  addresses?: Omit<Addresses, 'id'> | undefined
  data?: UserRow['data'] | undefined
  /** Everything that the API returns. */
  everything?: UserRow | undefined
  /** The ways to log in, one of which has to be left without the address. */
  ways?: WaysIn | undefined
}

/** The condition that everything that the API returns of an account is as it was read. */
export const hasContent = (schema: Schema, user: UserRow) =>
  and(
    hasAddresses(schema, user),
    user.fullName === null ? isNull(schema.users.fullName) : eq(schema.users.fullName, user.fullName),
    eq(schema.users.disabled, user.disabled),
    eq(schema.users.scopes, user.scopes),
    eq(schema.users.data, user.data),
    eq(schema.users.claims, user.claims),
    user.locale === null ? isNull(schema.users.locale) : eq(schema.users.locale, user.locale),
    eq(schema.users.updatedAt, user.updatedAt)
  )

/** Reads and writes of the table `users`. Expects normalised names and addresses. */
export function createUserStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { users } = schema

  const selectById = preparedLater<UserRow>('user_by_id', () =>
    db
      .select()
      .from(users)
      .where(eq(users.id, sql.placeholder('id')))
  )

  /** Not a comparison with a value: the databases use the index of verified addresses only for its own condition. */
  const isVerified = sql`${users.emailVerified}`

  return {
    ...createUserPages(engine),
    ...createEmailChanges(engine),
    ...createPasswordChanges(engine),

    /** Adds the user, its audit event and messages; `undefined` when the username is taken. */
    async insert(user: NewUser, event: AuditEvent, messages: NewMail[] = []) {
      const [row] = await atomic((tx, then) => [
        tx.insert(users).values(user).onConflictDoNothing().returning(),
        ...mailInserts(then, schema, messages),
        auditInsert(then, schema, event)
      ])
      return row
    },

    /**
     * Adds the users whose id, username and verified address are free, what they bring but for identities that are
     * linked to others, and the event if there are any users; resolves to their ids.
     */
    async insertFree(
      moved: MovedUser[],
      event: AuditEvent,
      { identities, apps }: Brought = { identities: [], apps: [] }
    ): Promise<string[]> {
      const rows = await atomic((tx, then) => [
        tx.insert(users).values(moved).onConflictDoNothing().returning({ id: users.id }),
        ...identities.map(identity => insertIdentity(tx, schema, identity)),
        ...apps.map(app => insertApp(tx, schema, app)),
        auditInsert(then, schema, event)
      ])
      return rows.map(({ id }) => id)
    },

    /** Every user who has an id, a username or a verified address of one of `accounts`. */
    async holders(accounts: Pick<UserRow, 'id' | 'username' | 'email' | 'emailVerified'>[]) {
      const { id, username, email, emailVerified, passwordHash, createdAt, lastLoginAt } = users
      return await db
        .select({ id, username, email, emailVerified, passwordHash, createdAt, lastLoginAt })
        .from(users)
        .where(
          or(
            inArray(
              id,
              accounts.map(account => account.id)
            ),
            inArray(
              username,
              accounts.map(account => account.username)
            ),
            and(
              isVerified,
              inArray(
                email,
                accounts.filter(account => account.emailVerified).map(account => String(account.email))
              )
            )
          )
        )
    },

    async byId(id: string) {
      const [row] = await selectById({ id })
      return row
    },

    /** The usernames of the accounts among these ids, by id. */
    async usernames(ids: string[]): Promise<Map<string, string>> {
      const names = new Map<string, string>()
      // Databases limit the number of parameters of a query.
      for (let from = 0; from < ids.length; from += 1000) {
        const rows = await db
          .select({ id: users.id, username: users.username })
          .from(users)
          .where(inArray(users.id, ids.slice(from, from + 1000)))
        for (const { id, username } of rows) names.set(id, username)
      }
      return names
    },

    async byUsername(username: string) {
      const [row] = await db.select().from(users).where(eq(users.username, username))
      return row
    },

    /** The user with this verified address. */
    async byVerifiedEmail(email: string) {
      const [row] = await db
        .select()
        .from(users)
        .where(and(eq(users.email, email), isVerified))
      return row
    },

    /**
     * Changes the user, records the event and queues messages; `undefined` when the user does not exist, is no longer as
     * in `from`, or another one has the username.
     */
    async update(id: string, changes: UserChanges, event: AuditEvent, messages: NewMail[] = [], from: Unchanged = {}) {
      const [row] = await atomic(
        (tx, then) => [
          tx
            .update(users)
            .set(changes)
            .where(
              and(
                eq(users.id, id),
                from.addresses && hasAddresses(schema, { ...from.addresses, id }),
                from.data && eq(users.data, from.data),
                from.everything && hasContent(schema, from.everything),
                from.ways && hasWayIn(tx, schema, id, from.ways, { email: true })
              )
            )
            .returning(),
          ...voidLinks(then, schema, id, changes),
          ...mailInserts(then, schema, messages),
          auditInsert(then, schema, event)
        ],
        from.ways && 'ways-in'
      ).catch(nothingIfTaken)
      return row
    }
  }
}

/** Inserts an identity, unless it is linked already or its user was not added. */
function insertIdentity(tx: Db, schema: Schema, { id, issuer, subject, user }: Brought['identities'][number]) {
  const { users, identities } = schema
  const row = {
    id: sql<string>`${id}`.as('id'),
    issuer: sql<string>`${issuer}`.as('issuer'),
    subject: sql<string>`${subject}`.as('subject'),
    userId: users.id,
    email: sql<null>`NULL`.as('email'),
    createdAt: users.updatedAt
  }
  return tx
    .insert(identities)
    .select(tx.select(row).from(users).where(isAdded(schema, user)))
    .onConflictDoNothing()
}

/** Inserts a confirmed authenticator app, unless its user was not added, or by an import that runs at the same time. */
function insertApp(tx: Db, schema: Schema, { id, secretSealed, user }: Brought['apps'][number]) {
  const { users, totp } = schema
  const row = {
    id: sql<string>`${id}`.as('id'),
    userId: users.id,
    secretSealed: sql<string>`${secretSealed}`.as('secret_sealed'),
    createdAt: users.updatedAt,
    confirmedAt: users.updatedAt
  }
  const other = tx.select({ id: totp.id }).from(totp).where(eq(totp.userId, users.id))
  const isNew = and(isAdded(schema, user), notExists(other))
  return tx.insert(totp).select(tx.select(row).from(users).where(isNew))
}

/** The condition that the transaction has added the user, and not found another with the same id. */
const isAdded = ({ users }: Schema, { id, username, passwordHash }: MovedUser) =>
  and(eq(users.id, id), eq(users.username, username), eq(users.passwordHash, passwordHash))
