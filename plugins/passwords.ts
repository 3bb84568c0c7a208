import fp from 'fastify-plugin'
import type { Passwords } from '../src/auth/passwords/passwords.ts'
import type { Config } from '../src/config/config.ts'
import { createPasswordHashing } from '../src/wiring/password-hashing.ts'

// `app.passwords`: hashes and checks passwords, with limited concurrency, and applies the rules for new ones.
declare module 'fastify' {
  interface FastifyInstance {
    passwords: Passwords
  }
}

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { metrics } = app
    const warn = (about: { err: unknown }, message: string) => app.log.warn(about, message)
    const { passwords, queue, complaint } = createPasswordHashing(config, metrics, warn)
    if (complaint) app.log.warn(complaint)
    metrics.gauge('sallyport_hash_running', 'Passwords being hashed', () => queue.state().running)
    metrics.gauge('sallyport_hash_waiting', 'Passwords waiting to be hashed', () => queue.state().waiting)
    app.decorate('passwords', passwords)
  },
  { name: 'passwords', dependencies: ['metrics'] }
)
