import fp from 'fastify-plugin'
import { Problem } from '../src/base/errors.ts'
import { every } from '../src/base/recurring.ts'
import type { Config } from '../src/config/config.ts'

// Deletes ended sessions, expired links and tokens, forgiven attempts and old audit events while the server runs.
const hourMs = 3_600_000

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { audit, databaseClock, emailCodes, oneTimeTokens, personalTokens, sessions, throttle } = app

    function repeat(ms: number, work: (stop: AbortSignal) => Promise<unknown>, complaint: string) {
      // A Problem means that the clock is wrong or the audit trail was altered; other errors are database failures.
      const fail = (err: unknown) => app.logFailure(err instanceof Problem ? 'error' : 'warn', { err }, complaint)
      const checked = async (stop: AbortSignal) => {
        await databaseClock.check()
        await work(stop)
      }
      app.addHook('onClose', every(ms, checked, fail))
    }

    repeat(hourMs, sessions.prune, 'failed to delete ended sessions')
    repeat(hourMs, oneTimeTokens.prune, 'failed to delete expired links')
    repeat(hourMs, emailCodes.prune, 'failed to delete expired codes')
    repeat(hourMs, personalTokens.prune, 'failed to delete expired personal access tokens')
    repeat(hourMs, stop => app.db.spent.prune(app.clock.now(), stop), 'failed to delete used codes')
    repeat(hourMs / 6, throttle.prune, 'failed to delete forgiven attempts')
    if (config.auditRetention > 0)
      repeat(hourMs, stop => audit.prune(config.auditRetention, { stop }), 'failed to delete old audit events')
  },
  { name: 'pruning', dependencies: ['outage', 'db', 'services'] }
)
