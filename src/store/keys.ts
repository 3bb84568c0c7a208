import { asc, eq, gt, inArray, isNull, lte, or } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import type { Engine, Schema } from './engine/dialect.ts'

export type KeyStore = ReturnType<typeof createKeyStore>
export type KeyRow = Schema['keys']['$inferSelect']

/** Reads and writes of the table `keys`: signing keys with encrypted private parts. */
export function createKeyStore({ db, schema, atomic }: Engine) {
  const { keys } = schema
  return {
    /** Every key that must still be published at `now`, oldest first. */
    async published(now: Date) {
      return await db
        .select()
        .from(keys)
        .where(or(isNull(keys.expiresAt), gt(keys.expiresAt, now)))
        .orderBy(asc(keys.generation))
    },

    /** Every key, oldest first, including expired ones. */
    async all() {
      return await db.select().from(keys).orderBy(asc(keys.generation))
    },

    /**
     * Adds the key and sets the expiry of its predecessor, in one transaction. False when another process has already
     * made a key of this generation: read the keys again.
     */
    async add(key: Omit<KeyRow, 'expiresAt'>, predecessorExpiresAt: Date, event: AuditEvent) {
      const rows = await atomic((tx, then) => [
        tx.insert(keys).values(key).onConflictDoNothing().returning({ kid: keys.kid }),
        then.update(keys, { expiresAt: predecessorExpiresAt }, eq(keys.generation, key.generation - 1)),
        auditInsert(then, schema, event)
      ])
      return rows.length > 0
    },

    /** Removes the keys `kids`, and those that have expired at `now`. */
    async discard(kids: string[], now: Date, events: AuditEvent[]) {
      await atomic((tx, then) => [
        tx
          .delete(keys)
          .where(or(inArray(keys.kid, kids), lte(keys.expiresAt, now)))
          .returning({ kid: keys.kid }),
        ...events.map(event => auditInsert(then, schema, event))
      ])
    },

    /** Takes the key out of service at `at`; false when the key does not exist. */
    async retire(kid: string, at: Date, event: AuditEvent) {
      const rows = await atomic((tx, then) => [
        tx.update(keys).set({ expiresAt: at }).where(eq(keys.kid, kid)).returning({ kid: keys.kid }),
        auditInsert(then, schema, event)
      ])
      return rows.length > 0
    }
  }
}
