import t from 'tap'
import { inRounds } from '../../bench/rounds.ts'

t.test(
  'every round measures every subject in turn, each starts with another one, and the first is dropped',
  async t => {
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
      ...['-1 peer', '-1 bare', '-1 own'],
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
  }
)

t.test('a single round is not dropped', async t => {
  t.strictSame(await inRounds(['own'], 1, async (_, round) => round), { own: [0] })
})

t.test('a failed measurement ends all rounds', async t => {
  const measure = async (name: string) => {
    if (name === 'peer') throw new Error('answered 500')
  }
  await t.rejects(inRounds(['own', 'peer'], 2, measure), { message: 'answered 500' })
})
