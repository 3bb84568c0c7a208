import fp from 'fastify-plugin'
import { createSigningKeys, keyPollMs, type SigningKeys } from '../src/auth/keys/keys.ts'
import type { Config } from '../src/config/config.ts'
import { every } from '../src/recurring.ts'

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
    app.whenServing(
      keys.adoptAlgorithm,
      'the signing keys could not be brought into line with SIGNING_ALG: that is tried again every ten seconds'
    )
    const stop = every(keyPollMs, keys.maintain, error =>
      app.log.warn({ err: error }, 'the signing keys could not be brought up to date')
    )
    app.addHook('onClose', stop)
  },
  { name: 'keys', dependencies: ['clock', 'db', 'serving'] }
)
