import t from 'tap'
import { createNonces, nonceStepMs } from '../../../src/wire/dpop/nonces.ts'

const secret = 'a secret of the tests, 32 bytes or more'
const secondSecret = 'a second secret, which is as long as it must be'
const start = 1_769_860_800_000
let time = start
t.beforeEach(() => {
  time = start
})
const now = () => new Date(time)

t.test('A nonce is the same on every node for two minutes, and valid for two to four (RFC 9449 §8)', async t => {
  const [nonces, others] = [createNonces({ secret }, now), createNonces({ secret }, now)]
  const nonce = nonces.current()
  t.match(nonce, /^[\x21\x23-\x5b\x5d-\x7e]+$/, 'only characters that §8.1 allows')
  t.equal(others.current(), nonce)
  time = start + nonceStepMs - 1
  t.equal(nonces.current(), nonce)
  time = start + nonceStepMs
  t.not(nonces.current(), nonce)
  time = start + 2 * nonceStepMs - 1
  t.ok(others.isValid(nonce), 'that of the former step')
  time = start + 2 * nonceStepMs
  t.notOk(others.isValid(nonce), 'two steps old')
})

t.test('A nonce of the next step is valid, because the clock of another node may be ahead (RFC 9449 §8)', async t => {
  const nonces = createNonces({ secret }, now)
  time = start + nonceStepMs
  const ofNext = nonces.current()
  time = start + 2 * nonceStepMs
  const ofLater = nonces.current()
  time = start
  t.ok(nonces.isValid(ofNext))
  t.notOk(nonces.isValid(ofLater))
})

t.test('A nonce of SECOND_SECRET is valid, and none is made with it', async t => {
  const old = createNonces({ secret: secondSecret }, now)
  const both = createNonces({ secret, secondSecret }, now)
  t.ok(both.isValid(old.current()))
  t.ok(both.isValid(createNonces({ secret }, now).current()))
  t.not(both.current(), old.current())
  t.notOk(createNonces({ secret }, now).isValid(old.current()), 'another secret')
})

t.test('No other text is a nonce (RFC 9449 §8)', async t => {
  const nonces = createNonces({ secret }, now)
  const nonce = nonces.current()
  const [step, tag] = nonce.split('.') as [string, string]
  const steps = ['0', '+', ' '].map(before => `${before}${nonce}`)
  const ends = [' ', '=', `.${tag}`].map(after => `${nonce}${after}`)
  const tags = [tag.slice(1), tag.toUpperCase(), 'A'.repeat(43), ''].map(other => `${step}.${other}`)
  const others = [1, -1].map(more => `${Number(step) + more}.${tag}`)
  for (const text of ['', '.', step, `.${tag}`, ...steps, ...ends, ...tags, ...others, `9999999999999.${tag}`])
    t.notOk(nonces.isValid(text), text.slice(0, 80))
})
