import type { Following, Schema } from '../engine/dialect.ts'
import { StoreError } from '../errors.ts'

export type AuditRow = Schema['audit']['$inferSelect']
/** One event of the audit trail: `actor` did `action` to `subject`. */
export type AuditEvent = Omit<Schema['audit']['$inferInsert'], 'seq' | 'seal'>

/** The statement that records `event`, for the list of the change. */
export const auditInsert = (then: Following, { audit }: Schema, event: AuditEvent) => then.insert(audit, event)

/** Whether a row is a complete event. One changed by hand may lack a valid time, or have a detail that is not JSON. */
export const isReadable = ({ seq, at, detail }: Pick<AuditRow, 'seq' | 'at' | 'detail'>) =>
  Number.isSafeInteger(seq) && at.getTime() >= 0 && at.getUTCFullYear() <= 9999 && isDetail(detail)

/** Returns the row. Throws a StoreError when a manual change has made it invalid. */
export function readable<T extends Pick<AuditRow, 'at' | 'seq'> & Partial<AuditRow>>(row: T): T {
  if (isReadable({ detail: {}, ...row })) return row
  throw new StoreError('failed', 'The audit trail has an invalid event. Run `sallyport audit verify`.')
}

const isDetail = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isPlain)

const isPlain = (value: unknown) => ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)
