import { sql } from 'drizzle-orm'
import type { Db, Schema } from '../engine/dialect.ts'
import { eventText, link } from './chain.ts'

/** Further facts about an event: members with plain values. */
export type AuditDetail = Record<string, string | number | boolean>
export type AuditRow = Schema['audit']['$inferSelect']
/** One event of the audit trail: `actor` did `action` to `subject`. */
export type AuditEvent = Omit<Schema['audit']['$inferInsert'], 'seq' | 'hash'>

/** The statement that records `event`, for the transaction of the change. */
export const auditInsert = (tx: Db, schema: Schema, event: AuditEvent) =>
  tx.insert(schema.audit).values({ ...event, ...link(tx, schema, eventText(event)) })

/** The same for statements that are prepared once; `auditParams` supplies their parameters. */
export const preparedAuditInsert = (tx: Db, schema: Schema) =>
  tx.insert(schema.audit).values({
    ...(Object.fromEntries(
      auditMembers.map(name => [name, sql.placeholder(`audit_${name}`)])
    ) as unknown as AuditEvent),
    ...link(tx, schema, sql.placeholder('audit_text'))
  })

export const auditParams = (event: AuditEvent) => ({
  ...Object.fromEntries(auditMembers.map(name => [`audit_${name}`, event[name]])),
  audit_text: eventText(event)
})

const auditMembers = [
  'at',
  'action',
  'actor',
  'subject',
  'clientId',
  'ip',
  'detail'
] as const satisfies (keyof AuditEvent)[]
