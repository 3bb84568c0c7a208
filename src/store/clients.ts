import { and, asc, eq, gt, isNull, ne, notExists, type SQL } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import { endSessions } from './end-sessions.ts'
import type { Db, Engine, Schema } from './engine/dialect.ts'

export type ClientStore = ReturnType<typeof createClientStore>
export type ClientRow = Schema['clients']['$inferSelect']

/** The condition that `client` still has the permissions and the secret that it had when it was read. */
export const isAsRead = ({ clients }: Schema, { id, grants, scopes, secretHash }: ClientRow) =>
  and(
    eq(clients.id, id),
    eq(clients.grants, grants),
    eq(clients.scopes, scopes),
    secretHash === null ? isNull(clients.secretHash) : eq(clients.secretHash, secretHash)
  )

/** Reads and writes of the table `clients`. */
export function createClientStore({ db, schema, atomic }: Engine) {
  const { clients, sessions } = schema

  const endOf = (tx: Db, id: string, now: Date, which?: SQL) =>
    endSessions(tx, schema, and(eq(sessions.clientId, id), which), now)

  /** The sessions of the client_credentials grant. A user's session applies the change at its next refresh. */
  const own = isNull(sessions.userId)

  return {
    /** Adds the client and its audit event; `undefined` when the name is taken. */
    async insert(client: Omit<ClientRow, 'disabled'>, event: AuditEvent) {
      const [row] = await atomic(tx => [
        tx.insert(clients).values(client).onConflictDoNothing().returning(),
        auditInsert(tx, schema, event)
      ])
      return row
    },

    async byId(id: string) {
      const [row] = await db.select().from(clients).where(eq(clients.id, id))
      return row
    },

    async byName(name: string) {
      const [row] = await db.select().from(clients).where(eq(clients.name, name))
      return row
    },

    /** Up to `limit` clients ordered by name, after `afterName`. */
    async page(afterName: string, limit: number) {
      return await db.select().from(clients).where(gt(clients.name, afterName)).orderBy(asc(clients.name)).limit(limit)
    },

    /**
     * Changes `client`, unless its permissions or secret have changed since it was read, or another client has the new
     * name. Disabling it ends its sessions; changing grants, scopes or the secret ends those of the client_credentials
     * grant. `undefined` when nothing was changed.
     */
    async update(client: ClientRow, changes: Partial<ClientRow> & { updatedAt: Date }, event: AuditEvent) {
      const { id } = client
      const isTaken = changes.name
        ? notExists(
            db
              .select()
              .from(clients)
              .where(and(eq(clients.name, changes.name), ne(clients.id, id)))
          )
        : undefined
      const [row] = await atomic(tx => [
        tx
          .update(clients)
          .set(changes)
          .where(and(isAsRead(schema, client), isTaken))
          .returning(),
        ...(changes.disabled ? [endOf(tx, id, changes.updatedAt)] : []),
        ...(changes.grants || changes.scopes || changes.secretHash ? [endOf(tx, id, changes.updatedAt, own)] : []),
        auditInsert(tx, schema, event)
      ])
      return row
    },

    /** Deletes the client and ends its sessions; false when it does not exist. */
    async delete(id: string, now: Date, event: AuditEvent) {
      const rows = await atomic(tx => [
        tx.delete(clients).where(eq(clients.id, id)).returning({ id: clients.id }),
        endOf(tx, id, now),
        auditInsert(tx, schema, event)
      ])
      return rows.length > 0
    }
  }
}
