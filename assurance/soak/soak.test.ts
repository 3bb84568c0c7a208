import { closeSync, openSync } from 'node:fs'
import t from 'tap'
import { readOptions } from './options.ts'
import { createWatch, isLarger } from './processes.ts'
import { createTally, formatRows } from './tally.ts'
import { createTeardowns } from './teardowns.ts'

t.test('a soak takes an hour on both databases, or what its options say', async t => {
  t.match(readOptions([]), { minutes: 60, engines: ['sqlite', 'postgres'], seed: Number })
  const given = readOptions(['--minutes', '0.5', '--engine', 'postgres', '--seed', '7'])
  t.strictSame(given, { minutes: 0.5, engines: ['postgres'], seed: 7 })
  for (const wrong of [
    ['--minutes', '0'],
    ['--engine', 'mysql'],
    ['--seed', 'x'],
    ['--hours', '1']
  ])
    t.throws(() => readOptions(wrong), wrong.join(' '))
})

t.test('the table sums up what a fault costs, and says which cannot come', async t => {
  const tally = createTally('sqlite')
  tally.missing('failing syncs', 'not run: strace is missing')
  tally.acknowledged()
  for (const lost of [0, 2]) {
    tally.begin('full disk')
    tally.acknowledged()
    tally.refused()
    tally.lost(lost)
    tally.end()
  }
  tally.refused()
  tally.lost(1)
  const [missing, full] = tally.rows()
  t.match(full, { fault: 'full disk', engine: 'sqlite', times: 2, acknowledged: 2, lost: 2, refused: 2 })
  t.ok(Number(full?.longestMs) > 0, 'the wait between the begin and the first acknowledged write')
  t.match(missing, { times: 0, missing: 'not run: strace is missing' })
  t.match(
    formatRows(tally.rows()),
    /failing syncs \| sqlite \| not run[^\n]*\n\| full disk \| sqlite \| 2 \| 2 \| 2 \| 2 \| \d+ ms/
  )
})

t.test('a process that keeps descriptors leaks, and one that grows by more than half is larger', async t => {
  const watch = createWatch()
  t.strictSame(watch.leaks([process.pid]), [], 'nothing is known of a process without a sample')
  t.strictSame(watch.memory([process.pid]), [])
  watch.sample([process.pid])
  t.strictSame(watch.leaks([process.pid]), [])
  t.match(watch.memory([process.pid]), [{ pid: process.pid, samples: 1, grows: false }])
  const files = Array.from({ length: 30 }, () => openSync('/dev/null', 'r'))
  t.match(watch.leaks([process.pid]), [/has \d+ descriptors, and had \d+/])
  for (const file of files) closeSync(file)
  t.strictSame(watch.leaks([process.pid]), [])
  t.notOk(isLarger(200, 150))
  t.ok(isLarger(300, 150))
})

t.test('what was started is stopped in reverse order, also after one that cannot be stopped', async t => {
  const stopped: number[] = []
  const errors = t.capture(console, 'error')
  const { teardown, run, hasBegun } = createTeardowns()
  for (const number of [1, 2, 3])
    teardown(() => {
      stopped.push(number)
      if (number === 2) throw new Error('It does not stop')
    })
  t.notOk(hasBegun())
  await run()
  t.ok(hasBegun())
  t.strictSame(stopped, [3, 2, 1])
  t.match(errors(), [{ args: [{ message: 'It does not stop' }] }])
})
