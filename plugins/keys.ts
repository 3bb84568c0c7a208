import fp from 'fastify-plugin'
import { keyPollMs } from '../src/auth/keys/keys.ts'
import { every } from '../src/recurring.ts'

// Creates the first signing key, and reloads and rotates the keys while the server runs.
export default fp(
  async app => {
    const { keys, log } = app
    await keys.start()
    app.whenServing(
      keys.adoptAlgorithm,
      'the signing keys could not be brought into line with SIGNING_ALG: that is tried again every ten seconds'
    )
    const stop = every(keyPollMs, keys.maintain, err =>
      log.warn({ err }, 'the signing keys could not be brought up to date')
    )
    app.addHook('onClose', stop)
  },
  { name: 'keys', dependencies: ['serving', 'services'] }
)
