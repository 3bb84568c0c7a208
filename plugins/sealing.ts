import fp from 'fastify-plugin'
import { every } from '../src/base/recurring.ts'

// Seals new events of the audit trail every second, and when the server stops: then at most one seal's worth, because a
// stop is limited to ten seconds. The gauge `sallyport_audit_unsealed_seconds` is the age of the oldest event without a
// seal.
const secondMs = 1000

export default fp(
  async app => {
    const { audit } = app
    const fail = (err: unknown) => app.logFailure('error', { err }, 'failed to seal new audit events')
    const stop = every(secondMs, audit.seal, fail)
    app.addHook('onClose', async () => {
      await stop()
      await audit.sealOnce().catch(fail)
    })
    const help = 'Age of the oldest audit event without a seal, in seconds; 0 when all are sealed'
    app.metrics.gauge('sallyport_audit_unsealed_seconds', help, audit.unsealedSeconds, 'max')
  },
  { name: 'sealing', dependencies: ['outage', 'metrics', 'services'] }
)
