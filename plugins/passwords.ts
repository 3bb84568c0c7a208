import { hash, verify } from '@node-rs/bcrypt'
import fp from 'fastify-plugin'
import { createHashQueue } from '../src/auth/hash-queue.ts'
import { createPasswords, type Passwords } from '../src/auth/passwords.ts'
import type { Config } from '../src/config.ts'

// `app.passwords`: hashing and checking of passwords with bcrypt, no more at once than there are cores.
declare module 'fastify' {
  interface FastifyInstance {
    passwords: Passwords
  }
}

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const queue = createHashQueue({ concurrency: config.hashConcurrency, length: config.hashQueue })
    const bcrypt = { hash, verify }
    app.decorate(
      'passwords',
      createPasswords({ bcrypt, queue, cost: config.bcryptCost, minLength: config.passwordMinLength })
    )
  },
  { name: 'passwords' }
)
