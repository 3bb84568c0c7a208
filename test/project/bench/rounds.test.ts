import t from 'tap'
import { inRounds, inWarmRounds, secondsIn } from '../../../bench/rounds.ts'

t.test('Every round measures every subject in turn, and each starts with another one', async t => {
  const order: string[] = []
  let busy = 0
  const measured = await inRounds(['bare', 'own', 'peer'], 4, async (name, round) => {
    t.equal(++busy, 1, 'no other measurement runs')
    await new Promise(setImmediate)
    busy--
    order.push(`${round} ${name}`)
    return `${name} in ${round}`
  })
  t.strictSame(order, [
    ...['0 bare', '0 own', '0 peer'],
    ...['1 own', '1 peer', '1 bare'],
    ...['2 peer', '2 bare', '2 own'],
    ...['3 bare', '3 own', '3 peer']
  ])
  t.strictSame(measured, {
    bare: ['bare in 0', 'bare in 1', 'bare in 2', 'bare in 3'],
    own: ['own in 0', 'own in 1', 'own in 2', 'own in 3'],
    peer: ['peer in 0', 'peer in 1', 'peer in 2', 'peer in 3']
  })
})

t.test('Warm rounds follow one that is dropped, unless there is only one', async t => {
  const rounds: number[] = []
  const measure = async (_: string, round: number) => {
    rounds.push(round)
    return round
  }
  t.strictSame(await inWarmRounds(['own'], 2, measure), { own: [0, 1] })
  t.strictSame(await inWarmRounds(['own'], 1, measure), { own: [0] })
  t.strictSame(rounds, [-1, 0, 1, 0])
  t.strictSame(
    [-1, 0, 1].map(round => secondsIn(round, 2)),
    [4, 2, 2],
    'the one that is dropped is longer'
  )
})
