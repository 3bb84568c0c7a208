import t from 'tap'
import { createHashQueue } from '../../../src/auth/hashing/hash-queue.ts'
import { noPreparation } from '../../../src/auth/hashing/hash-turn.ts'

const busy = {
  name: 'OAuthError',
  code: 'temporarily_unavailable',
  status: 503,
  headers: { 'Retry-After': '1' },
  message: 'Too many logins at once. Try again in a moment.'
}

/** Lets everything run that can run now. */
const settle = () => new Promise(resolve => setImmediate(resolve))

/** A queue and its reports, and hashes that end when the test says so. */
function createHeard(limits: Partial<Parameters<typeof createHashQueue>[0]> = {}) {
  const [waits, sheds] = [[] as number[], [] as string[]]
  const queue = createHashQueue({
    ...{ concurrency: 1, length: 10, maxWaitMs: 10_000, ...limits },
    onWait: seconds => waits.push(seconds),
    onShed: reason => sheds.push(reason)
  })
  const ends: ((error?: Error) => void)[] = []
  const started: number[] = []
  return {
    queue,
    waits,
    sheds,
    started,
    /** Ends hash `n`, and lets the next begin. */
    async end(n: number, error?: Error) {
      await settle()
      ends[n]?.(error)
      await settle()
    },
    run: (n: number, asks: { signal?: AbortSignal } = {}) =>
      queue.run(() => {
        started.push(n)
        return new Promise<number>((resolve, reject) => {
          ends[n] = error => (error ? reject(error) : resolve(n))
        })
      }, asks)
  }
}

t.test('A queue runs at most the configured number of hashes at once, in order of arrival', async t => {
  const { run, end, started } = createHeard({ concurrency: 2 })
  const results = Promise.all([0, 1, 2, 3, 4].map(n => run(n)))
  await settle()
  t.strictSame(started, [0, 1])
  await end(1)
  t.strictSame(started, [0, 1, 2])
  await end(0)
  t.strictSame(started, [0, 1, 2, 3])
  await end(2)
  t.strictSame(started, [0, 1, 2, 3, 4])
  await end(3)
  await end(4)
  t.strictSame(await results, [0, 1, 2, 3, 4])
})

t.test('A queue refuses at once past its length, with 503 and Retry-After, and runs nothing', async t => {
  for (const length of [1, 0]) {
    const { queue, run, end, started, sheds } = createHeard({ length })
    const numbers = [...Array(length + 1).keys()]
    await queue.assertRoom()
    const accepted = numbers.map(n => run(n))
    await t.rejects(run(9), busy)
    await t.rejects(queue.assertRoom(), busy, 'which can be asked before any work')
    t.strictSame(sheds, ['full', 'full'])
    for (const n of numbers) await end(n)
    t.strictSame(await Promise.all(accepted), numbers)
    await queue.assertRoom()
    const next = run(10)
    await end(10)
    t.equal(await next, 10)
    t.strictSame(started, [...numbers, 10])
  }
})

t.test('A failed hash gives its place to the next (nothing leaks)', async t => {
  const { queue, run, end } = createHeard({ length: 1 })
  const [fails, waits] = [run(0), run(1)]
  const failed = t.rejects(fails, { message: 'bcrypt is ill' })
  await end(0, new Error('bcrypt is ill'))
  await failed
  await end(1)
  t.equal(await waits, 1)
  const alone = t.rejects(run(2), { message: 'alone' })
  await end(2, new Error('alone'))
  await alone
  t.match(queue.state(), { running: 0, waiting: 0 })
})

t.test('A queue refuses with 503 and does not hash when no turn comes in time', async t => {
  const { queue, run, end, waits, sheds, started } = createHeard({ maxWaitMs: 1 })
  const first = run(0)
  await t.rejects(run(1), busy)
  t.match(queue.state(), { running: 1, waiting: 0 })
  await end(0)
  await first
  t.match(queue.state(), { running: 0, waiting: 0 })
  t.strictSame([started, waits, sheds], [[0], [0], ['timeout']])
})

t.test('Nothing is hashed for clients that disconnect before or during the wait', async t => {
  const { queue, run, end, waits, sheds, started } = createHeard()
  const gone = { ...busy, headers: Object, message: 'The client disconnected.' }
  await t.rejects(run(9, { signal: AbortSignal.abort() }), gone)
  const [leaving, staying] = [new AbortController(), new AbortController()]
  const first = run(0, { signal: staying.signal })
  const second = run(1, { signal: leaving.signal })
  const third = run(2, { signal: staying.signal })
  t.match(queue.state(), { running: 1, waiting: 2 })
  leaving.abort()
  await t.rejects(second, gone)
  t.match(queue.state(), { running: 1, waiting: 1 })
  await end(0)
  t.equal(await first, 0)
  staying.abort()
  await end(2)
  t.equal(await third, 2, 'a started hash is finished')
  t.strictSame(started, [0, 2])
  t.strictSame(sheds, ['disconnected', 'disconnected'])
  t.equal(waits.length, 2)
  t.ok((waits[1] ?? -1) >= 0)
})

t.test('A refusal takes a moment, so that an immediate retry gains nothing', async t => {
  const { queue } = createHeard({ length: 0, refusalDelayMs: 30 })
  const turn = await queue.takeTurn({}, noPreparation)
  const begun = performance.now()
  const tookAMoment = async (refused: Promise<unknown>) => {
    await t.rejects(refused, busy)
    t.ok(performance.now() - begun >= 29)
  }
  await Promise.all([tookAMoment(queue.assertRoom()), tookAMoment(queue.takeTurn({}, noPreparation))])
  turn.end()
})
