import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createClock } from '../../bench/simulate/core/clock.ts'
import { createRandom } from '../../bench/simulate/core/random.ts'
import { assumed } from '../../bench/simulate/model/assumptions.ts'
import { dayCurve, peakRates, type Rates } from '../../bench/simulate/model/demand.ts'
import { hashSeconds } from '../../bench/simulate/model/service-times.ts'
import { hashLoad, type Size, sizeFor } from '../../bench/simulate/model/size.ts'
import { createSystem } from '../../bench/simulate/model/system.ts'
import { charts } from '../../bench/simulate/page/charts.ts'
import { parts } from '../../bench/simulate/page/parts.ts'
import { replaceParts } from '../../bench/simulate/page/replace.ts'
import { simulate } from '../../bench/simulate/results.ts'
import { simulateHerd } from '../../bench/simulate/scenarios/herd.ts'
import { simulateWindow } from '../../bench/simulate/scenarios/window.ts'

const size: Size = { accounts: 1_000_000, nodes: 2, hashCores: 2, databaseCores: 2 }
const capacity = (size.nodes * size.hashCores) / hashSeconds
const logins = (perSecond: number): Rates => ({ logins: perSecond, failures: 0, refreshes: 50, reads: 50 })

t.test('the same seed gives the same window, and another seed another', async t => {
  const run = (seed: number) => simulateWindow({ size, rates: logins(capacity / 2), seconds: 20, seed })
  t.strictSame(run(1), run(1))
  t.not(run(1).login.p95, run(2).login.p95)
})

t.test('a login takes a hash and little more when no login waits', async t => {
  const { login, refresh, shed } = simulateWindow({ size, rates: logins(1), seconds: 200 })
  t.ok(login.p50 > hashSeconds && login.p50 < hashSeconds + 0.02, `${login.p50}`)
  t.ok(refresh.p99 < 0.02, `${refresh.p99}`)
  t.equal(shed, 0)
})

t.test('above the capacity, the cores are always in use, the queue sheds, and refreshes do not notice', async t => {
  const { use, shed, login, refresh } = simulateWindow({ size, rates: logins(capacity * 1.2), seconds: 60, warmUp: 30 })
  t.ok(use.hash > 0.97, `${use.hash}`)
  t.ok(shed > 0.1, `${shed}`)
  t.ok(login.p99 < 5 + 2 * hashSeconds, 'no login waits longer than HASH_MAX_WAIT')
  t.ok(refresh.p99 < 0.02, `${refresh.p99}`)
})

t.test('every request ends once: arrivals are ends and requests inside, and none is inside after a while', async t => {
  const world = { clock: createClock(), random: createRandom(3) }
  const system = createSystem(world, size)
  const ends: Record<string, number> = {}
  const ended = (how: string) => {
    ends[how] = (ends[how] ?? 0) + 1
  }
  for (let n = 0; n < 900; n++) {
    world.clock.after(n / 100, () => {
      system.logIn(n % 3 > 0, ended)
      system.refresh(() => ended('refreshed'))
      system.read(() => ended('read'))
    })
  }
  world.clock.runUntil(4)
  const { arrived, ended: left } = system.inside()
  t.ok(left < arrived && arrived - left < 300, `${arrived - left} are inside`)
  world.clock.runUntil(100)
  t.strictSame(system.inside(), { arrived: 2700, ended: 2700 })
  const { refreshed, read, ...others } = ends
  t.strictSame([refreshed, read], [900, 900])
  t.equal(
    Object.values(others).reduce((sum, one) => sum + one),
    900
  )
  for (const how of ['done', 'wrong', 'full']) t.ok(others[how], `some logins end ${how}`)
})

t.test('refreshes of one turn share a transaction', async t => {
  const world = { clock: createClock(), random: createRandom(1) }
  const system = createSystem(world, { ...size, nodes: 1 })
  for (let n = 0; n < 8; n++) system.refresh(() => {})
  world.clock.runUntil(1)
  t.strictSame(system.inside(), { arrived: 8, ended: 8 })
  t.equal(system.totals().log.commits, 1)
})

t.test('a deployment uses its hash cores at most as assumed, and has two nodes at least', async t => {
  for (const accounts of [1000, 1e6, 1e7, 1e8]) {
    const { nodes, hashCores } = sizeFor(accounts)
    t.ok(nodes >= 2)
    t.ok(hashLoad(peakRates(accounts)) / (nodes * hashCores) <= assumed('hashUse') + 1e-9)
  }
})

t.test('the curve of a day has the assumed peak, and the mean 1', async t => {
  const hours = Array.from({ length: 24 }, (_, hour) => dayCurve(hour))
  t.ok(Math.abs(hours.reduce((sum, one) => sum + one) / 24 - 1) < 1e-9)
  t.equal(Math.max(...hours), assumed('peakToMean'))
})

t.test('a herd is back when the cores that the usual logins leave free have served it', async t => {
  const clients = 1500
  const rates = { logins: capacity / 4, failures: 0, refreshes: 0, reads: 0 }
  const { times } = simulateHerd({ size, clients, rates, patience: 'constant', seconds: 600 })
  const onPaper = clients / (capacity * 0.75)
  t.ok(Math.abs((times[100] as number) / onPaper - 1) < 0.1, `${times[100]} and ${onPaper}`)
  t.strictSame(
    times,
    times.toSorted((a, b) => a - b)
  )
})

t.test('replaces the parts of a page, and refuses a page that lacks one or has one too many', async t => {
  const page = 'a\n<!-- one -->\nold\n<!-- /one -->\nb\n'
  t.equal(replaceParts(page, { one: 'new' }), 'a\n<!-- one -->\n\nnew\n\n<!-- /one -->\nb\n')
  t.throws(() => replaceParts(page, { one: 'new', two: 'x' }), /lacks the marks <!-- two -->/)
  t.throws(() => replaceParts(page, {}), /one, which is not a part/)
})

t.test('every figure has its place in the page, and every chart is in it', async t => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/scaling.md'), 'utf8')
  const results = simulate(() => {}, 0.02)
  const filled = replaceParts(page, parts(results))
  t.notMatch(filled, /NaN|undefined|Infinity/)
  for (const [name, { panels }] of Object.entries(charts(results))) {
    t.ok(page.includes(`](${name})`), name)
    for (const { points } of panels.flatMap(({ series }) => series)) t.ok(points.length > 0, name)
  }
})
