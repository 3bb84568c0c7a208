import { and, type Column, eq, exists, inArray, ne, not, or, type SQL, sql } from 'drizzle-orm'
import type { Db, Engine, Schema } from './engine/dialect.ts'

export type WaysInStore = ReturnType<typeof createWaysInStore>

/** The ways to log in to an account besides its password, where the settings allow them. */
export interface WaysIn {
  passkeys: boolean
  /** Codes to the verified address. */
  mail: boolean
  /** The issuers whose accounts log in. */
  issuers: string[]
}

/** The ways in that a change removes: the ids of a passkey and of an identity, and the address. */
export interface RemovedWays {
  passkey?: string
  identity?: string
  email?: boolean
}

/** The condition of a placeholder hash that matches no password; src/auth/passwords/passwords.ts makes it. */
export const isUnusable = (hash: Column) => sql`substr(${hash}, 1, 1) = '!'`

/**
 * The condition that the user `id` can log in without `removed`. It spans rows that a guard does not lock, so a list
 * with it runs under `ways-in`.
 */
export function hasWayIn(
  tx: Pick<Db, 'select'>,
  { users, passkeys, identities }: Schema,
  id: string,
  ways: WaysIn,
  removed: RemovedWays
): SQL | undefined {
  const passkey = tx
    .select({ id: passkeys.id })
    .from(passkeys)
    .where(and(eq(passkeys.userId, id), removed.passkey ? ne(passkeys.id, removed.passkey) : undefined))
  const identity = tx
    .select({ id: identities.id })
    .from(identities)
    .where(
      and(
        eq(identities.userId, id),
        inArray(identities.issuer, ways.issuers),
        removed.identity ? ne(identities.id, removed.identity) : undefined
      )
    )
  return or(
    not(isUnusable(users.passwordHash)),
    ways.mail && !removed.email ? sql`${users.emailVerified}` : undefined,
    ways.passkeys ? exists(passkey) : undefined,
    exists(identity)
  )
}

/** Reads of the ways to log in to an account. */
export const createWaysInStore = ({ db, schema }: Engine) => ({
  /** Whether the user can log in without `removed`. */
  async has(id: string, ways: WaysIn, removed: RemovedWays): Promise<boolean> {
    const { users } = schema
    const rows = await db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, id), hasWayIn(db, schema, id, ways, removed)))
    return rows.length > 0
  }
})
