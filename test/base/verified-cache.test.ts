import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { createVerifiedCache } from '../../src/base/verified-cache.ts'

t.test('A token is found by its exact bytes only', async t => {
  const tokens = createVerifiedCache<number>(2 ** 20)
  tokens.set('a.b.c', 1)
  t.equal(tokens.get('a.b.c'), 1)
  for (const other of ['a.b.C', 'a.b.c ', 'a.b', '', '__proto__']) t.equal(tokens.get(other), undefined, other)
  // The end of a token, its signature, may be that of another token.
  const signature = 's'.repeat(86)
  tokens.set(`a.b.${signature}`, 2)
  t.equal(tokens.get(`a.b.${signature}`), 2)
  t.equal(tokens.get(`a.c.${signature}`), undefined)
})

t.test('Past its size, the oldest entries are removed (memory is bounded)', async t => {
  const tokens = createVerifiedCache<number>(2100)
  for (const n of [1, 2, 3]) tokens.set(String(n), n)
  t.strictSame(
    ['1', '2', '3'].map(token => tokens.get(token)),
    [undefined, 2, 3]
  )
})

t.test('With a key of the whole length, two credentials with one end are kept', async t => {
  const headers = createVerifiedCache<number>(2 ** 20, { keyLength: 4096 })
  const end = 'e'.repeat(200)
  headers.set(`a${end}`, 1)
  headers.set(`b${end}`, 2)
  t.equal(headers.get(`a${end}`), 1)
  t.equal(headers.get(`b${end}`), 2)
  t.equal(headers.get(end), undefined)
})

t.test('A credential that is part of a longer text does not keep that text (memory is bounded)', async t => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const used = () => {
    collectGarbage()
    return process.memoryUsage().heapUsed
  }
  const headers = createVerifiedCache<number>(2 ** 20, { keyLength: 4096 })
  const before = used()
  for (let n = 0; n < 30; n++) headers.set(Buffer.alloc(1_000_000, `${n}.`).toString('latin1').slice(0, 100), n)
  t.ok(used() - before < 10_000_000)
  t.equal(headers.get(Buffer.alloc(100, '7.').toString()), 7)
})
