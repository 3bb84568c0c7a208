import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { createHashQueue } from '../../../src/auth/hashing/hash-queue.ts'
import type { TurnRequest } from '../../../src/auth/hashing/hash-turn.ts'
import { movableTime, movableTimers } from '../../support/clocks.ts'

/** Lets everything run that can run now. */
const settle = () => setImmediate()

/** A queue, and what its callers prepared, undid, hashed and were refused, in order. */
function createPrepared(limits: { concurrency?: number; maxWaitMs?: number } = {}) {
  const queue = createHashQueue({ concurrency: 1, length: 32, maxWaitMs: 10_000, ...limits })
  const log: string[] = []
  const prepared = new Map<string, { done: () => void; fail: (error: Error) => void }>()
  const ends: (() => void)[] = []

  return {
    queue,
    log,
    /** The lines that were logged since the last call. */
    news: async () => {
      await settle()
      return log.splice(0)
    },
    ask(name: string, request: TurnRequest = {}) {
      const turn = queue.takeTurn(
        { account: name, ...request },
        {
          prepare() {
            log.push(`prepare ${name}`)
            return new Promise<string>((done, fail) => prepared.set(name, { done: () => done(name), fail }))
          },
          undo: async result => void log.push(`undo ${result}`)
        }
      )
      turn.then(
        turn => {
          log.push(`hash ${turn.prepared}`)
          ends.push(turn.end)
        },
        error => log.push(`${error.message} ${name}`)
      )
    },
    done: (name: string) => prepared.get(name)?.done(),
    fail: (name: string, error: Error) => prepared.get(name)?.fail(error),
    end: () => ends.shift()?.()
  }
}

t.test('As many callers as hash at once are prepared meanwhile, and each hashes when it is prepared', async t => {
  const { ask, done, end, news } = createPrepared({ concurrency: 2 })
  for (const name of ['a', 'b', 'c', 'd', 'e']) ask(name)
  t.strictSame(await news(), ['prepare a', 'prepare b', 'prepare c', 'prepare d'])
  for (const name of ['a', 'b', 'c']) done(name)
  t.strictSame(await news(), ['hash a', 'hash b'])
  end()
  t.strictSame(await news(), ['prepare e', 'hash c'])
  end()
  t.strictSame(await news(), [], 'd has the turn, and is not prepared yet')
  done('d')
  t.strictSame(await news(), ['hash d'])
})

t.test('A preparation that fails takes the place in the queue, or the turn, and no other', async t => {
  const { queue, ask, done, fail, end, news } = createPrepared()
  ask('a')
  ask('b')
  ask('c')
  done('a')
  t.strictSame(await news(), ['prepare a', 'prepare b', 'hash a'])
  fail('b', new Error('429'))
  t.strictSame(await news(), ['429 b'])
  t.match(queue.state(), { running: 1, waiting: 1 })
  end()
  t.strictSame(await news(), ['prepare c'])
  fail('c', new Error('503'))
  t.strictSame(await news(), ['503 c'])
  t.match(queue.state(), { running: 0, waiting: 0 })
  ask('d')
  done('d')
  t.strictSame(await news(), ['prepare d', 'hash d'], 'the turn is free')
})

t.test('The preparation of a caller that leaves before its turn is undone once it has ended', async t => {
  const { queue, ask, done, fail, end, news } = createPrepared()
  const leaving = new AbortController()
  ask('a')
  ask('b', { signal: leaving.signal })
  done('a')
  await news()
  leaving.abort()
  t.strictSame(await news(), ['The client disconnected. b'])
  done('b')
  t.strictSame(await news(), ['undo b'])
  t.match(queue.state(), { running: 1, waiting: 0 })
  end()

  const patient = createPrepared({ maxWaitMs: 5 })
  patient.ask('a')
  patient.ask('b')
  patient.done('a')
  patient.done('b')
  while (patient.log.length < 5) await settle()
  const lines = ['prepare a', 'prepare b', 'hash a', 'undo b', 'Too many logins at once. Try again in a moment. b']
  t.strictSame(patient.log.sort(), lines.sort())

  const failing = new AbortController()
  ask('c')
  await news()
  done('c')
  ask('d', { signal: failing.signal })
  await news()
  failing.abort()
  await news()
  fail('d', new Error('503'))
  t.strictSame(await news(), [], 'nothing was prepared, so nothing is undone')
})

t.test('For each hash that ends, at most two clients that disconnect are prepared', async t => {
  const { ask, done, end, news } = createPrepared({ concurrency: 8 })
  for (let n = 0; n < 8; n++) {
    ask(`a${n}`)
    await news()
    done(`a${n}`)
  }
  await news()
  /** How many of twenty clients that disconnect are prepared. */
  async function preparedOfLeavers() {
    for (let n = 0; n < 20; n++) {
      const leaving = new AbortController()
      ask(`leaves ${n}`, { signal: leaving.signal })
      leaving.abort()
    }
    return (await news()).filter(line => line.startsWith('prepare')).length
  }
  t.equal(await preparedOfLeavers(), 8)
  t.equal(await preparedOfLeavers(), 0)
  for (let n = 0; n < 3; n++) {
    end()
    ask(`b${n}`)
    await news()
    done(`b${n}`)
    await news()
    t.equal(await preparedOfLeavers(), 2)
  }
})

t.test('One caller of each account is prepared first', async t => {
  for (const isLate of [true, false]) {
    const { ask, done, end, news } = createPrepared({ concurrency: 2 })
    for (const name of ['x', 'y']) ask(name)
    if (isLate) await news()
    for (const name of ['a1', 'a2', 'a3']) ask(name, { account: 'alice' })
    ask('b1')
    if (isLate) {
      t.strictSame(await news(), ['prepare a1', 'prepare a2'], 'others have not come yet')
      continue
    }
    done('x')
    done('y')
    await news()
    end()
    t.strictSame((await news()).slice(0, 1), ['prepare b1'])
  }
})

t.test('Callers that wait get the turns that others, who leave, keep no longer', async t => {
  const { ask, done, end, news } = createPrepared({ concurrency: 8 })
  for (let n = 0; n < 8; n++) ask(`other ${n}`)
  await news()
  for (let n = 0; n < 8; n++) done(`other ${n}`)
  await news()
  const leaving = new AbortController()
  for (let n = 0; n < 8; n++) ask(`alice ${n}`, { account: 'alice', signal: leaving.signal })
  ask('ninth', { account: 'alice' })
  t.equal((await news()).length, 8)
  leaving.abort()
  for (let n = 0; n < 8; n++) end()
  t.notOk((await news()).includes('prepare ninth'), 'as many of the account may still be counted')
  for (let n = 0; n < 8; n++) done(`alice ${n}`)
  t.ok((await news()).includes('prepare ninth'))
})

t.test('An attempt counts until it is given back, which takes as long as the preparation did', async t => {
  const [ahead, pass] = [movableTime(t), movableTimers(t)]
  const { ask, done, end, news } = createPrepared({ concurrency: 9 })
  for (let n = 0; n < 7; n++) ask('alice')
  await news()
  const begun = performance.now()
  ask('alice')
  t.strictSame(await news(), ['prepare alice'])
  ask('alice')
  t.strictSame(await news(), [], 'the ninth waits, although a turn is free')
  ahead(1000)
  done('alice')
  t.strictSame(await news(), ['hash alice'])
  const most = performance.now() - begun
  end()
  pass(1000)
  t.strictSame(await news(), [])
  pass(most - 1000)
  t.strictSame(await news(), ['prepare alice'])
})
