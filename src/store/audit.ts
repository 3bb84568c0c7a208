import { sql } from 'drizzle-orm'
import type { Db, Engine, Schema } from './dialect.ts'

export type AuditStore = ReturnType<typeof createAuditStore>
/** One line of the audit trail: who (`actor`) did what (`action`) to whom (`subject`), when and from where. */
export type AuditEvent = Schema['audit']['$inferInsert']

/** The statement that records `event`, for the list of the change that it tells of. */
export const auditInsert = (tx: Db, schema: Schema, event: AuditEvent) => tx.insert(schema.audit).values(event)

/** The same for statements that are prepared once; `auditParams` gives what they are run with. */
export const preparedAuditInsert = (tx: Db, schema: Schema) =>
  tx
    .insert(schema.audit)
    .values(
      Object.fromEntries(auditMembers.map(name => [name, sql.placeholder(`audit_${name}`)])) as unknown as AuditEvent
    )

export const auditParams = (event: AuditEvent) =>
  Object.fromEntries(auditMembers.map(name => [`audit_${name}`, event[name]]))

const auditMembers = [
  'id',
  'at',
  'action',
  'actor',
  'subject',
  'clientId',
  'ip',
  'detail'
] as const satisfies (keyof AuditEvent)[]

/** Events that no change goes with, such as a failed login. */
export function createAuditStore({ db, schema }: Engine) {
  return {
    async record(event: AuditEvent) {
      await auditInsert(db, schema, event)
    }
  }
}
