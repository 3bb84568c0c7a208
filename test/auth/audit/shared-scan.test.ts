import t from 'tap'
import { createSharedScan } from '../../../src/auth/audit/shared-scan.ts'

/** A shared scan, whose scans end with `end`, in their order; `begun` has what they are about. */
function createWorld() {
  let now = 0
  const begun: string[] = []
  const ends: ((error?: Error) => void)[] = []
  const scan = createSharedScan(
    (about: string) =>
      new Promise<string>((resolve, reject) => {
        const answer = `${about} ${begun.push(about)}`
        ends.push(error => (error ? reject(error) : resolve(answer)))
      }),
    () => new Date(now)
  )
  const settled = () => new Promise(setImmediate)
  async function end(error?: Error) {
    await settled()
    ends.shift()?.(error)
    await settled()
  }
  return {
    advance: (seconds: number) => (now += seconds * 1000),
    begun,
    end,
    settled,
    scan: (about: string) => scan(about, about)
  }
}

t.test('calls about the same share one scan, and its answer for ten seconds', async t => {
  const { advance, begun, end, scan } = createWorld()
  const [first, second] = [scan('a'), scan('a')]
  await end()
  t.strictSame(await Promise.all([first, second]), ['a 1', 'a 1'])
  advance(9)
  t.equal(await scan('a'), 'a 1')
  advance(1)
  const third = scan('a')
  await end()
  t.equal(await third, 'a 2')
  t.strictSame(begun, ['a', 'a'])
})

t.test('no two scans run at once: a second waits, and a third is 503 with Retry-After', async t => {
  const { begun, end, settled, scan } = createWorld()
  const [first, second, again] = [scan('a'), scan('b'), scan('b')]
  await t.rejects(scan('c'), { status: 503, headers: { 'Retry-After': '1' }, errors: [] })
  await settled()
  t.strictSame(begun, ['a'])
  await end()
  t.equal(await first, 'a 1')
  t.strictSame(begun, ['a', 'b'])
  const third = scan('c')
  await end()
  t.strictSame(await Promise.all([second, again]), ['b 2', 'b 2'])
  await end()
  t.equal(await third, 'c 3')
})

t.test('a scan that fails keeps no other from beginning, and its error is not kept', async t => {
  const { end, scan } = createWorld()
  const failed = t.rejects(scan('a'), { message: 'no database' })
  const second = scan('b')
  await end(new Error('no database'))
  await failed
  const again = scan('a')
  await end()
  t.equal(await second, 'b 2')
  await end()
  t.equal(await again, 'a 3')
})

t.test('an answer is not shared once the clock was set back', async t => {
  const { advance, end, scan } = createWorld()
  const first = scan('a')
  await end()
  t.equal(await first, 'a 1')
  advance(-3600)
  const second = scan('a')
  await end()
  t.equal(await second, 'a 2')
})
