import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { build } from '../../../src/app.ts'
import { createApp, createClock, createUser, metricOf, testConfig, withMetrics } from '../../support/app.ts'
import { databaseUrl, engines } from '../../support/engines.ts'
import { all, guess, guesses, logInFrom, stranger } from '../../support/guess.ts'
import { openEngine } from '../../support/store.ts'

const home = '192.0.2.1'
const hours = (count: number) => count * 3600

/** Makes every call of these methods of the counter store fail. */
function breakStore({ db }: FastifyInstance, ...names: (keyof FastifyInstance['db']['throttle'])[]) {
  const fail = () => Promise.reject(new Error('the store is ill'))
  Object.assign(db.throttle, Object.fromEntries(names.map(name => [name, fail])))
}

for (const engine of engines) {
  t.test(`counters on ${engine}`, async t => {
    t.test('survive a restart (decision 34)', async t => {
      const { app, config } = await createApp(t, {}, engine)
      await createUser(app)
      t.strictSame(await guesses(app, 10), all(10, 400))
      await app.close()
      const next = await createApp(t, { databaseUrl: config.databaseUrl })
      t.strictSame(await guesses(next.app, 1), [429])
    })

    t.test('are shared by two servers on one database (decision 34)', async t => {
      const one = await createApp(t, {}, engine)
      const two = await createApp(t, { databaseUrl: one.config.databaseUrl })
      await createUser(one.app)
      for (const { app } of [one, two]) t.strictSame(await guesses(app, 5), all(5, 400))
      for (const { app } of [one, two]) t.strictSame(await guesses(app, 1), [429])
      t.equal(await logInFrom(two.app, stranger), 429)
      one.clock.advance(1)
      t.equal(await logInFrom(one.app, stranger), 200)
      t.equal(await logInFrom(two.app, stranger), 200, 'known prefixes are shared too')
    })

    t.test('lock no account when the clock goes back an hour (decision 34)', async t => {
      const { app, clock } = await createApp(t, {}, engine)
      await createUser(app)
      let failures = 0
      while (failures < 20) {
        const answer = await guess(app)
        if (answer.statusCode === 400) failures++
        clock.advance(Number(answer.headers['retry-after'] ?? 0))
      }
      t.strictSame(await guesses(app, 1), [429])
      clock.advance(-hours(1))
      t.equal(await logInFrom(app, stranger), 200)
      t.strictSame(await guesses(app, 12, '10.0.0.1'), [400, ...all(11, 429)], 'guessing is still throttled')
    })

    t.test('are deleted when forgiven, and prefixes after half a year (decision 34)', async t => {
      const { app, clock, config } = await createApp(t, {}, engine)
      await createUser(app)
      const { db, schema } = openEngine(t, config.databaseUrl)
      const counters = async () => (await db.select().from(schema.throttle)).map(({ key }) => key.split(':')[0]).sort()
      const known = async () => (await db.select().from(schema.knownPrefixes)).map(({ prefix }) => prefix)
      t.equal(await logInFrom(app, home), 200)
      t.strictSame(await guesses(app, 2), [400, 400])
      clock.advance(hours(1) + 30)
      await app.throttle.prune()
      t.strictSame([await counters(), await known()], [['account', 'consecutive'], ['192.0.2.0/24']])
      clock.advance(hours(2))
      await app.throttle.prune()
      t.strictSame(
        [await counters(), await known()],
        [['consecutive'], ['192.0.2.0/24']],
        'time does not forgive these'
      )
      clock.advance(hours(180 * 24 - 3) - 30)
      await app.throttle.prune()
      t.strictSame(await known(), ['192.0.2.0/24'])
      clock.advance(1)
      await app.throttle.prune()
      t.strictSame(await known(), [])
    })
  })
}

t.test('while the store cannot count, memory counts (decision 34)', async t => {
  const lines: string[] = []
  const clock = createClock()
  const config = testConfig({ ...withMetrics, databaseUrl: await databaseUrl(t, 'sqlite'), logLevel: 'error' })
  const logger = { stream: { write: (line: string) => void lines.push(line) } } as never
  const app = await build({ config, now: clock.now }, { logger })
  t.teardown(() => app.close())
  await createUser(app)
  const { take } = app.db.throttle
  breakStore(app, 'take')
  t.strictSame(await guesses(app, 11), [...all(10, 400), 429])
  const logged = lines.map(line => JSON.parse(line))
  t.equal(logged.length, 10)
  t.match(logged[0], {
    msg: 'failed to count attempts in the database; counting in memory',
    err: { message: 'the store is ill' }
  })
  t.match(await metricOf(app, 'sallyport_throttle_fallback_total'), /_total 10$/m)

  app.db.throttle.take = take
  t.strictSame(await guesses(app, 1), [429], 'failures counted in memory still count')
  clock.advance(1)
  t.equal(await logInFrom(app, stranger), 200)
})

t.test('the longer wait of store and memory counts (decision 34)', async t => {
  const { app, clock } = await createApp(t)
  await createUser(app)
  const { take } = app.db.throttle
  const alone = '203.0.113.1'
  breakStore(app, 'take')
  t.strictSame(await guesses(app, 1), [400])
  app.db.throttle.take = take
  t.strictSame(await guesses(app, 11), [...all(10, 400), 429], 'one in memory does not hide ten in the store')
  breakStore(app, 'take')
  t.strictSame(await guesses(app, 11, alone, { username: 'mallory' }), [...all(10, 400), 429])
  app.db.throttle.take = take
  clock.advance(1)
  t.strictSame(await guesses(app, 1, alone, { username: 'mallory' }), [400])
  t.strictSame(await guesses(app, 1), [400])
  t.strictSame(await guesses(app, 1), [429], 'the counter in the store continues')
})

t.test('while the store cannot be read, every prefix is unknown and guessing is still stopped', async t => {
  const { app, clock } = await createApp(t)
  await createUser(app)
  t.equal(await logInFrom(app, home), 200)
  breakStore(app, 'take', 'counters', 'isKnown')
  t.strictSame(await guesses(app, 11), [...all(10, 400), 429])
  t.equal(await logInFrom(app, home), 429)
  clock.advance(1)
  t.equal(await logInFrom(app, home), 200)
})

t.test('refusals are counted under the counter that refused (plugins/metrics)', async t => {
  const { app } = await createApp(t, withMetrics)
  await createUser(app)
  await guesses(app, 12)
  t.match(await metricOf(app, 'sallyport_throttled_total'), /^sallyport_throttled_total\{counter="account"\} 2$/m)
})
