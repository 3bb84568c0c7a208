import t, { type Test } from 'tap'
import { every } from '../../src/base/recurring.ts'
import { movableTimers } from '../support/clocks.ts'

/** Work that succeeds or fails when the test says so. */
function createWork(t: Test) {
  const tick = movableTimers(t)
  const runs: { stop: AbortSignal; done(): void; fail(error: Error): void }[] = []
  const failures: unknown[] = []
  const stop = every(
    1000,
    stop => new Promise<void>((done, fail) => void runs.push({ stop, done, fail })),
    error => void failures.push(error)
  )
  return { runs, failures, stop, tick }
}

const settle = () => new Promise(resolve => setImmediate(resolve))

t.test('Recurring work runs once in each interval, and not while it is still running', async t => {
  const { runs, stop, tick } = createWork(t)
  tick(999)
  t.equal(runs.length, 0)
  tick(1)
  t.equal(runs.length, 1)
  tick(5000)
  t.equal(runs.length, 1)
  runs[0]?.done()
  await settle()
  tick(1000)
  t.equal(runs.length, 2)
  runs[1]?.done()
  await stop()
})

t.test('A failure of recurring work is reported, and the work runs again', async t => {
  const { runs, failures, stop, tick } = createWork(t)
  tick(1000)
  const error = new Error('ill')
  runs[0]?.fail(error)
  await settle()
  t.strictSame(failures, [error])
  tick(1000)
  t.equal(runs.length, 2)
  runs[1]?.done()
  await stop()
})

t.test('Stopping recurring work aborts the running work and waits for it, and nothing runs afterwards', async t => {
  const { runs, stop, tick } = createWork(t)
  tick(1000)
  t.equal(runs[0]?.stop.aborted, false)
  let isOver = false
  const over = stop().then(() => {
    isOver = true
  })
  t.equal(runs[0]?.stop.aborted, true)
  await settle()
  t.equal(isOver, false)
  runs[0]?.done()
  await over
  tick(5000)
  t.equal(runs.length, 1)
})
