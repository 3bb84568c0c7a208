import { join } from 'node:path'
import t from 'tap'
import { openUnfinished } from '../../bench/unfinished.ts'

const figure = (name: string) => ({ name, title: name, lines: [], notes: [] })

t.test('the same run finds the figures that were measured before it was interrupted', async t => {
  const file = join(t.testdir(), 'unfinished.json')
  const run = { commit: 'one', rounds: 5 }
  openUnfinished(file, run).add(figure('me'))
  const second = openUnfinished(file, run)
  t.strictSame([second.find('me'), second.find('token')], [figure('me'), undefined])
  second.add(figure('token'))
  t.strictSame(openUnfinished(file, run).find('me'), figure('me'))

  t.equal(openUnfinished(file, { ...run, rounds: 3 }).find('me'), undefined, 'another run finds nothing')
  second.end()
  t.equal(openUnfinished(file, run).find('me'), undefined, 'nor does a run after one that has ended')
})
