import { existsSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createReserve } from '../../../src/store/engine/reserve.ts'

const bytes = 2 << 20

/** A reserve in a folder of the test's own, and the clock it looks at. */
function create(t: Test, size = bytes, path = join(t.testdir(), 'reserve')) {
  let now = 5000
  const reserve = createReserve(path, size, () => now)
  return { path, reserve, advance: (ms: number) => (now += ms), size: () => statSync(path).size }
}

t.test('the space is held back in a file that nobody else may read (decision 15)', async t => {
  const { path, reserve, size } = create(t)
  t.equal(size(), bytes)
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.ok(statSync(path).blocks * 512 >= bytes, 'with bytes in it, not a hole')
  t.equal(reserve.isSpent(), false)
})

t.test('a file from before is used again, and made longer where it is too short (decision 15)', async t => {
  const { path } = create(t)
  create(t, bytes, path)
  t.equal(statSync(path).size, bytes)
  truncateSync(path, 1 << 20)
  create(t, bytes, path)
  t.equal(statSync(path).size, bytes)
})

t.test('it is given once, and held back again when there is room, a second later (decision 15)', async t => {
  const { path, reserve, advance, size } = create(t)
  t.equal(reserve.spend(), true)
  t.equal(existsSync(path), false)
  t.equal(reserve.spend(), false, 'it is given once')
  advance(999)
  t.equal(reserve.isSpent(), true)
  t.equal(existsSync(path), false, 'the disk is not asked at every write')
  advance(1)
  t.equal(reserve.isSpent(), false)
  t.equal(size(), bytes)
  t.equal(reserve.spend(), true, 'and can be given again')
})

t.test('while the disk has less room than twice the space it stays spent (decision 15)', async t => {
  const path = join(t.testdir(), 'reserve')
  // A file of holes stands for the disk that nobody has: it is long enough, so nothing is written.
  writeFileSync(path, '')
  const huge = 4 * 2 ** 40
  truncateSync(path, huge)
  const { reserve, advance } = create(t, huge, path)
  t.equal(reserve.spend(), true)
  advance(1000)
  t.equal(reserve.isSpent(), true)
  t.equal(existsSync(path), false)
})

t.test('what cannot be written is taken away again, and tried again a second later (decision 15)', async t => {
  const { path, reserve, advance, size } = create(t)
  t.equal(reserve.spend(), true)
  symlinkSync('/dev/full', path)
  advance(1000)
  t.equal(reserve.isSpent(), true)
  t.equal(existsSync(path), false)
  advance(1000)
  t.equal(reserve.isSpent(), false)
  t.equal(size(), bytes)
})

t.test('without room at the start there is no reserve, and nothing to give (decision 15)', async t => {
  const folder = t.testdir()
  const full = join(folder, 'reserve')
  symlinkSync('/dev/full', full)
  for (const path of [full, join(folder, 'no such folder', 'reserve')]) {
    const { reserve, advance } = create(t, bytes, path)
    t.equal(existsSync(path), false)
    t.equal(reserve.spend(), false)
    advance(10_000)
    t.equal(reserve.isSpent(), false, 'so that nothing is refused on its account')
  }
})
