import { and, type Column, eq, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import type { Build, Db, Engine } from './engine/dialect.ts'
import type { RowsById } from './engine/rows-by-id.ts'
import { nothingIfTaken } from './errors.ts'
import type { SessionAndUser } from './session-reads.ts'
import { dayOf, isLive, type SessionRow } from './session-rows.ts'
import { type SpentRow, spentInserts } from './spent.ts'

/** A refresh: the next counter, and the new times and address. */
export interface Rotation {
  counter: number
  now: Date
  /** The time by the clock that all nodes share. */
  rotatedAt: Date
  idleExpiresAt: Date
  ip: string | null
  /** The key that the refresh tokens are bound to from now on; by default that of the session. */
  jkt?: string | null | undefined
}

/** Refreshes of sessions, which `rows` may cache. */
export function createSessionRefreshes(
  { schema, atomic, prepare, durable }: Engine,
  rows: Pick<RowsById<SessionAndUser>, 'replace'>
) {
  const { sessions } = schema

  /** The compare-and-swap of a refresh; `value` supplies each value by name. */
  const rotation = (tx: Db, value: (name: string, column: Column) => SQL) =>
    tx
      .update(sessions)
      .set({
        counter: value('next', sessions.counter),
        rotatedAt: value('rotatedAt', sessions.rotatedAt),
        lastUsedAt: value('now', sessions.lastUsedAt),
        idleExpiresAt: value('idleExpiresAt', sessions.idleExpiresAt),
        endsOn: value('endsOn', sessions.endsOn),
        lastIp: value('ip', sessions.lastIp),
        // A key stays, also one that was bound since the session was read.
        jkt: sql`COALESCE(${sessions.jkt}, ${value('jkt', sessions.jkt)})`
      })
      .where(
        and(
          eq(sessions.id, value('id', sessions.id)),
          eq(sessions.counter, value('counter', sessions.counter)),
          isLive(schema, value('now', sessions.expiresAt))
        )
      )

  const rotate = prepare(
    'rotate_session',
    tx => rotation(tx, (name, column) => sql`${sql.param(sql.placeholder(name), column)}`),
    'id'
  )

  return {
    /**
     * Sets the counter, time, address and key of the session: a compare-and-swap that exactly one caller wins. Records
     * `event` if given, and spends `spent`. Resolves to the updated session, or to `undefined` when its counter has
     * moved on, it is no longer live, or a row was spent.
     */
    async rotate(
      session: SessionRow,
      { counter, now, rotatedAt, idleExpiresAt, ip, jkt = session.jkt }: Rotation,
      event?: AuditEvent,
      spent: SpentRow[] = []
    ): Promise<SessionRow | undefined> {
      const endsOn = dayOf(idleExpiresAt)
      const changed = { counter, rotatedAt, lastUsedAt: now, idleExpiresAt, endsOn, lastIp: ip, jkt }
      // V8 copies two objects faster than it replaces members one by one.
      const rotated = { ...session, ...changed }
      const values = {
        id: session.id,
        counter: session.counter,
        next: counter,
        now,
        rotatedAt,
        idleExpiresAt,
        endsOn,
        ip,
        jkt
      }
      const replace = () => rows.replace?.(session.id, 'session', session, rotated)
      if (!event && spent.length === 0) return (await rotate(values, replace)) > 0 ? rotated : undefined
      const list: Build<{ id: string }> = (tx, then) => [
        rotation(tx, (name, column) => sql`${sql.param(values[name as keyof typeof values], column)}`).returning({
          id: sessions.id
        }),
        ...spentInserts(then, schema, spent),
        ...(event ? [auditInsert(then, schema, event)] : [])
      ]
      const updated = await atomic(list, undefined, replace).catch(nothingIfTaken)
      return updated.length > 0 ? rotated : undefined
    },

    durable,

    /** Records the event of a retry, once for each counter. */
    async recordRetry({ id, counter }: SessionRow, event: AuditEvent) {
      const { retriedCounter } = sessions
      await atomic((tx, then) => [
        tx
          .update(sessions)
          .set({ retriedCounter: counter })
          .where(and(eq(sessions.id, id), or(isNull(retriedCounter), lt(retriedCounter, counter))))
          .returning({ id: sessions.id }),
        auditInsert(then, schema, event)
      ])
    }
  }
}
