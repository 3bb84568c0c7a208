import { hashRaw } from '@node-rs/argon2'
import { hash, verify } from '@node-rs/bcrypt'
import fp from 'fastify-plugin'
import { createHashQueue } from '../src/auth/passwords/hash-queue.ts'
import { createPasswords, type Passwords } from '../src/auth/passwords/passwords.ts'
import type { Config } from '../src/config/config.ts'

// `app.passwords`: hashing and checking of passwords, no more at once than there are cores, and the rules for new ones.
declare module 'fastify' {
  interface FastifyInstance {
    passwords: Passwords
  }
}

/** About half of what a hash takes. */
const refusalDelayMs = 100

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { metrics } = app
    const queue = createHashQueue({
      concurrency: config.hashConcurrency,
      length: config.hashQueue,
      maxWaitMs: config.hashMaxWait * 1000,
      refusalDelayMs,
      onWait: metrics.hashWaited,
      onShed: metrics.hashShed
    })
    metrics.gauge('sallyport_hash_running', 'Passwords that are being hashed', () => queue.state().running)
    metrics.gauge('sallyport_hash_waiting', 'Passwords that wait to be hashed', () => queue.state().waiting)
    app.decorate(
      'passwords',
      createPasswords({
        bcrypt: { hash, verify },
        argon2: { hashRaw },
        queue,
        cost: config.bcryptCost,
        minLength: config.passwordMinLength,
        issuer: config.issuer
      })
    )
  },
  { name: 'passwords', dependencies: ['metrics'] }
)
