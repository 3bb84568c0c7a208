import fp from 'fastify-plugin'
import { createMemoryCounters } from '../src/auth/throttle/memory-counters.ts'
import { createThrottle, type Throttle } from '../src/auth/throttle/throttle.ts'
import type { Config } from '../src/config/config.ts'
import { every } from '../src/recurring.ts'

// `app.throttle`: makes those who guess passwords wait, before a hash is spent on them. Counters are in the store; what
// is forgiven is deleted every ten minutes.
declare module 'fastify' {
  interface FastifyInstance {
    throttle: Throttle
  }
}

const pruneEveryMs = 600_000

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { metrics } = app
    const throttle = createThrottle({
      store: app.db.throttle,
      memory: createMemoryCounters(),
      config,
      now: app.clock.now,
      record: event =>
        app.db.audit.record(event).catch(error => {
          app.log.error({ err: error, event }, 'a refusal could not be recorded in the audit trail')
        }),
      onRefusal: bucket => metrics.throttled(bucket),
      onFallback(error, event) {
        metrics.throttleFellBack()
        // With the event, which the audit trail does not have then.
        app.log.error({ err: error, event }, 'failed attempts could not be counted in the database, only in memory')
      }
    })
    app.decorate('throttle', throttle)

    const stop = every(pruneEveryMs, throttle.prune, error =>
      app.log.warn({ err: error }, 'forgiven attempts could not be deleted')
    )
    app.addHook('onClose', stop)
  },
  { name: 'throttle', dependencies: ['clock', 'db', 'metrics'] }
)
