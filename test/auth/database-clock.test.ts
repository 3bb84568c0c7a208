import t from 'tap'
import { createDatabaseClock } from '../../src/auth/database-clock.ts'
import { movableTime } from '../support/clocks.ts'
import { at } from '../support/store.ts'

/** Checks a clock of this machine that differs from that of the database by this many seconds. */
const check = (seconds: number) =>
  createDatabaseClock({ store: { now: async () => at(0) }, now: () => at(seconds) }).check()

t.test('Clocks may differ by a minute', async t => {
  for (const seconds of [0, 1, 60, -60]) await t.resolves(check(seconds))
})

t.test('A greater difference is a problem that names it', async t => {
  const said = (difference: string) => ({
    name: 'Problem',
    status: 409,
    message: `The clock of this machine is ${difference} the clock of the database. Nothing was deleted. Correct the clock.`
  })
  await t.rejects(check(60.001), said('60 s ahead of'))
  await t.rejects(check(-61), said('61 s behind'))
  await t.rejects(check(400 * 86_400), said('34560000 s ahead of'))
})

t.test('A database without a clock of its own is not compared', async t => {
  const clock = createDatabaseClock({ store: {}, now: () => at(1e9) })
  await clock.check()
  await clock.measure()
  t.strictSame([clock.aheadMs(), clock.now()], [0, at(1e9)])
})

t.test('A clock of the database that cannot be read is an error', async t => {
  const gone = new Error('gone')
  const clock = createDatabaseClock({ store: { now: () => Promise.reject(gone) }, now: () => at(0) })
  await t.rejects(clock.check(), gone)
  await t.rejects(clock.measure(), gone)
})

t.test('The clock that nodes share is corrected by what was measured, unless the database was slow', async t => {
  const forward = movableTime(t)
  let [machine, tookMs] = [at(100).getTime(), 0]
  const store = {
    async now() {
      machine += tookMs
      forward(tookMs)
      return at(55)
    }
  }
  const clock = createDatabaseClock({ store, now: () => at(200) })
  t.strictSame([clock.aheadMs(), clock.now()], [0, at(200)], 'not measured yet')
  tookMs = 10_000
  await clock.measure(() => machine)
  t.strictSame([clock.aheadMs(), clock.now()], [50_000, at(150)], 'the middle of the time that it took, at first')
  tookMs = 0
  await clock.measure(() => machine)
  t.strictSame([clock.aheadMs(), clock.now()], [55_000, at(145)])
  tookMs = 1000
  await clock.measure(() => machine)
  t.equal(clock.aheadMs(), 55_000)
})
