import fp from 'fastify-plugin'
import type { Overview } from '../routes/overview.ts'
import { packageVersion } from '../src/base/package.ts'
import type { Config } from '../src/config/config.ts'
import { checkRunning } from '../src/doctor/running.ts'

// `app.overview()`: the state of this server, for a page that an administrator looks at.
declare module 'fastify' {
  interface FastifyInstance {
    overview(): Promise<Overview>
  }
}

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { databaseClock, db, keys, metrics, passwords, liveSessions } = app
    const fixed = {
      version: packageVersion,
      node: process.version,
      started_at: app.clock.now().toISOString(),
      findings: checkRunning(config)
    }

    async function mailQueue() {
      const oldest = await db.mail.oldest()
      return { waiting: await db.mail.count(), oldest_at: isoOf(oldest), has_smtp: config.smtpUrl !== undefined }
    }

    async function seals() {
      const { unsealed, newestAt } = await db.audit.state()
      return { unsealed, newest_at: isoOf(newestAt) }
    }

    async function signingKey() {
      const all = await keys.list()
      const [current] = all.filter(({ state }) => state === 'signs')
      const newest = all.at(-1)
      if (!current || !newest) return null
      const due = Date.parse(newest.created_at) + config.keyRotation * 1000
      return {
        kid: current.kid,
        created_at: current.created_at,
        next_signs_at: newest === current ? null : newest.signs_at,
        rotates_at: config.keyRotation > 0 ? new Date(due).toISOString() : null
      }
    }

    const nodes = async () =>
      (await db.nodes.all()).map(({ startedAt, seenAt, features: _, ...node }) => ({
        ...node,
        started_at: startedAt.toISOString(),
        seen_at: seenAt.toISOString()
      }))

    app.decorate('overview', async () => ({
      ...fixed,
      accounts: await db.users.count(mostAccounts),
      sessions: await liveSessions(),
      refreshes: metrics.refreshes(),
      hash_queue: passwords.queueState(),
      database: { dialect: db.dialect, bytes: await db.size() },
      volume: (await db.volume()) ?? null,
      mail_queue: await mailQueue(),
      seals: await seals(),
      webhooks: await app.webhooks.counts(),
      signing_key: await signingKey(),
      nodes: await nodes(),
      now: databaseClock.now().toISOString()
    }))
  },
  { name: 'overview', dependencies: ['metrics', 'db', 'services', 'live-sessions'] }
)

/** How many accounts are counted, which takes a few milliseconds. */
const mostAccounts = 10_000

const isoOf = (time: Date | undefined) => time?.toISOString() ?? null
