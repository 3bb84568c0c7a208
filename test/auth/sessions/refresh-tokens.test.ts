import t from 'tap'
import { createRefreshTokens } from '../../../src/auth/sessions/refresh-tokens.ts'
import { deriveKey, mac } from '../../../src/base/secrets.ts'

const secret = 'a secret of the tests, 32 bytes or more'
const tokens = createRefreshTokens({ secret })
const sessionId = '019c0000-0000-7000-8000-0123456789ab'

t.test('A token names its session, its counter and whether it is bound, and is always the same for them', async t => {
  for (const counter of [0, 1, 9, 10, 41, 999_999_999])
    for (const isBound of [false, true]) {
      const name = { sessionId, counter, isBound }
      const token = tokens.encode(name)
      t.strictSame(tokens.decode(token), name)
      t.equal(createRefreshTokens({ secret }).encode(name), token, 'on every node')
    }
})

t.test('A node of 0.2.0 reads the tokens of unbound sessions, and refuses those of bound ones', async t => {
  const formatOf020 = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(0|[1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/
  const key = deriveKey(secret, 'refresh-tokens')
  t.equal(tokens.encode({ sessionId, counter: 7, isBound: false }), `${sessionId}.7.${mac(key, `${sessionId}.7`)}`)
  t.match(tokens.encode({ sessionId, counter: 7, isBound: false }), formatOf020)
  t.notMatch(tokens.encode({ sessionId, counter: 7, isBound: true }), formatOf020)
})

t.test('Every token is valid, however few are kept', async t => {
  const few = createRefreshTokens({ secret }, 1)
  const names = ['ab', 'ac', 'ab'].map((end, counter) => ({
    sessionId: `019c0000-0000-7000-8000-0123456789${end}`,
    counter,
    isBound: counter > 1
  }))
  const encoded = names.map(few.encode)
  t.strictSame(encoded, names.map(tokens.encode))
  t.strictSame(encoded.map(few.decode), names)
})

t.test('A token of the second secret is accepted, and none is made with it', async t => {
  const [name, secondSecret] = [
    { sessionId, counter: 3, isBound: false },
    'a second secret, which is as long as it must be'
  ]
  const old = createRefreshTokens({ secret: secondSecret }).encode(name)
  const both = createRefreshTokens({ secret, secondSecret })
  t.equal(tokens.decode(old), undefined)
  for (const _ of ['new', 'kept']) {
    t.strictSame(both.decode(old), name)
    t.equal(both.encode(name), tokens.encode(name))
    t.strictSame(both.decode(tokens.encode(name)), name)
  }
  for (const wrong of [old.replace('.3.', '.4.'), `${old.slice(0, -2)}AA`]) t.equal(both.decode(wrong), undefined)
})

t.test('Every token has its own signature (RFC 6749 §10.4)', async t => {
  const made = [0, 1, 2].map(counter => tokens.encode({ sessionId, counter, isBound: false }))
  t.equal(new Set(made.map(token => token.split('.')[2])).size, 3)
  t.match(made[0], /^[\x20-\x7e]+$/, 'and only characters of RFC 6749 Appendix A.17')
})

t.test('A token with any part changed is refused (RFC 6749 §10.4)', async t => {
  const token = tokens.encode({ sessionId, counter: 10, isBound: false })
  const places = [0, 8, 20, 35, 36, 37, 38, 39, 40, 60, token.length - 1]
  const changed = places.flatMap(at =>
    ['0', 'a', 'A', '.', '-', '_', ' ']
      .filter(other => other !== token[at])
      .map(other => `${token.slice(0, at)}${other}${token.slice(at + 1)}`)
  )
  t.strictSame(
    changed.filter(text => tokens.decode(text)),
    []
  )
})

t.test('Only one spelling of a token is accepted (malleability)', async t => {
  const token = tokens.encode({ sessionId, counter: 10, isBound: false })
  const [id = '', counter = '', signature = ''] = token.split('.')
  const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  // The last of 43 characters carries 4 bits, so four spellings decode to the same bytes.
  const twins = [...last]
    .map(character => `${signature.slice(0, -1)}${character}`)
    .filter(twin => twin !== signature && Buffer.from(twin, 'base64url').equals(Buffer.from(signature, 'base64url')))
  t.equal(twins.length, 3)

  const spellings = {
    ...Object.fromEntries(twins.map((twin, i) => [`twin ${i}`, `${id}.${counter}.${twin}`])),
    padding: `${token}=`,
    'trailing blank': `${token} `,
    'trailing newline': `${token}\n`,
    'trailing NUL': `${token}\0`,
    'leading blank': ` ${token}`,
    'trailing bytes': `${token}AAAA`,
    'a fourth part': `${token}.x`,
    'upper case': `${id.toUpperCase()}.${counter}.${signature}`,
    'leading zero': `${id}.010.${signature}`,
    plus: `${id}.+10.${signature}`,
    exponent: `${id}.1e1.${signature}`,
    hex: `${id}.0xa.${signature}`,
    'fullwidth digits': `${id}.１０.${signature}`,
    negative: `${id}.-10.${signature}`,
    'ten digits': `${id}.1000000000.${mac(deriveKey(secret, 'refresh-tokens'), `${id}.1000000000`)}`,
    'bound afterwards': `${id}.10k.${signature}`,
    'upper case mark': `${id}.10K.${signature}`,
    'no counter': `${id}.${signature}`,
    'empty counter': `${id}..${signature}`,
    'base64 alphabet': token.replaceAll('-', '+').replaceAll('_', '/'),
    nothing: '',
    dots: '..',
    long: 'x'.repeat(100_000)
  }
  for (const [name, spelling] of Object.entries(spellings)) t.equal(tokens.decode(spelling), undefined, name)
})

t.test('A token of a server with another secret is refused (RFC 6749 §10.4)', async t => {
  const foreign = createRefreshTokens({ secret: 'another secret, which is as long as it must be' })
  t.equal(tokens.decode(foreign.encode({ sessionId, counter: 0, isBound: false })), undefined)
  t.equal(foreign.decode(tokens.encode({ sessionId, counter: 0, isBound: false })), undefined)
})

t.test('The signature of another session or counter is refused (RFC 6749 §10.4)', async t => {
  const [, , signature] = tokens.encode({ sessionId, counter: 1, isBound: false }).split('.')
  t.equal(tokens.decode(`${sessionId}.2.${signature}`), undefined)
  t.equal(tokens.decode(`019c0000-0000-7000-8000-0123456789ac.1.${signature}`), undefined)
})

t.test('A bound token does not become another one without its mark (RFC 9449 §5)', async t => {
  const [id, counter, signature] = tokens.encode({ sessionId, counter: 1, isBound: true }).split('.')
  t.equal(counter, '1k')
  t.equal(tokens.decode(`${id}.1.${signature}`), undefined)
})
