import fp from 'fastify-plugin'
import { v7 } from 'uuid'
import { createTrail, type Trail } from '../src/auth/audit/audit-events.ts'

// `app.clock`: the time and what is made from it, ids in the order of time and audit events, so that a test can set it.
declare module 'fastify' {
  interface FastifyInstance {
    clock: Clock
  }
}

interface Clock {
  now: () => Date
  /** A UUIDv7 (RFC 9562 §5.7). */
  newId: () => string
  trail: Trail
}

export default fp<{ now: () => Date }>(
  async (app, { now }) => {
    app.decorate('clock', { now, newId: () => v7(), trail: createTrail({ now }) })
  },
  { name: 'clock' }
)
