import t from 'tap'
import { createVerifiedCache } from '../../../src/auth/keys/verified-cache.ts'

t.test('a token is found by its exact bytes only', async t => {
  const tokens = createVerifiedCache<number>()
  tokens.set('a.b.c', 1)
  t.equal(tokens.get('a.b.c'), 1)
  for (const other of ['a.b.C', 'a.b.c ', 'a.b', '', '__proto__']) t.equal(tokens.get(other), undefined, other)
})

t.test("a token with another token's signature is a different token", async t => {
  const tokens = createVerifiedCache<number>()
  const signature = 's'.repeat(86)
  tokens.set(`a.b.${signature}`, 1)
  t.equal(tokens.get(`a.b.${signature}`), 1)
  t.equal(tokens.get(`a.c.${signature}`), undefined)
})

t.test('past its size, the oldest entries are removed (memory is bounded)', async t => {
  const tokens = createVerifiedCache<number>(2)
  for (const n of [1, 2, 3]) tokens.set(String(n), n)
  t.strictSame(
    ['1', '2', '3'].map(token => tokens.get(token)),
    [undefined, 2, 3]
  )
})
