import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

// `app.metrics`: metrics for Prometheus, which src/process/server.ts serves on a separate port. Labels never contain
// user input. When metrics are off, no hook is added, and only refreshes are counted.
declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics
  }
}

export type Metrics = ReturnType<typeof createMetrics>

type Read = () => number | Promise<number>

export default fp<{ isOn: boolean }>(
  async (app, { isOn }) => {
    // Loaded only when metrics are on.
    const collectors = isOn ? createCollectors((await import('prom-client')).default) : undefined
    app.decorate('metrics', createMetrics(collectors))
    if (collectors) app.addHook('onResponse', async (request, reply) => collectors.answered(request, reply))
  },
  { name: 'metrics' }
)

function createMetrics(collectors?: ReturnType<typeof createCollectors>) {
  let refreshes = 0
  return {
    /** The collectors; undefined when metrics are off. */
    registry: collectors?.registry,
    hashWaited: (seconds: number) => collectors?.waits.observe(seconds),
    hashShed: (reason: string) => collectors?.sheds.inc({ reason }),
    breachChecked: (outcome: string) => collectors?.breachChecks.inc({ outcome }),
    throttled: (counter: string) => collectors?.throttled.inc({ counter }),
    issuerKeys: (issuer: string, outcome: string) => collectors?.issuerKeys.inc({ issuer, outcome }),
    login: (outcome: string, reason = '') => collectors?.logins.inc({ outcome, reason }),
    connectionDropped: () => collectors?.dropped.inc(),
    refreshed() {
      refreshes++
      collectors?.refreshes.inc()
    },
    /** How many refresh tokens this process has exchanged. */
    refreshes: () => refreshes,
    mailed: (outcome: string) => collectors?.mails.inc({ outcome }),
    webhooked: (outcome: string) => collectors?.webhooks.inc({ outcome }),
    /**
     * Adds a gauge that is read when the metrics are collected. It is NaN when `read` fails. `aggregator` combines the
     * values of several workers.
     */
    gauge(name: string, help: string, read: Read, aggregator: 'sum' | 'max' = 'sum') {
      collectors?.addGauge({ name, help, read, aggregator })
    }
  }
}

function createCollectors({
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  Registry
}: typeof import('prom-client')) {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

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
  const breachChecks = new Counter({
    name: 'sallyport_breach_checks_total',
    help: 'New passwords looked up with BREACH_CHECK, by outcome',
    labelNames: ['outcome'],
    registers
  })
  const throttled = new Counter({
    name: 'sallyport_throttled_total',
    help: 'Attempts rejected with 429, by counter',
    labelNames: ['counter'],
    registers
  })
  const issuerKeys = new Counter({
    name: 'sallyport_issuer_key_fetches_total',
    help: 'Attempts to fetch the keys of an issuer of IDENTITY_PROVIDERS, by outcome',
    labelNames: ['issuer', 'outcome'],
    registers
  })
  const refused = new Counter({
    name: 'sallyport_refused_total',
    help: 'Requests that were not authorized, by status and reason',
    labelNames: ['status', 'reason'],
    registers
  })
  const logins = new Counter({
    name: 'sallyport_logins_total',
    help: 'Logins by outcome, and by reason where they failed',
    labelNames: ['outcome', 'reason'],
    registers
  })
  const dropped = new Counter({
    name: 'sallyport_connections_dropped_total',
    help: 'Connections closed at once because there were too many',
    registers
  })
  const refreshes = new Counter({
    name: 'sallyport_refreshes_total',
    help: 'Refresh tokens exchanged for new ones',
    registers
  })
  const webhooks = new Counter({
    name: 'sallyport_webhook_deliveries_total',
    help: 'Attempts to send an event to a webhook, by outcome',
    labelNames: ['outcome'],
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
    waits,
    sheds,
    breachChecks,
    throttled,
    issuerKeys,
    logins,
    dropped,
    refreshes,
    mails,
    webhooks,
    answered({ method, routeOptions }: FastifyRequest, reply: FastifyReply) {
      const { statusCode: status, elapsedTime } = reply
      requests.observe({ method, route: routeOptions.url ?? 'none', status }, elapsedTime / 1000)
      if (status === 401 || status === 403) refused.inc({ status, reason: reasonOf(reply) })
    },
    addGauge({ read, ...about }: { name: string; help: string; read: Read; aggregator: 'sum' | 'max' }) {
      new Gauge({
        ...about,
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

/** Why a request was refused, from the challenge of its response (RFC 6750 §3.1, RFC 9470 §3, RFC 9449 §7.1). */
function reasonOf(reply: FastifyReply): string {
  const challenge = String(reply.getHeader('WWW-Authenticate') ?? '')
  if (challenge.startsWith('Basic')) return 'invalid_client'
  if (!/^(Bearer|DPoP) /.test(challenge)) return 'other'
  return reasons.find(reason => challenge.includes(`error="${reason}"`)) ?? 'no_token'
}

const reasons = [
  'invalid_token',
  'insufficient_scope',
  'insufficient_user_authentication',
  'invalid_dpop_proof',
  'use_dpop_nonce'
]
