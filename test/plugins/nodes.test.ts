import { mock } from 'node:test'
import t, { type Test } from 'tap'
import databaseClock from '../../plugins/database-clock.ts'
import nodes from '../../plugins/nodes.ts'
import { packageVersion } from '../../src/base/package.ts'
import type { Config } from '../../src/config/config.ts'
import { StoreError } from '../../src/store/errors.ts'
import { testConfig } from '../support/app.ts'
import { createClock } from '../support/clocks.ts'
import { databaseUrl } from '../support/engines.ts'
import { bareFastify, registerServices } from '../support/plugins.ts'

/** Nodes on one database, each a bare server, whose timers run when the test says so. */
async function createWorld(t: Test) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const clock = createClock()
  const url = await databaseUrl(t)

  async function start(settings: Partial<Config> = {}) {
    const config = testConfig({ databaseUrl: url, ...settings })
    const { app, log } = bareFastify(t)
    await registerServices(app, { config, now: clock.now })
    await app.register(databaseClock)
    await app.register(nodes)
    await app.ready()
    return { app, log: () => log.join('') }
  }

  /** Lets this time pass on the clock, and the timers fire until `what` is true. */
  async function pass(seconds: number, what: () => Promise<boolean>) {
    clock.advance(seconds)
    do {
      mock.timers.tick(60_000)
      await new Promise(resolve => setImmediate(resolve))
    } while (!(await what()))
  }
  return { clock, start, pass }
}

t.test('Each process that serves has a row while it does', async t => {
  const { clock, start, pass } = await createWorld(t)
  const [one, two, command] = [await start(), await start(), await start()]
  const rows = () => command.app.db.nodes.all()
  t.strictSame(await rows(), [], 'a process that does not serve has none')
  await one.app.beginServing()
  const [first] = await rows()
  t.match(first, { version: packageVersion, runtime: `Node.js ${process.versions.node}`, host: /./ })
  // The clock of the database is within a moment of the test's.
  const isNow = (time = new Date(0)) => Math.abs(time.getTime() - clock.now().getTime()) < 5000
  t.ok(isNow(first?.startedAt))
  t.ok(isNow(first?.seenAt))
  await two.app.beginServing()
  t.equal((await rows()).length, 2)

  const stopped = two.app.db.nodes
  const { renew } = stopped
  stopped.renew = async () => {}
  await pass(60, async () => (await rows()).filter(({ seenAt }) => isNow(seenAt)).length === 1)
  await pass(480, async () => (await rows()).filter(({ seenAt }) => isNow(seenAt)).length === 1)
  t.equal((await rows()).length, 2, 'not seen for nine minutes')
  await pass(120, async () => (await rows()).length === 1)
  stopped.renew = renew
  await pass(60, async () => (await rows()).length === 2)
  await two.app.close()
  t.strictSame(
    (await rows()).map(({ id }) => id),
    [first?.id]
  )
  await command.app.close()
  await one.app.close()
  const { app } = await start()
  t.strictSame(await app.db.nodes.all(), [])
})

t.test('A node knows from its start what the others know, and says in the log what is off and on again', async t => {
  const { start, pass } = await createWorld(t)
  const off = await start({ dpop: 'off' })
  await off.app.beginServing()
  t.strictSame((await off.app.db.nodes.all())[0]?.features, [])
  const { app, log } = await start()
  t.notOk(app.dpop.binds(), 'before it serves')
  await app.beginServing()
  t.strictSame((await app.db.nodes.all()).map(({ features }) => features.join()).sort(), ['', 'dpop'])
  t.match(log(), `not bound to keys (DPoP): a node of version ${packageVersion} is older or has DPOP=off`)
  await off.app.close()
  await pass(60, async () => app.dpop.binds())
  t.equal(log().match(/not bound to keys/g)?.length, 1)
  t.match(log(), 'New logins are bound to keys (DPoP) again.')
  t.notMatch(off.log(), 'bound to keys')
})

t.test('A failure is logged and retried, and a database that is away is one line', async t => {
  const { start, pass } = await createWorld(t)
  const { app, log } = await start()
  const { renew } = app.db.nodes
  let error: Error = new Error('the store is ill')
  const { ping } = app.db
  app.db.nodes.renew = app.db.ping = async () => {
    throw error
  }
  const complaints = () => log().match(/failed to record that this process runs/g)?.length ?? 0
  await app.beginServing()
  t.equal(complaints(), 1)
  await pass(60, async () => complaints() === 2)
  error = new StoreError('unavailable', 'Cannot connect to PostgreSQL at 127.0.0.1:4398 (ECONNREFUSED)', 'ECONNREFUSED')
  for (let minute = 1; minute <= 3; minute++) await pass(60, async () => log().includes('get 503'))
  t.equal(log().match(/get 503/g)?.length, 1)
  t.equal(complaints(), 2)
  app.db.ping = ping
  app.db.nodes.renew = renew
  await pass(60, async () => (await app.db.nodes.all()).length === 1)
  app.db.nodes.remove = async () => {
    throw new Error('the store is ill')
  }
  await app.close()
  t.equal(complaints(), 3)
})
