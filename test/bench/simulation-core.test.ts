import t from 'tap'
import { arrivals } from '../../bench/simulate/core/arrivals.ts'
import { createBatch } from '../../bench/simulate/core/batch.ts'
import { createBoundedLine, type Refusal } from '../../bench/simulate/core/bounded-line.ts'
import { createClock } from '../../bench/simulate/core/clock.ts'
import { createGroupCommit } from '../../bench/simulate/core/group-commit.ts'
import { createRandom } from '../../bench/simulate/core/random.ts'
import { createServers } from '../../bench/simulate/core/servers.ts'

/** The mean wait of `customers` that need a server for a second on average, and their number. */
function meanWait({
  servers,
  load,
  customers,
  seed
}: {
  servers: number
  load: number
  customers: number
  seed: number
}) {
  const clock = createClock()
  const random = createRandom(seed)
  const line = createServers(clock, servers)
  const perSecond = load * servers
  let [waited, served] = [0, 0]
  arrivals({ clock, random }, perSecond, customers / perSecond, () => {
    const arrived = clock.now()
    line.acquire(() => {
      waited += clock.now() - arrived
      served++
      clock.after(random.exponential(1), line.release)
    })
  })
  clock.runUntil(customers)
  return waited / served
}

/** Erlang's formula for the mean wait in M/M/c, where a customer needs a second on average. */
function erlangWait(servers: number, load: number) {
  const offered = servers * load
  let term = 1
  let sum = 0
  for (let k = 0; k < servers; k++) {
    sum += term
    term *= offered / (k + 1)
  }
  const busy = term / (1 - load)
  return busy / (sum + busy) / (servers * (1 - load))
}

t.test('the formula gives the known values of M/M/1 and M/M/2', async t => {
  t.ok(Math.abs(erlangWait(1, 0.5) - 1) < 1e-12)
  t.ok(Math.abs(erlangWait(2, 0.5) - 1 / 3) < 1e-12)
})

for (const { servers, load, tolerance } of [
  { servers: 1, load: 0.5, tolerance: 0.02 },
  { servers: 1, load: 0.9, tolerance: 0.05 },
  { servers: 2, load: 0.8, tolerance: 0.03 },
  { servers: 7, load: 0.85, tolerance: 0.04 },
  { servers: 32, load: 0.85, tolerance: 0.04 }
])
  t.test(`the wait for ${servers} servers at load ${load} is that of Erlang's formula`, async t => {
    const waits = Array.from({ length: 4 }, (_, seed) => meanWait({ servers, load, customers: 200_000, seed }))
    const ratio = waits.reduce((sum, wait) => sum + wait) / waits.length / erlangWait(servers, load)
    t.ok(Math.abs(ratio - 1) < tolerance, `${ratio}`)
  })

t.test('the same seed gives the same result, and another seed another', async t => {
  const run = (seed: number) => meanWait({ servers: 3, load: 0.8, customers: 5000, seed })
  t.equal(run(7), run(7))
  t.not(run(7), run(8))
})

t.test('random numbers have the mean that they promise', async t => {
  const random = createRandom(1)
  const mean = (draw: () => number) => Array.from({ length: 200_000 }, draw).reduce((sum, one) => sum + one) / 200_000
  t.ok(Math.abs(mean(random.uniform) - 0.5) < 0.005)
  t.ok(Math.abs(mean(() => random.exponential(3)) - 3) < 0.03)
  t.ok(Math.abs(mean(() => random.between(2, 4)) - 3) < 0.01)
  t.ok(Math.abs(mean(() => Number(random.chance(0.3))) - 0.3) < 0.005)
})

t.test('events of one time run in the order in which they were added', async t => {
  const clock = createClock()
  const ran: string[] = []
  clock.after(2, () => ran.push('c'))
  clock.after(1, () => {
    ran.push('a')
    clock.after(0, () => ran.push('b'))
  })
  clock.after(2, () => ran.push('d'))
  clock.runUntil(1)
  t.strictSame(ran, ['a', 'b'])
  clock.runUntil(5)
  t.strictSame([ran, clock.now()], [['a', 'b', 'c', 'd'], 5])
  t.throws(() => clock.after(-1, () => {}), /cannot be/)
  t.throws(() => clock.after(Number.NaN, () => {}), /cannot be/)
})

t.test('servers count the seconds in which they are in use', async t => {
  const clock = createClock()
  const cores = createServers(clock, 2)
  const ended: number[] = []
  for (const seconds of [1, 2, 3]) cores.use(seconds, () => ended.push(clock.now()))
  t.equal(cores.waiting(), 1)
  clock.runUntil(10)
  t.strictSame(ended, [1, 2, 4])
  t.equal(cores.busySeconds(), 6)
})

t.test('the line of hashes is bounded by its length and by the longest wait, as the hash queue is', async t => {
  const clock = createClock()
  const line = createBoundedLine(clock, { concurrency: 1, length: 2, maxWaitSeconds: 5 })
  const left: [number, 'turn' | Refusal][] = []
  for (let n = 0; n < 4; n++) {
    const hash = () => {
      clock.after(4, () => {
        left.push([clock.now(), 'turn'])
        line.endTurn()
      })
    }
    line.enter(hash, reason => left.push([clock.now(), reason]))
  }
  t.ok(line.isFull())
  clock.runUntil(20)
  t.strictSame(left, [
    [0, 'full'],
    [4, 'turn'],
    [5, 'timeout'],
    [8, 'turn']
  ])
  t.notOk(line.isFull())
})

t.test(
  'every caller of a bounded line leaves it once: arrivals are turns, refusals and those still inside',
  async t => {
    const clock = createClock()
    const random = createRandom(5)
    const line = createBoundedLine(clock, { concurrency: 4, length: 8, maxWaitSeconds: 0.4 })
    const count = { arrived: 0, turn: 0, full: 0, timeout: 0 }
    arrivals({ clock, random }, 25, 1000, () => {
      count.arrived++
      const hash = () => {
        clock.after(random.between(0.19, 0.21), () => {
          count.turn++
          line.endTurn()
        })
      }
      line.enter(hash, reason => count[reason]++)
    })
    clock.runUntil(1000)
    const inside = count.arrived - count.turn - count.full - count.timeout
    t.ok(inside >= 0 && inside <= 12, `${inside}`)
    clock.runUntil(1010)
    t.equal(count.turn + count.full + count.timeout, count.arrived)
    t.ok(count.turn > 19_500 && count.turn <= 20_000 + 20, 'at load 1.25, the cores are always in use')
  }
)

t.test('commits that arrive during a flush share the next one', async t => {
  const clock = createClock()
  const log = createGroupCommit(clock, 1, 100)
  const ended: number[] = []
  for (const at of [0, 0.2, 0.9, 5]) clock.after(at, () => log.commit(100, () => ended.push(clock.now())))
  clock.runUntil(20)
  t.strictSame(ended, [2, 5, 5, 7], 'a flush of one takes 1 + 1 s, and a flush of two 1 + 2 s')
  t.strictSame(log.total(), { flushes: 3, bytes: 400, commits: 4 })
})

t.test('a batch has the callers of one turn, and all of them get their answer', async t => {
  const clock = createClock()
  const sizes: number[] = []
  const read = createBatch(
    end => clock.after(1, end),
    (count, done) => {
      sizes.push(count)
      clock.after(1, done)
    }
  )
  const answered: number[] = []
  for (const at of [0, 0.5, 1.5]) clock.after(at, () => read(() => answered.push(clock.now())))
  clock.runUntil(10)
  t.strictSame(
    [sizes, answered],
    [
      [2, 1],
      [2, 2, 3.5]
    ]
  )
})
