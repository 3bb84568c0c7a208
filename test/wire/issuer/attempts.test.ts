import t from 'tap'
import { createAttempts, elapsedMs } from '../../../src/wire/issuer/attempts.ts'
import { createClock } from '../../support/clocks.ts'

/** Attempts that succeed or fail when the test says so; the errors are numbered. */
function create() {
  const clock = createClock()
  let asked = 0
  let isUp = false
  const attempts = createAttempts(async () => {
    asked += 1
    const number = asked
    await Promise.resolve()
    if (!isUp) throw new Error(`failure ${number}`)
    return number
  }, clock.now)
  return {
    attempts,
    clock,
    asked: () => asked,
    recover: (up = true) => {
      isUp = up
    }
  }
}

t.test('Calls during an attempt share it, and a call after a success starts a new one', async t => {
  const { attempts, recover } = create()
  recover()
  t.ok(attempts.isDue())
  const both = [attempts.ask(), attempts.ask()]
  t.ok(attempts.isRunning())
  t.notOk(attempts.isDue())
  t.strictSame(await Promise.all(both), [1, 1])
  t.notOk(attempts.isRunning())
  t.equal(await attempts.ask(), 2)
})

t.test('After a failure no attempt is made for a second, doubled after each further failure, up to ten', async t => {
  const { attempts, clock, asked, recover } = create()
  const pauses = [1, 2, 4, 8, 10, 10]
  for (const [index, seconds] of pauses.entries()) {
    const failure = { message: `failure ${index + 1}` }
    await t.rejects(attempts.ask(), failure)
    clock.advance(seconds - 0.001)
    t.notOk(attempts.isDue())
    t.equal(attempts.pauseLeftMs(), 1)
    await t.rejects(attempts.ask(), failure, 'the same error is reported again')
    t.equal(asked(), index + 1)
    clock.advance(0.001)
    t.ok(attempts.isDue())
    t.equal(attempts.pauseLeftMs(), 0)
  }
  recover()
  t.ok(attempts.hasFailed())
  t.equal(await attempts.ask(), 7)
  t.notOk(attempts.hasFailed())
  recover(false)
  await t.rejects(attempts.ask())
  clock.advance(1)
  t.ok(attempts.isDue(), 'a success resets the pause')
})

t.test('The pause begins when the attempt fails, however long it took', async t => {
  const clock = createClock()
  const attempts = createAttempts(async () => {
    await Promise.resolve()
    clock.advance(5)
    throw new Error('too late')
  }, clock.now)
  t.equal(attempts.idleMs(), Number.POSITIVE_INFINITY)
  await t.rejects(attempts.ask())
  t.equal(attempts.idleMs(), 0)
  t.notOk(attempts.isDue())
})

t.test('Setting the clock back shortens no pause', async t => {
  const { attempts, clock } = create()
  await t.rejects(attempts.ask())
  clock.advance(-3600)
  t.ok(attempts.isDue())
  t.equal(elapsedMs(new Date(1000), new Date(3000)), 2000)
  t.equal(elapsedMs(new Date(3000), new Date(1000)), Number.POSITIVE_INFINITY)
})
