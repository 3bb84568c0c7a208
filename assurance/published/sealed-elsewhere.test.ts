import t from 'tap'
import { createSealKey } from '../../src/auth/audit/seal-key.ts'
import { signingKeySealing } from '../../src/auth/keys/stored-secrets.ts'
import { createMacs, createSealing, createTokenSealing } from '../../src/base/sealing.ts'
import { createApp } from '../../test/support/app.ts'
import { runPython, skipWithout } from '../support/python.ts'

const skip = skipWithout('cryptography')
const secret = 'a secret of the tests, 32 bytes or more'
const other = 'another secret of the tests, 32 bytes'
const text = 'pass😀word'

const python = (jobs: unknown[][]) => runPython<unknown[]>(new URL('sealing.py', import.meta.url), jobs)

/** The same text with another last character, which is not one of its unused bits. */
const altered = (sealed: string) => sealed.slice(0, -3) + (sealed.at(-3) === 'A' ? 'B' : 'A') + sealed.slice(-2)

t.test('python3-cryptography opens what we seal, with its secret, purpose and context only', { skip }, async t => {
  const stored = createSealing({ secret }, 'totp', (context: string) => context).seal(text, 'a row')
  const token = createTokenSealing({ secret }, 'auth-sessions').seal(text, 'a context')
  t.strictSame(
    await python([
      ['open', secret, 'totp', 'a row', stored],
      ['open', other, 'totp', 'a row', stored],
      ['open', secret, 'signing-keys', 'a row', stored],
      ['open', secret, 'totp', 'another row', stored],
      ['open', secret, 'totp', 'a row', altered(stored)],
      ['open token', secret, 'auth-sessions', 'a context', token],
      ['open token', other, 'auth-sessions', 'a context', token],
      ['open token', secret, 'auth-sessions', 'another context', token],
      ['open token', secret, 'auth-sessions', 'a context', `AAAA${token.slice(4)}`]
    ]),
    [text, null, null, null, null, text, null, null, null]
  )
})

t.test('We open what python3-cryptography seals, and nothing else', { skip }, async t => {
  const [stored, token] = (await python([
    ['seal', secret, 'totp', 'a row', text],
    ['seal token', secret, 'auth-sessions', 'a context', text]
  ])) as [string, string]
  const sealing = createSealing({ secret }, 'totp', (context: string) => context)
  t.strictSame(sealing.open(stored, 'a row'), { text, isCurrent: true })
  t.equal(sealing.open(stored, 'another row'), undefined)
  t.equal(sealing.open(altered(stored), 'a row'), undefined)
  const tokens = createTokenSealing({ secret }, 'auth-sessions')
  t.equal(tokens.open(token, 'a context'), text)
  t.equal(tokens.open(token, 'another context'), undefined)
  t.equal(tokens.open(altered(token), 'a context'), undefined)
})

t.test('python3-cryptography opens the private key that a server has stored', { skip }, async t => {
  const { app, config } = await createApp(t)
  const { kid, privatePem } = app.keys.signer()
  const [row] = await app.db.keys.published(app.clock.now())
  const sealed = String(row?.privateSealed)
  t.equal(signingKeySealing(config).open(sealed, { kid })?.text, privatePem)
  t.strictSame(await python([['open', config.secret, 'signing-keys', kid, sealed]]), [privatePem])
})

t.test('python3-cryptography computes our MACs, and the key of the seals of the audit trail', { skip }, async t => {
  const [macOf] = createMacs({ secret }, 'refresh-tokens')
  t.strictSame(
    await python([
      ['mac', secret, 'refresh-tokens', text],
      ['seal key', secret]
    ]),
    [macOf(text), createSealKey(secret).publicKey]
  )
})
