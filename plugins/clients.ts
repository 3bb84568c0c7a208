import fp from 'fastify-plugin'
import { type Clients, createClients } from '../src/auth/clients.ts'
import type { Config } from '../src/config.ts'

// `app.clients`: the applications that may ask for tokens.
declare module 'fastify' {
  interface FastifyInstance {
    clients: Clients
  }
}

export default fp<{ config: Config }>(
  async (app, { config }) => {
    app.decorate('clients', createClients({ store: app.db.clients, config, throttle: app.throttle, ...app.clock }))
  },
  { name: 'clients', dependencies: ['clock', 'db', 'throttle'] }
)
