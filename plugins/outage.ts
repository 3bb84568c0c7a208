import fp from 'fastify-plugin'
import { every } from '../src/recurring.ts'
import { isOutage } from '../src/store/errors.ts'

// `app.isOutage(error)`: whether an error means that PostgreSQL is away. Such errors are not logged one by one: the
// first is a line of the log, and so is the end of the outage, and every five seconds between them the number of
// requests that were refused. `app.logFailure`: logs any other error.
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
    let stop: (() => Promise<void>) | undefined

    const countRefused = () => {
      const sentence = refused === 1 ? '1 request was refused.' : `${refused} requests were refused.`
      refused = 0
      return sentence
    }

    async function look() {
      await app.db.ping()
      stop?.()
      stop = undefined
      log.info(`PostgreSQL is back. ${countRefused()}`)
    }

    app.decorate('isOutage', (error, kind) => {
      if (!isOutage(error)) return false
      if (kind === 'request') refused++
      if (!stop) {
        log.error(`${error.message}. Requests that need the database get 503.`)
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
