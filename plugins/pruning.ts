import fp from 'fastify-plugin'
import type { Config } from '../src/config/config.ts'
import { Problem } from '../src/errors.ts'
import { every } from '../src/recurring.ts'

// Deletes ended sessions, expired links, forgiven attempts and old audit events while the server runs.
const hourMs = 3_600_000

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { audit, oneTimeTokens, sessions, throttle } = app

    function repeat(ms: number, work: (stop: AbortSignal) => Promise<unknown>, complaint: string) {
      // A Problem means that the audit trail was altered, which is worse than a store that cannot be reached.
      const fail = (err: unknown) => app.log[err instanceof Problem ? 'error' : 'warn']({ err }, complaint)
      app.addHook('onClose', every(ms, work, fail))
    }

    repeat(hourMs, sessions.prune, 'ended sessions could not be deleted')
    repeat(hourMs, oneTimeTokens.prune, 'expired links could not be deleted')
    repeat(hourMs / 6, throttle.prune, 'forgiven attempts could not be deleted')
    if (config.auditRetention > 0)
      repeat(hourMs, stop => audit.prune(config.auditRetention, { stop }), 'old audit events were not deleted')
  },
  { name: 'pruning', dependencies: ['services'] }
)
