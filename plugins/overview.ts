import fp from 'fastify-plugin'
import type { Overview } from '../routes/overview.ts'
import type { Config } from '../src/config/config.ts'
import { checkRunning } from '../src/doctor/running.ts'
import { packageVersion } from '../src/package.ts'

// `app.overview()`: the state of this server, for a page that an administrator looks at.
declare module 'fastify' {
  interface FastifyInstance {
    overview(): Promise<Overview>
  }
}

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { db, metrics, passwords, liveSessions } = app
    const fixed = {
      version: packageVersion,
      node: process.version,
      started_at: app.clock.now().toISOString(),
      findings: checkRunning(config)
    }
    app.decorate('overview', async () => ({
      ...fixed,
      sessions: await liveSessions(),
      refreshes: metrics.refreshes(),
      hash_queue: { ...passwords.queueState(), limit: config.hashQueue },
      database: { dialect: db.dialect, bytes: await db.size() }
    }))
  },
  { name: 'overview', dependencies: ['metrics', 'db', 'services', 'live-sessions'] }
)
