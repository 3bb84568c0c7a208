import t from 'tap'
import { createVerifiedTokens } from '../../src/auth/verified-tokens.ts'

t.test('a token is found by its exact bytes, and nothing else is', async t => {
  const tokens = createVerifiedTokens<number>()
  tokens.set('a.b.c', 1)
  t.equal(tokens.get('a.b.c'), 1)
  for (const other of ['a.b.C', 'a.b.c ', 'a.b', '', '__proto__']) t.equal(tokens.get(other), undefined, other)
})

t.test('past its size the oldest go (memory is bounded)', async t => {
  const tokens = createVerifiedTokens<number>(2)
  for (const n of [1, 2, 3]) tokens.set(String(n), n)
  t.strictSame(
    ['1', '2', '3'].map(token => tokens.get(token)),
    [undefined, 2, 3]
  )
})
