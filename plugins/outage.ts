import fp from 'fastify-plugin'
import { every } from '../src/base/recurring.ts'
import { isOutage, type StoreError } from '../src/store/errors.ts'

// `app.isOutage(error)`: whether an error means that PostgreSQL is away, or that SQLite refuses writes. Such errors are
// not logged one by one: the first is a line of the log, and so is the end of the outage, and every five seconds between
// them the number of requests that were refused. `app.logFailure`: logs any other error.
declare module 'fastify' {
  interface FastifyInstance {
    isOutage(error: unknown, refused?: 'request'): boolean
    logFailure(level: 'warn' | 'error', about: { err: unknown; [member: string]: unknown }, message: string): void
  }
}

const periodMs = 5000

export default fp(
  async app => {
    const { log } = app
    let refused = 0
    let latest: StoreError | undefined
    let stop: (() => Promise<void>) | undefined

    const countRefused = () => {
      const sentence = refused === 1 ? '1 request was refused.' : `${refused} requests were refused.`
      refused = 0
      return sentence
    }

    async function look() {
      await app.db.ping()
      const isSqlite = app.db.dialect === 'sqlite'
      const error = latest
      latest = undefined
      // SQLite also responds while a full disk refuses writes.
      if (isSqlite && error) throw error
      stop?.()
      stop = undefined
      log.info(isSqlite ? 'SQLite has refused nothing for five seconds.' : `PostgreSQL is back. ${countRefused()}`)
    }

    app.decorate('isOutage', (error, kind) => {
      if (!isOutage(error)) return false
      if (kind === 'request') refused++
      latest = error
      if (!stop) {
        const which = error.driverCode.startsWith('SQLITE')
          ? 'Writes that it refuses'
          : 'Requests that need the database'
        log.error(`${error.message}. ${which} get 503.`)
        stop = every(periodMs, look, error => log.error(`${(error as Error).message}. ${countRefused()}`))
      }
      return true
    })
    app.decorate('logFailure', (level, about, message) => {
      if (!app.isOutage(about.err)) log[level](about, message)
    })
    app.addHook('onClose', async () => void (await stop?.()))
  },
  { name: 'outage' }
)
