import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

// `app.metrics`: metrics for Prometheus, which src/process/server.ts serves on a separate port. Labels never contain
// user input. When metrics are off, no hook is added.
declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics
  }
}

export type Metrics = ReturnType<typeof createMetrics>

export default fp<{ isOn: boolean }>(
  async (app, { isOn }) => {
    const metrics = createMetrics()
    app.decorate('metrics', metrics)
    if (!isOn) return
    collectDefaultMetrics({ register: metrics.registry })
    app.addHook('onResponse', async (request, reply) => metrics.answered(request, reply))
  },
  { name: 'metrics' }
)

function createMetrics() {
  const registry = new Registry()
  const registers = [registry]

  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests in seconds, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers
  })
  const waits = new Histogram({
    name: 'sallyport_hash_wait_seconds',
    help: 'Time that passwords waited to be hashed, in seconds',
    buckets: [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers
  })
  const sheds = new Counter({
    name: 'sallyport_hash_shed_total',
    help: 'Passwords not hashed because the queue was full, the wait too long or the client disconnected',
    labelNames: ['reason'],
    registers
  })
  const throttled = new Counter({
    name: 'sallyport_throttled_total',
    help: 'Attempts rejected with 429, by counter',
    labelNames: ['counter'],
    registers
  })
  const fallbacks = new Counter({
    name: 'sallyport_throttle_fallback_total',
    help: 'Attempts counted in memory because the database failed',
    registers
  })
  const dropped = new Counter({
    name: 'sallyport_connections_dropped_total',
    help: 'Connections closed at once because of MAX_CONNECTIONS',
    registers
  })
  const refreshes = new Counter({
    name: 'sallyport_refreshes_total',
    help: 'Refresh tokens exchanged for new ones',
    registers
  })
  const mails = new Counter({
    name: 'sallyport_mail_total',
    help: 'Attempts to send a message, by outcome',
    labelNames: ['outcome'],
    registers
  })

  return {
    registry,
    answered({ method, routeOptions }: FastifyRequest, { statusCode, elapsedTime }: FastifyReply) {
      requests.observe({ method, route: routeOptions.url ?? 'none', status: statusCode }, elapsedTime / 1000)
    },
    hashWaited: (seconds: number) => waits.observe(seconds),
    hashShed: (reason: string) => sheds.inc({ reason }),
    throttled: (counter: string) => throttled.inc({ counter }),
    throttleFellBack: () => fallbacks.inc(),
    connectionDropped: () => dropped.inc(),
    refreshed: () => refreshes.inc(),
    /** How many refresh tokens this process has exchanged. */
    refreshes: async () => (await refreshes.get()).values[0]?.value as number,
    mailed: (outcome: string) => mails.inc({ outcome }),
    /** Adds a gauge that is read when the metrics are collected. It is NaN when `read` fails. */
    gauge(
      name: string,
      help: string,
      read: () => number | Promise<number>,
      /** How to combine the values of several workers. */
      aggregator: 'sum' | 'max' = 'sum'
    ) {
      new Gauge({
        name,
        help,
        aggregator,
        registers,
        async collect() {
          // A gauge that fails must not hide the other metrics while the database is down.
          this.set(
            await Promise.resolve()
              .then(read)
              .catch(() => Number.NaN)
          )
        }
      })
    }
  }
}
