import t from 'tap'
import { createMacs, createSealing, createTokenSealing } from '../../src/base/sealing.ts'

const [first, second, third] = ['first', 'second', 'third'].map(name => `the ${name} secret of the tests, 32 bytes`)
const secrets = { secret: String(first), secondSecret: second }
const swapped = { secret: String(second), secondSecret: first }
const other = { secret: String(third) }
const idOf = ({ id }: { id: string }) => id
const row = { id: '1' }

t.test('What is stored opens with both secrets, and is sealed with the first', async t => {
  const sealing = createSealing(secrets, 'purpose', idOf)
  const sealed = sealing.seal('text', row)
  t.strictSame(sealing.open(sealed, row), { text: 'text', isCurrent: true })
  t.strictSame(createSealing(swapped, 'purpose', idOf).open(sealed, row), { text: 'text', isCurrent: false })
  t.strictSame(createSealing({ secret: String(first) }, 'purpose', idOf).open(sealed, row)?.text, 'text')
})

t.test('What neither secret sealed, belongs to another row or purpose, or was altered, does not open', async t => {
  const sealing = createSealing(secrets, 'purpose', idOf)
  const sealed = sealing.seal('text', row)
  t.equal(createSealing(other, 'purpose', idOf).open(sealed, row), undefined)
  t.equal(createSealing(secrets, 'another purpose', idOf).open(sealed, row), undefined)
  t.equal(sealing.open(sealed, { id: '2' }), undefined)
  for (const wrong of ['', 'A', 'sealed', sealed.slice(1), `A${sealed.slice(1)}`])
    if (wrong !== sealed) t.equal(sealing.open(wrong, row), undefined, wrong)
})

t.test('Each token is sealed with a key of its own (NIST SP 800-38D §8.3)', async t => {
  const { seal, open } = createTokenSealing(secrets, 'purpose')
  const tokens = Array.from({ length: 20 }, () => seal('text', 'context'))
  t.equal(new Set(tokens.map(token => token.slice(0, 24))).size, tokens.length)
  for (const token of tokens) t.equal(open(token, 'context'), 'text')
  const [one = '', two = ''] = tokens
  t.equal(open(two.slice(0, 24) + one.slice(24), 'context'), undefined, 'the key of another token')
})

t.test('A token opens with both secrets, for its purpose and context only, in one spelling', async t => {
  const token = createTokenSealing(secrets, 'purpose').seal('text', 'context')
  const open = (settings: { secret: string }, purpose = 'purpose', context = 'context', given = token) =>
    createTokenSealing(settings, purpose).open(given, context)
  t.equal(open(secrets), 'text')
  t.equal(open(swapped), 'text')
  t.equal(open(other), undefined)
  t.equal(open(secrets, 'another purpose'), undefined)
  t.equal(open(secrets, 'purpose', 'another context'), undefined)
  const cut = [token.slice(0, 24), token.slice(0, -4)]
  for (const wrong of ['', 'A', `${token}=`, ` ${token}`, `${token}\n`, `AAAA${token}`, ...cut])
    t.equal(open(secrets, 'purpose', 'context', wrong), undefined, wrong)
})

t.test('Each secret makes an HMAC of its own, that of the first secret first', async t => {
  const of = (settings: { secret: string }) => createMacs(settings, 'purpose').map(mac => mac('text'))
  t.strictSame(of(swapped), of(secrets).reverse())
  t.equal(new Set([...of(secrets), ...of(other)]).size, 3)
})
