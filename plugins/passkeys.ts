import fp from 'fastify-plugin'
import { createPasskeys, type Passkeys } from '../src/auth/passkeys/passkeys.ts'
import type { Config } from '../src/config/config.ts'
import { hasPasskeys } from '../src/config/passkeys.ts'

// `app.passkeys`: registers and verifies passkeys; undefined without `RP_ID`, and with `SECOND_FACTOR=off`.
declare module 'fastify' {
  interface FastifyInstance {
    passkeys: Passkeys | undefined
  }
}

/** The library takes long to load, and many processes never use it. */
async function webauthn() {
  const [server, helpers] = await Promise.all([
    import('@simplewebauthn/server'),
    import('@simplewebauthn/server/helpers')
  ])
  return { ...server, ...helpers }
}

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { db, clock, mail, recoveryCodes, auditEvents } = app
    const { secondFactors: store, mail: outbox, audit } = db
    const deps = { store, outbox, mail, recoveryCodes, auditEvents, record: audit.record, webauthn, ...clock }
    app.decorate('passkeys', hasPasskeys(config) ? createPasskeys({ config, ...deps }) : undefined)
  },
  { name: 'passkeys', dependencies: ['db', 'services'] }
)
