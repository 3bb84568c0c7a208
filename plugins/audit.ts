import fp from 'fastify-plugin'
import { type AuditLog, createAuditLog } from '../src/auth/audit/audit-trail.ts'
import type { Config } from '../src/config/config.ts'
import { Problem } from '../src/errors.ts'
import { every } from '../src/recurring.ts'

// `app.audit`: the audit trail, to be read; events that are older than `AUDIT_RETENTION` are deleted every hour.
declare module 'fastify' {
  interface FastifyInstance {
    audit: AuditLog
  }
}

const pruneEveryMs = 3_600_000

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const audit = createAuditLog({ store: app.db.audit, ...app.clock })
    app.decorate('audit', audit)
    if (config.auditRetention === 0) return

    const stop = every(
      pruneEveryMs,
      stop => audit.prune(config.auditRetention, { stop }),
      // A trail that somebody has changed is more than a store that cannot be reached.
      error => app.log[error instanceof Problem ? 'error' : 'warn']({ err: error }, 'old audit events were not deleted')
    )
    app.addHook('onClose', stop)
  },
  { name: 'audit', dependencies: ['clock', 'db'] }
)
