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
  return {
    ...cachedByVersion(() => version, read, most),
    reads: () => reads,
    change(key: string, n: number) {
      rows.set(key, { n })
      version++
    }
  }
}

t.test('a row is read once until a change, and again after any change', async t => {
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

t.test('a known row is available synchronously until any change', async t => {
  const { get, peek, reads, change } = createRows()
  t.equal(peek('a'), undefined)
  await get('a')
  t.strictSame(peek('a'), { n: 1 })
  change('b', 7)
  t.equal(peek('a'), undefined)
  t.equal(reads(), 1)
})

t.test('a missing row is looked up every time', async t => {
  const { get, reads } = createRows()
  t.equal(await get('unknown'), undefined)
  t.equal(await get('unknown'), undefined)
  t.equal(reads(), 2)
})

t.test('a row that was read during a change is not cached', async t => {
  let version = 0
  let row = { n: 1 }
  const answers: (() => void)[] = []
  const { get } = cachedByVersion(
    () => version,
    () => new Promise<{ n: number }>(resolve => void answers.push(() => resolve(row)))
  )
  const before = get('a')
  version++
  row = { n: 2 }
  const after = get('a')
  for (const answer of answers.splice(0)) answer()
  await Promise.all([before, after])
  row = { n: 3 }
  t.strictSame(await get('a'), { n: 2 }, 'kept by the second, which began after the change')
  version++
  const again = get('a')
  answers.pop()?.()
  t.strictSame(await again, { n: 3 })
})

t.test('keeps at most a fixed number of rows (memory is bounded)', async t => {
  const { get, reads, change } = createRows(1)
  change('b', 2)
  for (const key of ['a', 'b', 'b', 'a']) await get(key)
  t.equal(reads(), 3, 'a is kept, b is read twice')
})
