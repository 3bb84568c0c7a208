import t from 'tap'
import { changeAll } from '../../console/src/pages/accounts/change-all.ts'

const refusal = (status?: number) => Object.assign(new Error('no'), { status })

/** Changes the accounts a to d, where `errors` are refused, and tells the outcome and the progress. */
async function change(errors: Record<string, Error>) {
  const progress: number[] = []
  const outcome = await changeAll(
    ['a', 'b', 'c', 'd'],
    async name => {
      if (errors[name]) throw errors[name]
      return name.toUpperCase()
    },
    done => progress.push(done)
  )
  return { outcome, progress }
}

t.test('Accounts are changed one after the other', async t => {
  const { outcome, progress } = await change({})
  t.strictSame(outcome, { changed: ['A', 'B', 'C', 'D'], refused: [], left: [] })
  t.strictSame(progress, [1, 2, 3, 4])
})

t.test('A refusal that is about one account does not stop the others', async t => {
  const [gone, last] = [refusal(404), refusal(409)]
  const { outcome, progress } = await change({ a: gone, c: last })
  t.strictSame(outcome, {
    changed: ['B', 'D'],
    refused: [
      { account: 'a', error: gone },
      { account: 'c', error: last }
    ],
    left: []
  })
  t.strictSame(progress, [1, 2, 3, 4])
})

for (const error of [refusal(403), refusal(429), new TypeError('offline'), refusal()])
  t.test(`An error that the next account would meet too stops: ${error}`, async t => {
    const { outcome, progress } = await change({ b: error })
    t.strictSame(outcome, { changed: ['A'], refused: [], left: ['b', 'c', 'd'], error })
    t.strictSame(progress, [1])
  })
