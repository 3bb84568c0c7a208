import t from 'tap'
import { reaches } from '../../bench/figures/figure.ts'
import { ceiling, keyOf, kinds, lines, points, type Rounds } from '../../bench/figures/scale-lines.ts'
import { nameOf, reference, remotePair, type Setup, setups } from '../../bench/figures/scale-plan.ts'

const measured = (perSecond: number, p99 = 20) => ({ perSecond, latency: { p50: 10, p99 }, halfLoadP99: p99 })

/** Two rounds: the second is twice as fast, as if the machine had been disturbed in the first. */
function twoRounds({ pair = 80, pairP99 = 100 } = {}): Rounds {
  const rounds: Rounds = { [ceiling]: [measured(400), measured(800)] }
  for (const kind of kinds) {
    rounds[keyOf(kind, nameOf(reference))] = [measured(100), measured(200)]
    rounds[keyOf(kind, nameOf(remotePair))] = [measured(pair, pairP99), measured(pair * 2, pairP99)]
    rounds[keyOf(kind, 'straight')] = [measured(120), measured(240)]
    rounds[keyOf(kind, 'against')] = [measured(30), measured(60)]
  }
  return rounds
}

const lineOf = (key: string, rounds: Rounds) => {
  const found = lines(rounds, 'abc').find(line => line.key === key)
  if (!found) throw new Error(`There is no ${key}`)
  return found
}

t.test('ratios compare what was measured in one round', async t => {
  t.strictSame(lineOf('refresh-pair', twoRounds()).values, [0.8, 0.8])
  t.strictSame(lineOf('refresh-against', twoRounds()).values, [4, 4])
  t.strictSame(lineOf('ceiling-ratio', twoRounds()).values, [0.3, 0.3])
})

t.test('two nodes at 2 ms have to do 0.7 of one node at 0 ms, with a p99 up to 150 ms', async t => {
  for (const kind of kinds) {
    t.ok(reaches(lineOf(`${kind}-pair`, twoRounds({ pair: 70 })), 'must'))
    t.notOk(reaches(lineOf(`${kind}-pair`, twoRounds({ pair: 69 })), 'must'))
    t.ok(reaches(lineOf(`${kind}-pair-p99`, twoRounds({ pairP99: 150 })), 'must'))
    t.notOk(reaches(lineOf(`${kind}-pair-p99`, twoRounds({ pairP99: 151 })), 'must'))
  }
})

t.test('logins at half load have to have a p99 up to 300 ms', async t => {
  t.ok(reaches(lineOf('login-pair-half', twoRounds({ pairP99: 300 })), 'must'))
  t.notOk(reaches(lineOf('login-pair-half', twoRounds({ pairP99: 301 })), 'must'))
})

t.test('without another commit there is no line about one', async t => {
  t.notOk(lines(twoRounds(), undefined).some(({ key }) => key.includes('against')))
})

t.test('a setup that failed in a round is no point', async t => {
  const rounds = twoRounds()
  const planned = setups('direct', false)
  const names = (found: Setup[]) => found.map(nameOf)
  t.strictSame(names(points(rounds, 'refresh', planned)), names(planned))
  rounds[keyOf('refresh', nameOf(remotePair))]?.pop()
  t.strictSame(names(points(rounds, 'refresh', planned)), [nameOf(reference)])
  const [point] = points(rounds, 'login', [remotePair])
  t.match(point, { nodes: 2, addedMs: 2, ratio: { median: 0.8, min: 0.8, max: 0.8 }, p50: 10, p99: 100 })
})
