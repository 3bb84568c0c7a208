import t from 'tap'
import { inPlace } from '../../console/src/pages/overview/in-place.ts'

t.test('items keep their places, new ones fill those that became free, and the rest follows', async t => {
  const places = (before: string, now: string) => inPlace([...before], [...now], item => item).join('')
  t.equal(places('', 'cab'), 'cab')
  t.equal(places('abc', 'cab'), 'abc')
  t.equal(places('abc', 'xcya'), 'axcy')
  t.equal(places('abc', 'cb'), 'bc')
  t.equal(places('ab', ''), '')
})

t.test('the later item of a key is the one that is shown', async t => {
  const [before, now] = [
    [{ id: 'a', count: 1 }],
    [
      { id: 'b', count: 3 },
      { id: 'a', count: 2 }
    ]
  ]
  t.strictSame(
    inPlace(before, now, ({ id }) => id),
    [
      { id: 'a', count: 2 },
      { id: 'b', count: 3 }
    ]
  )
})
