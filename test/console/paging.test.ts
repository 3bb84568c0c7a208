import t from 'tap'
import { pagesOf } from '../../console/src/paging.ts'

t.test('Pages are read one after the other, also after an empty one, until there is no next', async t => {
  const asked: unknown[] = []
  const pages = [
    { items: [1], next_cursor: 'a' },
    { items: [], next_cursor: 'b' },
    { items: [2], next_cursor: null }
  ]
  const read = pagesOf(async start => {
    asked.push(start)
    return pages[asked.length - 1] as (typeof pages)[number]
  })
  const items: number[] = []
  for await (const page of read) items.push(...page.items)
  t.strictSame(items, [1, 2])
  t.strictSame(asked, [{}, { cursor: 'a' }, { cursor: 'b' }])
})
