import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { cachedByVersion } from '../../../src/store/engine/version-cache.ts'

/** A table that counts its reads, and its version. */
function createRows(most?: number) {
  const rows = new Map([['a', { n: 1 }]])
  let [version, reads] = [0, 0]
  const read = async (key: string) => {
    reads++
    return rows.get(key)
  }
  let checks = 0
  const cached = cachedByVersion(
    () => {
      checks++
      return version
    },
    read,
    most
  )
  return {
    ...cached,
    checks: () => checks,
    reads: () => reads,
    change(key: string, n: number) {
      rows.set(key, { n })
      version++
    }
  }
}

t.test('A row is read once until a change, and again after any change', async t => {
  const { get, reads, change } = createRows()
  t.strictSame(await get('a'), { n: 1 })
  t.strictSame(await get('a'), { n: 1 })
  t.equal(reads(), 1)
  change('a', 2)
  t.strictSame(await get('a'), { n: 2 })
  change('b', 7)
  t.strictSame(await get('a'), { n: 2 })
  t.equal(reads(), 3)
})

t.test('A known row is recalled until any change', async t => {
  const { get, recall, reads, change } = createRows()
  const recalled = (key: string) => new Promise(resolve => recall(key, resolve))
  t.equal(await recalled('a'), undefined)
  await get('a')
  t.strictSame(await recalled('a'), { n: 1 })
  change('b', 7)
  t.equal(await recalled('a'), undefined)
  t.equal(reads(), 1)
})

t.test('A missing row is looked up every time', async t => {
  const { get, reads } = createRows()
  t.equal(await get('unknown'), undefined)
  t.equal(await get('unknown'), undefined)
  t.equal(reads(), 2)
})

t.test('A row that was read during a change is not cached', async t => {
  let version = 0
  let row = { n: 1 }
  const answers: (() => void)[] = []
  const { get } = cachedByVersion(
    () => version,
    () => new Promise<{ n: number }>(resolve => void answers.push(() => resolve(row)))
  )
  const before = get('a')
  await setImmediate()
  version++
  row = { n: 2 }
  const after = get('a')
  await setImmediate()
  for (const answer of answers.splice(0)) answer()
  await Promise.all([before, after])
  row = { n: 3 }
  t.strictSame(await get('a'), { n: 2 }, 'kept by the second, which began after the change')
  version++
  const again = get('a')
  await setImmediate()
  answers.pop()?.()
  t.strictSame(await again, { n: 3 })
})

t.test('Replaces or removes a cached row, and adds none', async t => {
  const { get, replace, reads } = createRows()
  replace('a', () => ({ n: 2 }))
  t.strictSame(await get('a'), { n: 1 })
  replace('a', ({ n }) => ({ n: n + 1 }))
  t.strictSame(await get('a'), { n: 2 })
  t.equal(reads(), 1)
  replace('a', () => undefined)
  t.strictSame(await get('a'), { n: 1 })
  t.equal(reads(), 2)
})

t.test('A row that was read while it was replaced is not cached', async t => {
  const answers: ((row: { n: number }) => void)[] = []
  const { get, replace } = cachedByVersion(
    () => 0,
    () => new Promise<{ n: number }>(resolve => void answers.push(resolve))
  )
  const before = get('a')
  await setImmediate()
  replace('a', row => row)
  answers.pop()?.({ n: 1 })
  await before
  const after = get('a')
  await setImmediate()
  answers.pop()?.({ n: 2 })
  t.strictSame(await after, { n: 2 })
})

t.test('When the bytes for rows are used up, the oldest row is dropped (memory is bounded)', async t => {
  const { get, reads, change } = createRows(100)
  change('b', 2)
  for (const key of ['a', 'b', 'b', 'a']) await get(key)
  t.equal(reads(), 3, 'b is kept, a is read twice')
})

t.test('Requests of one turn share a check of the version, which comes after the last of them', async t => {
  const { get, recall, checks, change } = createRows()
  await get('a')
  const before = checks()
  const recalled: unknown[] = []
  recall('a', row => recalled.push(row))
  change('b', 7)
  recall('a', row => recalled.push(row))
  await setImmediate()
  t.strictSame([checks() - before, recalled], [1, [undefined, undefined]])
})

t.test('A version that cannot be read leaves every row unknown, and the read reports why', async t => {
  let isBroken = false
  const { get, recall } = cachedByVersion(
    () => {
      if (isBroken) throw new Error('no disk')
      return 1
    },
    async key => {
      if (isBroken) throw new Error('no disk')
      return key
    }
  )
  t.equal(await get('a'), 'a')
  isBroken = true
  t.equal(await new Promise(resolve => recall('a', resolve)), undefined)
  await t.rejects(get('a'), { message: 'no disk' })
})
