import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createWalSync } from '../../../src/store/engine/sync-wal.ts'

/** The sync of a database whose log is a file, or a pipe, which cannot be synced. */
function createSync(t: Test, { canSync }: { canSync: boolean }) {
  const path = join(t.testdir({ 'file.db': '' }), 'file.db')
  if (canSync) writeFileSync(`${path}-wal`, '')
  else execFileSync('mkfifo', [`${path}-wal`])
  const disk = { isBroken: false, checkpoints: 0 }
  const log = createWalSync(path, () => {
    disk.checkpoints++
    if (disk.isBroken) throw new Error('no disk')
  })
  t.teardown(log.close)
  return { ...log, disk }
}

t.test('a log that can be synced needs no checkpoint', async t => {
  const { sync, disk } = createSync(t, { canSync: true })
  await sync()
  await sync()
  t.equal(disk.checkpoints, 0)
})

t.test('after a failed sync, nothing is on disk until a checkpoint has succeeded', async t => {
  const { sync, disk } = createSync(t, { canSync: false })
  disk.isBroken = true
  await t.rejects(sync(), { message: 'no disk' })
  await t.rejects(sync(), { message: 'no disk' })
  disk.isBroken = false
  await sync()
  t.equal(disk.checkpoints, 3)
})
