import t from 'tap'
import { createClockCheck } from '../../src/auth/clock-check.ts'
import { at } from '../support/store.ts'

/** Checks a clock of this machine that differs from that of the database by this many seconds. */
const check = (seconds: number) => createClockCheck({ store: { now: async () => at(0) }, now: () => at(seconds) })()

t.test('clocks may differ by a minute', async t => {
  for (const seconds of [0, 1, 60, -60]) await t.resolves(check(seconds))
})

t.test('a greater difference is a problem that names it', async t => {
  const said = (difference: string) => ({
    name: 'Problem',
    status: 409,
    message: `The clock of this machine is ${difference} the clock of the database. Nothing was deleted. Correct the clock.`
  })
  await t.rejects(check(60.001), said('60 s ahead of'))
  await t.rejects(check(-61), said('61 s behind'))
  await t.rejects(check(400 * 86_400), said('34560000 s ahead of'))
})

t.test('a database without a clock of its own is not compared', async t => {
  await t.resolves(createClockCheck({ store: {}, now: () => at(1e9) })())
})

t.test('a clock of the database that cannot be read is an error', async t => {
  const gone = new Error('gone')
  await t.rejects(createClockCheck({ store: { now: () => Promise.reject(gone) }, now: () => at(0) })(), gone)
})
