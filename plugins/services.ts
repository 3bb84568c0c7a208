import fp from 'fastify-plugin'
import type { ServiceOptions } from '../src/wiring/service-options.ts'
import { createServices, type Reports, type Services } from '../src/wiring/services.ts'

// `app.users`, `app.clients`, `app.throttle` and all other services of src/wiring/services.ts.
declare module 'fastify' {
  interface FastifyInstance extends Services {}
}

export default fp<ServiceOptions>(
  async (app, options) => {
    const { db, passwords, metrics } = app
    const log: Reports['log'] = { error: (about, message) => app.logFailure('error', about, message) }
    const services = createServices({ ...options, db, passwords, log, metrics })
    for (const [name, service] of Object.entries(services)) app.decorate(name, service as object)
  },
  { name: 'services', dependencies: ['outage', 'metrics', 'db', 'passwords'] }
)
