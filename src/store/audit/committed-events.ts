import type { Build, Engine, Exclusive, Following } from '../engine/dialect.ts'
import type { AuditEvent } from './events.ts'

/** Receives the events of a list that took effect. Never rejects. */
export type OnCommit = (events: AuditEvent[]) => Promise<void>

/**
 * The engine, which also reports the audit events of each list that took effect: after the commit, and before `atomic`
 * resolves. Nothing is reported before `reportTo` has set the receiver.
 */
export function withCommittedEvents(engine: Engine) {
  let report: OnCommit | undefined

  return {
    ...engine,

    async atomic<T>(build: Build<T>, exclusive?: Exclusive, onCommit?: () => void): Promise<T[]> {
      if (!report) return engine.atomic(build, exclusive, onCommit)
      let events: AuditEvent[] = []
      const reporting: Build<T> = (tx, then) => {
        // A list that is sent again is built again.
        events = []
        const insert: Following['insert'] = (table, row: object, conflict) => {
          if ((table as object) === engine.schema.audit) events.push(row as AuditEvent)
          return then.insert(table, row, conflict)
        }
        return build(tx, { ...then, insert })
      }
      const rows = await engine.atomic(reporting, exclusive, onCommit)
      if (rows.length > 0) await report(events)
      return rows
    },

    /** Sets the receiver. */
    reportTo(receiver: OnCommit) {
      report = receiver
    }
  }
}
