import fp from 'fastify-plugin'
import { every } from '../src/base/recurring.ts'

// Measures every ten seconds how far the clock of this machine is from that of PostgreSQL, for the grace of refresh
// tokens and the gauge `sallyport_clock_ahead_seconds`. A difference that nodes should not have is a line of the log,
// and so is its end.
const periodMs = 10_000
/** Two nodes that are closer to the database than this are within a second of each other. */
export const toleratedMs = 500

export default fp(
  async app => {
    const { databaseClock, db, log, metrics } = app
    if (!db.now) return
    let isWrong = false

    async function look() {
      await databaseClock.measure()
      const aheadMs = databaseClock.aheadMs()
      const wasWrong = isWrong
      isWrong = Math.abs(aheadMs) > toleratedMs
      const apart = `${(Math.abs(aheadMs) / 1000).toFixed(1)} s ${aheadMs > 0 ? 'ahead of' : 'behind'}`
      if (isWrong && !wasWrong)
        log.warn(`The clock of this machine is ${apart} the clock of the database. Synchronize both with NTP.`)
      if (!isWrong && wasWrong) log.info('The clock of this machine agrees with the clock of the database again.')
    }
    const fail = (err: unknown) =>
      app.logFailure('warn', { err }, 'failed to compare the clock with that of the database')

    await look().catch(fail)
    app.addHook('onClose', every(periodMs, look, fail))
    const help = "How far this machine's clock is ahead of the database's, in seconds"
    metrics.gauge('sallyport_clock_ahead_seconds', help, async () => databaseClock.aheadMs() / 1000, 'max')
  },
  { name: 'database-clock', dependencies: ['outage', 'metrics', 'db', 'services'] }
)
