import { closeSync, openSync } from 'node:fs'
import t from 'tap'
import { createWatch, isLarger } from '../../scripts/soak/processes.ts'
import { createTally, formatRows } from '../../scripts/soak/tally.ts'

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
