import fp from 'fastify-plugin'
import { type ClientRegistry, createClientRegistry } from '../src/auth/clients/client-admin.ts'
import { type Clients, createClients } from '../src/auth/clients/clients.ts'
import type { Config } from '../src/config/config.ts'

// `app.clients`: the applications that may ask for tokens, and how they are administered.
declare module 'fastify' {
  interface FastifyInstance {
    clients: Clients & ClientRegistry
  }
}

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const store = app.db.clients
    app.decorate('clients', {
      ...createClients({ store, config, throttle: app.throttle, trail: app.clock.trail }),
      ...createClientRegistry({ store, ...app.clock })
    })
  },
  { name: 'clients', dependencies: ['clock', 'db', 'throttle'] }
)
