import { and, eq, inArray, lt, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import { deleteInSteps } from './engine/delete-in-steps.ts'
import type { Engine, Following, Schema } from './engine/dialect.ts'

export type ThrottleStore = ReturnType<typeof createThrottleStore>

/** A failure to count: the counter, the weight of the failure and the counter's limit, both in milliseconds. */
export interface Failure {
  key: string
  forgiveMs: number
  mostMs: number
}

/** An address prefix from which a user logs in. */
export interface KnownPrefix {
  userId: string
  prefix: string
}

/** The statements of a login from a prefix: they mark the prefix as known and clear the counter `forgives`. */
export const knownPrefixStatements = (
  then: Following,
  { knownPrefixes, throttle }: Schema,
  { userId, prefix, forgives, now }: KnownPrefix & { forgives: string; now: Date }
) => [
  then.insert(
    knownPrefixes,
    { userId, prefix, lastLoginAt: now },
    { target: [knownPrefixes.userId, knownPrefixes.prefix], set: { lastLoginAt: now } }
  ),
  then.delete(throttle, eq(throttle.key, forgives))
]

/** Reads and writes of the tables `throttle` and `known_prefixes`. Counters are milliseconds since the epoch. */
export function createThrottleStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { throttle, knownPrefixes } = schema

  /**
   * `afterFailure` of src/auth/throttle/backoff.ts as one statement, so that concurrent failures on two nodes are both
   * counted.
   */
  function countOne({ key, forgiveMs, mostMs }: Failure, now: number) {
    const { clearsAt } = throttle
    return {
      row: { key, lastAt: now, clearsAt: now + forgiveMs },
      conflict: {
        target: throttle.key,
        set: {
          lastAt: now,
          clearsAt: sql`CASE
            WHEN ${clearsAt} < ${now} THEN ${now + forgiveMs}
            WHEN ${clearsAt} > ${now + mostMs - forgiveMs} THEN ${now + mostMs}
            ELSE ${clearsAt} + ${forgiveMs} END`
        }
      }
    }
  }

  return {
    /** The existing counters of `keys`. */
    async counters(keys: string[]) {
      return await db.select().from(throttle).where(inArray(throttle.key, keys))
    },

    /** Counts failures, and records their event if given. */
    async count(failures: Failure[], now: number, event?: AuditEvent) {
      // In one order, so that two lists cannot wait for each other.
      const inOrder = failures.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(failure => countOne(failure, now))
      const [first, ...rest] = inOrder as [ReturnType<typeof countOne>, ...ReturnType<typeof countOne>[]]
      await atomic((tx, then) => [
        tx.insert(throttle).values(first.row).onConflictDoUpdate(first.conflict).returning({ key: throttle.key }),
        ...rest.map(({ row, conflict }) => then.insert(throttle, row, conflict)),
        ...(event ? [auditInsert(then, schema, event)] : [])
      ])
    },

    /** Whether the user has logged in from the prefix. */
    async isKnown({ userId, prefix }: KnownPrefix) {
      const rows = await db
        .select({ prefix: knownPrefixes.prefix })
        .from(knownPrefixes)
        .where(and(eq(knownPrefixes.userId, userId), eq(knownPrefixes.prefix, prefix)))

      return rows.length > 0
    },

    /**
     * Deletes counters that are forgiven at `now` and prefixes without a login since `knownBefore`, until `stop` fires.
     */
    async prune(now: number, knownBefore: Date, stop?: AbortSignal) {
      const { key, clearsAt } = throttle
      const forgiven = { table: throttle, key: { key }, old: lt(clearsAt, now), age: clearsAt }
      await deleteInSteps(engine, forgiven, stop)
      const { userId, prefix, lastLoginAt } = knownPrefixes
      const old = lt(lastLoginAt, knownBefore)
      await deleteInSteps(engine, { table: knownPrefixes, key: { userId, prefix }, old, age: lastLoginAt }, stop)
    }
  }
}
