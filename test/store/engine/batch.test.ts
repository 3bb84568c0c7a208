import t from 'tap'
import { inOneTurn, readTogether } from '../../../src/store/engine/batch.ts'

interface Row {
  id: string
  n: number
}

/** A table behind a connection that answers when the test says so. */
function createTable() {
  const rows = new Map<string, Row>([
    ['a', { id: 'a', n: 1 }],
    ['b', { id: 'b', n: 2 }]
  ])
  const asked: string[][] = []
  const read = readTogether(
    async (keys: string[]) => {
      asked.push(keys)
      return [...rows.values()].filter(({ id }) => keys.includes(id))
    },
    ({ id }) => id
  )
  return { rows, asked, read }
}
const turn = () => new Promise(resolve => setImmediate(resolve))

t.test('Reads of one turn share a round trip, and each gets its own row', async t => {
  const { asked, read } = createTable()
  t.strictSame(await Promise.all(['a', 'b', 'unknown', 'a'].map(read)), [
    { id: 'a', n: 1 },
    { id: 'b', n: 2 },
    undefined,
    { id: 'a', n: 1 }
  ])
  t.strictSame(asked, [['a', 'b', 'unknown', ...Array(7).fill('a')]], 'each key once, in a list of at least ten')
})

t.test('A read never gets an answer from before it was requested (a revocation takes effect at once)', async t => {
  const { rows, asked, read } = createTable()
  const before = read('a')
  await turn()
  rows.set('a', { id: 'a', n: 7 })
  const after = read('a')
  t.strictSame(await before, { id: 'a', n: 1 })
  t.strictSame(await after, { id: 'a', n: 7 })
  t.strictSame(asked, [Array(10).fill('a'), Array(10).fill('a')])
})

t.test('A failure rejects every read that shared it, and no later read', async t => {
  let isIll = true
  const read = readTogether(
    async (keys: string[]) => {
      if (isIll) throw new Error('ill')
      return keys.map(id => ({ id }))
    },
    ({ id }: { id: string }) => id
  )
  const results = await Promise.allSettled(['a', 'b'].map(read))
  t.match(results, [
    { status: 'rejected', reason: { message: 'ill' } },
    { status: 'rejected', reason: { message: 'ill' } }
  ])
  isIll = false
  t.strictSame(await read('a'), { id: 'a' })
})

t.test('Calls of one turn run together, each gets its own result, and later calls run on their own', async t => {
  const batches: number[][] = []
  const double = inOneTurn(async (items: number[]) => {
    batches.push(items)
    return items.map(item => item * 2)
  })
  t.strictSame(await Promise.all([1, 2, 2].map(double)), [2, 4, 4])
  t.equal(await double(5), 10)
  t.strictSame(batches, [[1, 2, 2], [5]])
})
