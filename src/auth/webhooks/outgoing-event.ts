import type { OutgoingEvent } from '../../../routes/events.ts'
import type { AuditRow } from '../../store/audit/events.ts'

/**
 * The id of an event, by which a receiver knows one that it has seen. The time tells it from an event that got the same
 * number after a backup was restored.
 */
const eventId = ({ seq, at }: Pick<AuditRow, 'seq' | 'at'>) => `evt_${seq}_${at.getTime()}`

/**
 * The event as it goes out (Standard Webhooks 1.0.0, payload structure): only ids, unless `details` shows the IP address
 * and the details, which may be personal data.
 */
export const outgoing = (row: AuditRow, { details }: { details: boolean }): OutgoingEvent => ({
  id: eventId(row),
  type: row.action,
  timestamp: row.at.toISOString(),
  seal: Number(row.seal),
  data: {
    actor: row.actor,
    subject: row.subject,
    client_id: row.clientId,
    ...(details && { ip: row.ip, detail: row.detail })
  }
})
