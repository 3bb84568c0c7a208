import fp from 'fastify-plugin'
import { keyPollMs } from '../src/auth/keys/keys.ts'
import { every } from '../src/base/recurring.ts'

// Creates the first signing key, and reloads and rotates the keys while the server runs.
export default fp(
  async app => {
    const { keys } = app
    await keys.start()
    app.whenServing(keys.adoptAlgorithm, 'failed to create a key for SIGNING_ALG: retrying every 10 seconds')
    const stop = every(keyPollMs, keys.maintain, err =>
      app.logFailure('warn', { err }, 'failed to reload or rotate the signing keys')
    )
    app.addHook('onClose', stop)
  },
  { name: 'keys', dependencies: ['outage', 'serving', 'services'] }
)
