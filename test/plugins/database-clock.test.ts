import { mock } from 'node:test'
import t, { type Test } from 'tap'
import databaseClock from '../../plugins/database-clock.ts'
import { metricOf, testConfig } from '../support/app.ts'
import { anyEngine, databaseUrl } from '../support/engines.ts'
import { pgTest } from '../support/pg-test.ts'
import { bareFastify, registerServices } from '../support/plugins.ts'

/**
 * A bare server whose database is `seconds.behind` the machine, or does not answer for NaN, and whose timers run when
 * the test says so.
 */
async function createWorld(t: Test, engine = anyEngine) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const { app, log } = bareFastify(t)
  await registerServices(app, { config: testConfig({ databaseUrl: await databaseUrl(t, engine) }) })
  const seconds = { behind: 0 }
  const { now } = app.db
  let measured = 0
  if (now)
    app.db.now = async () => {
      try {
        if (Number.isNaN(seconds.behind)) throw new Error('gone')
        return new Date((await now()).getTime() - seconds.behind * 1000)
      } finally {
        measured++
      }
    }
  await app.register(databaseClock)
  await app.ready()
  const said = () => log.flatMap(line => (/clock/.test(line) ? [JSON.parse(line).msg] : []))
  async function tick() {
    const [lines, before] = [log.length, measured]
    mock.timers.tick(10_000)
    const nextTurn = () => new Promise(resolve => setImmediate(resolve))
    while (measured === before) await nextTurn()
    await nextTurn()
    return log.length > lines
  }
  return { app, seconds, said, tick }
}

pgTest('A clock that differs from the database is in the log and the metrics, until it agrees', async t => {
  const { app, seconds, said, tick } = await createWorld(t, 'postgres')
  const ahead = async () => Number((await metricOf(app, 'sallyport_clock_ahead_seconds')).split(' ').at(-1))
  t.strictSame(said(), [])
  t.ok(Math.abs(await ahead()) < 0.5)
  seconds.behind = 45
  await tick()
  t.match(said(), [/^The clock of this machine is 4[45]\.\d s ahead of the clock of the database\. Synchronize both/])
  t.ok(Math.abs((await ahead()) - 45) < 0.5)
  t.notOk(await tick(), 'once')
  seconds.behind = -3
  await tick()
  t.equal(said().length, 1, 'still wrong')
  seconds.behind = 0
  await tick()
  t.match(said()[1], /agrees with the clock of the database again/)
})

pgTest('A measurement that fails is a warning, and is repeated', async t => {
  const { seconds, said, tick } = await createWorld(t, 'postgres')
  seconds.behind = Number.NaN
  await tick()
  t.strictSame(said(), ['failed to compare the clock with that of the database'])
  seconds.behind = 0
  t.notOk(await tick())
})

t.test('SQLite has no clock of its own', async t => {
  const { app } = await createWorld(t, 'sqlite')
  t.equal(await metricOf(app, 'sallyport_clock_ahead_seconds').catch(() => undefined), undefined)
})
