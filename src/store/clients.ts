import { and, asc, eq, gt, ne, notExists, type SQL, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import type { Db, Engine, Schema } from './engine/dialect.ts'
import { rowsById } from './engine/rows-by-id.ts'
import { nothingIfTaken } from './errors.ts'

export type ClientStore = ReturnType<typeof createClientStore>
export type ClientRow = Schema['clients']['$inferSelect']
/** A client to add. */
export type NewClient = Omit<ClientRow, 'disabled' | 'eventDetails' | 'loginEpoch' | 'ownEpoch'> & {
  eventDetails?: boolean
}

/**
 * The condition that `client` still has the permissions and the secret that it had when it was read, and has not been
 * disabled since: each of these changes starts a new epoch.
 */
const isAsRead = ({ clients }: Schema, { id, ownEpoch }: ClientRow) =>
  and(eq(clients.id, id), eq(clients.ownEpoch, ownEpoch))

/** The client, if its permissions have not changed since it was read. */
export const unchanged = (tx: Pick<Db, 'select'>, schema: Schema, client: ClientRow) =>
  tx.select({ id: schema.clients.id }).from(schema.clients).where(isAsRead(schema, client))

/** Reads and writes of the table `clients`. */
export function createClientStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { clients } = schema
  const select = (where: SQL) => db.select().from(clients).where(where)
  const itself = { rowOf: (row: ClientRow) => row, idOf: ({ id }: ClientRow) => id }
  const rows = rowsById(engine, { name: 'clients', id: clients.id, select }, itself)

  return {
    /** Adds the client and its audit event; `undefined` when the name is taken. */
    async insert(client: NewClient, event: AuditEvent) {
      const [row] = await atomic((tx, then) => [
        tx.insert(clients).values(client).onConflictDoNothing().returning(),
        auditInsert(then, schema, event)
      ])
      return row
    },

    byId: rows.get,

    async byName(name: string) {
      const [row] = await db.select().from(clients).where(eq(clients.name, name))
      return row
    },

    /** Up to `limit` clients ordered by name, after `afterName`, and the name after which the next page begins. */
    async page(afterName: string, limit: number): Promise<{ rows: ClientRow[]; next?: string }> {
      const isAfter = gt(clients.name, afterName)
      // The extra row shows that there is a next page.
      const rows = await db
        .select()
        .from(clients)
        .where(isAfter)
        .orderBy(asc(clients.name))
        .limit(limit + 1)
      return rows.length > limit ? { rows: rows.slice(0, limit), next: String(rows[limit - 1]?.name) } : { rows }
    },

    /**
     * Changes `client`, unless its permissions or secret have changed since it was read, or another client has the new
     * name. Disabling it ends its sessions; changing grants, scopes or the secret ends those of the client_credentials
     * grant. `undefined` when nothing was changed.
     */
    async update(client: ClientRow, changes: Partial<ClientRow> & { updatedAt: Date }, event: AuditEvent) {
      const isTaken = changes.name
        ? notExists(
            db
              .select()
              .from(clients)
              .where(and(eq(clients.name, changes.name), ne(clients.id, client.id)))
          )
        : undefined
      const endsOwn = changes.disabled || changes.grants || changes.scopes || changes.secretHash
      // A client can have millions of sessions. They end because they name an earlier epoch.
      const epochs = {
        ...(changes.disabled ? { loginEpoch: sql`${clients.loginEpoch} + 1` } : {}),
        ...(endsOwn ? { ownEpoch: sql`${clients.ownEpoch} + 1` } : {})
      }
      const [row] = await atomic((tx, then) => [
        tx
          .update(clients)
          .set({ ...changes, ...epochs })
          .where(and(isAsRead(schema, client), isTaken))
          .returning(),
        auditInsert(then, schema, event)
      ]).catch(nothingIfTaken)
      return row
    },

    /** Deletes the client, which ends its sessions; false when it does not exist. */
    async delete(id: string, event: AuditEvent) {
      const rows = await atomic((tx, then) => [
        tx.delete(clients).where(eq(clients.id, id)).returning({ id: clients.id }),
        auditInsert(then, schema, event)
      ])
      return rows.length > 0
    }
  }
}
