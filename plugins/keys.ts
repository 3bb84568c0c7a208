import fp from 'fastify-plugin'
import { createSigningKeys, keyPollMs, type SigningKeys } from '../src/auth/keys.ts'
import type { Config } from '../src/config.ts'

// `app.keys`: the signing keys, followed and rotated while the server runs.
declare module 'fastify' {
  interface FastifyInstance {
    keys: SigningKeys
  }
}

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { now, trail } = app.clock
    const keys = createSigningKeys({ store: app.db.keys, config, trail, now })
    await keys.start()
    app.decorate('keys', keys)
    app.addHook('onListen', () => keys.adoptAlgorithm())

    const timer = setInterval(() => {
      keys.maintain().catch(error => app.log.warn({ err: error }, 'the signing keys could not be read again'))
    }, keyPollMs)
    timer.unref()
    app.addHook('onClose', async () => clearInterval(timer))
  },
  { name: 'keys', dependencies: ['clock', 'db'] }
)
