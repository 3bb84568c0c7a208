import t from 'tap'
import { createHashQueue } from '../../../src/auth/passwords/hash-queue.ts'

/** Hashes that end when the test says so, and the number that run. */
function createHashes() {
  const ends: ((error?: Error) => void)[] = []
  const started: number[] = []
  let running = 0
  let most = 0
  return {
    ends,
    started,
    most: () => most,
    running: () => running,
    hash: (n: number) => () => {
      started.push(n)
      running++
      most = Math.max(most, running)
      return new Promise<number>((resolve, reject) => {
        ends[n] = error => {
          running--
          if (error) reject(error)
          else resolve(n)
        }
      })
    }
  }
}

/** Lets everything run that can run now. */
const settle = () => new Promise(resolve => setImmediate(resolve))

t.test('runs at most the configured number of hashes at once, in order of arrival', async t => {
  const queue = createHashQueue({ concurrency: 2, length: 10, maxWaitMs: 10_000 })
  const { hash, ends, started, most } = createHashes()
  const results = Promise.all([0, 1, 2, 3, 4].map(n => queue.run(hash(n))))
  await settle()
  t.strictSame(started, [0, 1])
  ends[1]?.()
  await settle()
  t.strictSame(started, [0, 1, 2])
  ends[0]?.()
  ends[2]?.()
  await settle()
  t.strictSame(started, [0, 1, 2, 3, 4])
  ends[3]?.()
  ends[4]?.()
  t.strictSame(await results, [0, 1, 2, 3, 4])
  t.equal(most(), 2)
})

t.test('refuses at once past its length, with 503 and Retry-After, and runs nothing', async t => {
  const queue = createHashQueue({ concurrency: 1, length: 2, maxWaitMs: 10_000 })
  const { hash, ends, started } = createHashes()
  const accepted = [0, 1, 2].map(n => queue.run(hash(n)))
  await t.rejects(queue.run(hash(3)), {
    name: 'OAuthError',
    code: 'temporarily_unavailable',
    status: 503,
    headers: { 'Retry-After': '1' },
    message: 'Too many logins at once. Try again in a moment.'
  })
  for (const n of [0, 1, 2]) {
    await settle()
    ends[n]?.()
  }
  t.strictSame(await Promise.all(accepted), [0, 1, 2])
  t.strictSame(started, [0, 1, 2])
})

t.test('without places to wait, serves requests that can run at once', async t => {
  const queue = createHashQueue({ concurrency: 1, length: 0, maxWaitMs: 10_000 })
  const { hash, ends } = createHashes()
  const first = queue.run(hash(0))
  await t.rejects(queue.run(hash(1)), { name: 'OAuthError', status: 503 })
  ends[0]?.()
  await first
  const next = queue.run(hash(2))
  await settle()
  ends[2]?.()
  t.equal(await next, 2)
})

t.test('a failed hash gives its place to the next (nothing leaks)', async t => {
  const queue = createHashQueue({ concurrency: 1, length: 1, maxWaitMs: 10_000 })
  const { hash, ends, running } = createHashes()
  const [fails, waits] = [queue.run(hash(0)), queue.run(hash(1))]
  await settle()
  ends[0]?.(new Error('bcrypt is ill'))
  await t.rejects(fails, { message: 'bcrypt is ill' })
  await settle()
  ends[1]?.()
  t.equal(await waits, 1)
  t.equal(running(), 0)
  await t.rejects(
    queue.run(() => Promise.reject(new Error('alone'))),
    { message: 'alone' }
  )
  const last = queue.run(hash(2))
  await settle()
  ends[2]?.()
  t.equal(await last, 2)
})

t.test('a thousand hashes pass two at a time', async t => {
  const queue = createHashQueue({ concurrency: 2, length: 1000, maxWaitMs: 10_000 })
  let [running, most] = [0, 0]
  const run = (_: unknown, n: number) =>
    queue.run(
      async () => {
        most = Math.max(most, ++running)
        await settle()
        running--
      },
      { isKnown: n % 3 === 0 }
    )
  await Promise.all(Array.from({ length: 1000 }, run))
  t.equal(most, 2)
  t.equal(running, 0)
})

/** A queue that runs one hash at a time, and its reports. */
function createHeard(limits: { length?: number; maxWaitMs?: number } = {}) {
  const [waits, sheds] = [[] as number[], [] as string[]]
  const queue = createHashQueue({
    concurrency: 1,
    length: 10,
    maxWaitMs: 10_000,
    ...limits,
    onWait: seconds => waits.push(seconds),
    onShed: reason => sheds.push(reason)
  })
  return { queue, waits, sheds }
}

t.test('refuses with 503 and does not hash when no turn comes in time', async t => {
  const { queue, waits, sheds } = createHeard({ maxWaitMs: 1 })
  const { hash, ends, started } = createHashes()
  const first = queue.run(hash(0))
  await t.rejects(queue.run(hash(1)), {
    name: 'OAuthError',
    code: 'temporarily_unavailable',
    status: 503,
    headers: { 'Retry-After': '1' },
    message: 'Too many logins at once. Try again in a moment.'
  })
  t.match(queue.state(), { running: 1, waiting: 0 })
  ends[0]?.()
  await first
  t.match(queue.state(), { running: 0, waiting: 0 })
  t.strictSame([started, waits, sheds], [[0], [0], ['timeout']])
})

t.test('nothing is hashed for clients that disconnect before or during the wait', async t => {
  const { queue, waits, sheds } = createHeard()
  const { hash, ends, started } = createHashes()
  const gone = {
    name: 'OAuthError',
    code: 'temporarily_unavailable',
    status: 503,
    message: 'The client disconnected.'
  }
  await t.rejects(queue.run(hash(9), { signal: AbortSignal.abort() }), gone)
  const leaving = new AbortController()
  const staying = new AbortController()
  const [first, second, third] = [
    queue.run(hash(0), { signal: staying.signal }),
    queue.run(hash(1), { signal: leaving.signal }),
    queue.run(hash(2), { signal: staying.signal })
  ]
  t.match(queue.state(), { running: 1, waiting: 2 })
  leaving.abort()
  await t.rejects(second, gone)
  t.match(queue.state(), { running: 1, waiting: 1 })
  ends[0]?.()
  t.equal(await first, 0)
  await settle()
  staying.abort()
  ends[2]?.()
  t.equal(await third, 2, 'a started hash is finished')
  t.strictSame(started, [0, 2])
  t.strictSame(sheds, ['disconnected', 'disconnected'])
  t.equal(waits.length, 2)
  t.ok((waits[1] ?? -1) >= 0)
})

t.test('reports the reason when it refuses because it is full (plugins/metrics)', async t => {
  const { queue, sheds } = createHeard({ length: 0 })
  const { hash, ends } = createHashes()
  const first = queue.run(hash(0))
  await t.rejects(queue.run(hash(1)), { name: 'OAuthError', status: 503 })
  ends[0]?.()
  await first
  t.strictSame(sheds, ['full'])
})

t.test('reports before any work whether there is room', async t => {
  const sheds: string[] = []
  const onShed = (reason: string) => void sheds.push(reason)
  const queue = createHashQueue({ concurrency: 1, length: 1, maxWaitMs: 5000, onShed })
  const { hash, ends } = createHashes()
  await queue.assertRoom()
  const first = queue.run(hash(0))
  await queue.assertRoom()
  const second = queue.run(hash(1))
  await t.rejects(queue.assertRoom(), { name: 'OAuthError', status: 503 })
  t.strictSame(sheds, ['full'])
  ends[0]?.()
  await first
  await settle()
  await queue.assertRoom()
  ends[1]?.()
  t.equal(await second, 1)
})

t.test('a refusal takes a moment, so that an immediate retry gains nothing', async t => {
  const queue = createHashQueue({ concurrency: 1, length: 0, maxWaitMs: 5000, refusalDelayMs: 30 })
  const { hash, ends } = createHashes()
  const first = queue.run(hash(0))
  const begun = performance.now()
  await t.rejects(queue.assertRoom(), { name: 'OAuthError', status: 503 })
  t.ok(performance.now() - begun >= 29)
  ends[0]?.()
  await first
})
