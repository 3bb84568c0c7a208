import { and, eq, inArray, lt, type SQL, sql } from 'drizzle-orm'
import { deleteInSteps } from './engine/delete-in-steps.ts'
import type { Engine, Following, Schema, Statement } from './engine/dialect.ts'
import { preparedLater } from './engine/prepared-later.ts'

export type ThrottleStore = ReturnType<typeof createThrottleStore>

/**
 * An attempt to count in one counter, as `firstAttempt` of src/auth/throttle/backoff.ts makes it: the row of a counter
 * that does not exist. Times are milliseconds since the epoch.
 */
export type NewAttempt = Schema['throttle']['$inferInsert']

/** An attempt that was counted in one counter, and the wait that it caused: what gives it back. */
export interface Attempt {
  key: string
  waitsUntil: number
  /**
   * That a right password forgives earlier failures too: `rate` milliseconds of the counter for each millisecond since
   * the last time, but of no more than `withinMs`.
   */
  forgives?: { rate: number; withinMs: number } | undefined
  /** That a right answer forgives every earlier failure. */
  forgivesAll?: boolean | undefined
}

/** An address prefix from which a user logs in. */
export interface KnownPrefix {
  userId: string
  prefix: string
}

/** Keeps what `build` makes of a schema, so that an engine can keep the statement with it. */
function once<T>(build: (schema: Schema) => T) {
  const built = new WeakMap<Schema, T>()
  return (schema: Schema): T => {
    const known = built.get(schema) ?? build(schema)
    built.set(schema, known)
    return known
  }
}

/** The change of a login in a prefix that is known. */
const prefixAgain = once(({ knownPrefixes: { userId, prefix } }) => ({
  target: [userId, prefix],
  set: { lastLoginAt: sql`excluded.last_login_at` }
}))

/** The key of a user's counter `consecutive` of src/auth/throttle/policies.ts. */
const consecutiveKey = (userId: string) => `consecutive:${userId}`

/** The key of a user's counter `logins`. */
const loginsKey = (userId: string) => `logins:${userId}`

/** The statement that ends a user's series of consecutive failures, for a login. */
const endSeries = (then: Following, { throttle }: Schema, userId: string) =>
  then.delete(throttle, eq(throttle.key, consecutiveKey(userId)))

/** The statement that ends the waits which only a new password ends, for its list. */
export const endWaits = (then: Following, { throttle }: Schema, userId: string) =>
  then.delete(throttle, inArray(throttle.key, [loginsKey(userId), consecutiveKey(userId)]))

/**
 * The statements of a login from a prefix: they mark the prefix as known, give back the attempts, and end the series of
 * consecutive failures.
 */
export const knownPrefixStatements = (
  then: Following,
  schema: Schema,
  { userId, prefix, attempts, now }: KnownPrefix & { attempts: Attempt[]; now: Date }
): Statement[] => {
  const { knownPrefixes } = schema
  const series = consecutiveKey(userId)
  return [
    then.insert(knownPrefixes, { userId, prefix, lastLoginAt: now }, prefixAgain(schema)),
    ...inOrder([...attempts.filter(({ key }) => key !== series), { key: series, waitsUntil: 0 }]).map(attempt =>
      attempt.key === series ? endSeries(then, schema, userId) : giveBackOne(then, schema, attempt, now.getTime())
    )
  ]
}

/** In one order, so that two lists cannot wait for each other. */
const inOrder = <T extends { key: string }>(counters: T[]) => counters.toSorted((a, b) => (a.key < b.key ? -1 : 1))

/** A time as an integer. SQLite would calculate with floating point numbers. */
const integer = (value: number) => sql`CAST(${value} AS bigint)`

/**
 * The counter without the attempt that made it wait until `waitsUntil`: that wait ends, unless a later attempt has
 * replaced it.
 */
function changesOf({ throttle }: Schema, { waitsUntil, forgives, forgivesAll }: Attempt, at: number) {
  if (forgivesAll) return { clearsAt: integer(at), waitsUntil: integer(0) }
  const { clearsAt, forgivenAt, forgiveMs } = throttle
  const own = {
    clearsAt: sql`${clearsAt} - ${forgiveMs}`,
    waitsUntil: sql`CASE WHEN ${throttle.waitsUntil} = ${waitsUntil} THEN 0 ELSE ${throttle.waitsUntil} END`
  }
  if (!forgives) return own
  const { rate, withinMs } = forgives
  const now = integer(at)
  const since = sql`(CASE WHEN ${forgivenAt} > ${now} THEN ${now}
    WHEN ${forgivenAt} < ${integer(at - withinMs)} THEN ${integer(at - withinMs)} ELSE ${forgivenAt} END)`
  const left = sql`(${clearsAt} - ${forgiveMs} - ${now})`
  const most = sql`((${now} - ${since}) * ${integer(rate)})`
  const used = sql`(CASE WHEN ${left} < 0 THEN 0 WHEN ${left} < ${most} THEN ${left} ELSE ${most} END)`
  return {
    ...own,
    clearsAt: sql`${clearsAt} - ${forgiveMs} - ${used}`,
    forgivenAt: sql`${since} + (${used} + ${integer(rate - 1)}) / ${integer(rate)}`
  }
}

const giveBackOne = (then: Following, schema: Schema, attempt: Attempt, now: number) =>
  then.update(schema.throttle, changesOf(schema, attempt, now), eq(schema.throttle.key, attempt.key))

/** The time of the attempt in a conflict: a new row clears after `forgive_ms`. */
const attemptedAt = sql`(excluded.clears_at - excluded.forgive_ms)`

/** A counter that exists after one more attempt: the rule of `Policy` in src/auth/throttle/backoff.ts. */
function counted({ throttle: { clearsAt } }: Schema): { clearsAt: SQL; waitsUntil: SQL } {
  const now = attemptedAt
  const after = sql`(CASE
    WHEN ${clearsAt} < ${now} OR ${clearsAt} > ${now} + 2 * excluded.most * excluded.forgive_ms
      THEN ${now} + excluded.forgive_ms
    WHEN ${clearsAt} > ${now} + (excluded.most - 1) * excluded.forgive_ms THEN ${now} + excluded.most * excluded.forgive_ms
    ELSE ${clearsAt} + excluded.forgive_ms END)`
  // The number of attempts, rounded up.
  const attempts = sql`((${after} - ${now} + excluded.forgive_ms - 1) / excluded.forgive_ms)`
  return {
    clearsAt: after,
    waitsUntil: sql`CASE
      WHEN ${attempts} < excluded.free THEN 0
      WHEN ${attempts} >= excluded.most THEN ${now} + excluded.longest_ms
      ELSE ${now} + (${integer(1000)} << CAST(${attempts} - excluded.free AS integer)) END`
  }
}

/** The change of an attempt in a counter that exists, built once for each schema. */
const countedAgain = once(schema => ({
  target: schema.throttle.key,
  set: {
    ...counted(schema),
    forgiveMs: sql`excluded.forgive_ms`,
    free: sql`excluded.free`,
    most: sql`excluded.most`,
    longestMs: sql`excluded.longest_ms`
  }
}))

/** The statements that count `attempts` in the transaction of what they allow, whether or not a wait is due. */
export const countStatements = (then: Following, schema: Schema, attempts: NewAttempt[]): Statement[] =>
  inOrder(attempts).map(attempt => then.insert(schema.throttle, attempt, countedAgain(schema)))

/** Reads and writes of the tables `throttle` and `known_prefixes`. Counters are milliseconds since the epoch. */
export function createThrottleStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { throttle, knownPrefixes } = schema

  /** For each number of keys, the prepared query. */
  const selects = new Map<number, ReturnType<typeof selecting>>()
  const selecting = (count: number) =>
    preparedLater<Schema['throttle']['$inferSelect']>(`counters_${count}`, () => {
      const keys = Array.from({ length: count }, (_, at) => sql.placeholder(`key${at}`))
      return db.select().from(throttle).where(inArray(throttle.key, keys))
    })

  return {
    /** The existing counters of `keys`. */
    async counters(keys: string[]) {
      const select = selects.get(keys.length) ?? selecting(keys.length)
      selects.set(keys.length, select)
      return await select(Object.fromEntries(keys.map((key, at) => [`key${at}`, key])))
    },

    /**
     * Counts each of `attempts` whose counter imposes no wait, in one statement, so that of concurrent attempts on
     * several nodes no more pass than are due. Resolves to those that were counted.
     */
    take(attempts: NewAttempt[]): Promise<Attempt[]> {
      return atomic(tx => [
        tx
          .insert(throttle)
          .values(inOrder(attempts))
          .onConflictDoUpdate({
            ...countedAgain(schema),
            // A wait of more than twice the longest is from before the clock was set back.
            setWhere: sql`${throttle.waitsUntil} <= ${attemptedAt} OR ${throttle.waitsUntil} > ${attemptedAt} + 2 * excluded.longest_ms`
          })
          .returning({ key: throttle.key, waitsUntil: throttle.waitsUntil })
      ])
    },

    /** Takes attempts back: after a right password, and when another counter refused them. */
    async giveBack(attempts: Attempt[], now: number) {
      const [first, ...rest] = inOrder(attempts)
      if (!first) return
      await atomic((tx, then) => [
        tx
          .update(throttle)
          .set(changesOf(schema, first, now))
          .where(eq(throttle.key, first.key))
          .returning({ key: throttle.key }),
        ...rest.map(attempt => giveBackOne(then, schema, attempt, now))
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
     * Deletes counters that were forgiven before `clearBefore` and prefixes without a login since `knownBefore`, until
     * `stop` fires.
     */
    async prune(clearBefore: number, knownBefore: Date, stop?: AbortSignal) {
      const { key, clearsAt } = throttle
      const forgiven = { table: throttle, key: { key }, old: lt(clearsAt, clearBefore), age: clearsAt }
      await deleteInSteps(engine, forgiven, stop)
      const { userId, prefix, lastLoginAt } = knownPrefixes
      const old = lt(lastLoginAt, knownBefore)
      await deleteInSteps(engine, { table: knownPrefixes, key: { userId, prefix }, old, age: lastLoginAt }, stop)
    }
  }
}
