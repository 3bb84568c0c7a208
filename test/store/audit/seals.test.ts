import { createHash, createPublicKey, verify } from 'node:crypto'
import t from 'tap'
import type { AuditRow } from '../../../src/store/audit/events.ts'
import {
  beginning,
  createSeal,
  eventLine,
  faultOfSeal,
  isPruned,
  linkOf,
  type Seal,
  signPruned
} from '../../../src/store/audit/seals.ts'
import { otherKey, sealKey, trusted } from '../../support/sealed-trail.ts'
import { at, event } from '../../support/store.ts'

const row = (seq: number, members: Partial<AuditRow> = {}): AuditRow =>
  ({ ...event('x', members), seq, seal: null }) as AuditRow

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Verifies a signature independently of the sources. */
const isSigned = (text: string, signature: string) =>
  verify(
    null,
    Buffer.from(text),
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: sealKey.publicKey }, format: 'jwk' }),
    Buffer.from(signature, 'base64url')
  )

t.test('The line of an event has every member, and its details in the order of their names', async t => {
  t.equal(eventLine(row(7)), '[7,1769860800000,"x",null,null,null,null,{}]\n')
  const detail = { z: 1, a: 'x"y\n', '10': true, '9': 0.1 }
  const whole = row(8, { at: at(0.001), actor: 'Ünï', subject: 's', clientId: 'c', ip: '::1', detail })
  t.equal(eventLine(whole), '[8,1769860800001,"x","Ünï","s","c","::1",{"10":true,"9":0.1,"a":"x\\"y\\n","z":1}]\n')
  t.equal(eventLine({ ...whole, detail: { '9': 0.1, a: 'x"y\n', z: 1, '10': true } }), eventLine(whole))
})

t.test('A seal has the digest of its events and the hash of the one before', async t => {
  const [one, two, three] = [row(1), row(2, { detail: { n: 2 } }), row(5)]
  const first = createSeal([one, two], beginning, at(3), sealKey)
  t.match(first, {
    number: 1,
    previous: '',
    events: 2,
    digest: sha256(eventLine(one) + eventLine(two)),
    at: at(3),
    publicKey: sealKey.publicKey,
    pruned: null
  })
  const text = `["sallyport seal",1,"",2,"${first.digest}",${at(3).getTime()},"${sealKey.publicKey}"]`
  t.ok(isSigned(text, first.signature))
  t.strictSame(linkOf(first), { number: 1, hash: sha256(text) })

  const second = createSeal([three], linkOf(first), at(1), sealKey)
  t.match(second, { number: 2, previous: sha256(text), events: 1, digest: sha256(eventLine(three)) })
  for (const seal of [first, second]) t.equal(faultOfSeal(seal, trusted), undefined)
})

t.test('A seal with any other member than the signed one is refused', async t => {
  const seal = createSeal([row(1)], beginning, at(3), sealKey)
  const changed = 'was changed: its signature does not match'
  const other = createSeal([row(2)], beginning, at(3), sealKey)
  const changes: [Partial<Seal>, string][] = [
    [{ number: 2 }, changed],
    [{ previous: 'x' }, changed],
    [{ events: 2 }, changed],
    [{ digest: other.digest }, changed],
    [{ at: at(4) }, changed],
    [{ at: new Date(Number.NaN) }, changed],
    [{ signature: other.signature }, changed],
    [{ signature: '' }, changed],
    [{ signature: 'not base64url!' }, changed],
    [{ publicKey: otherKey.publicKey }, `is signed by another key, ${otherKey.publicKey}`],
    [{ publicKey: 'x' }, 'is signed by another key, x']
  ]
  for (const [change, fault] of changes)
    t.equal(faultOfSeal({ ...seal, ...change }, trusted), fault, JSON.stringify(change))
  t.equal(
    faultOfSeal(createSeal([row(1)], beginning, at(3), otherKey), trusted),
    `is signed by another key, ${otherKey.publicKey}`
  )
  t.equal(
    faultOfSeal({ ...seal, publicKey: otherKey.publicKey }, [otherKey.publicKey]),
    changed,
    'a valid key of another'
  )
  t.equal(faultOfSeal({ ...seal, publicKey: 'A'.repeat(43) }, ['A'.repeat(43)]), changed, 'a key that signs nothing')
})

t.test('A mark of pruning is valid for its own seal only, with the signature of a trusted key', async t => {
  const first = createSeal([row(1)], beginning, at(3), sealKey)
  const second = createSeal([row(2)], linkOf(first), at(4), sealKey)
  const mark = signPruned(first, sealKey)
  t.ok(isSigned(`["sallyport pruned",1,"${linkOf(first).hash}"]`, mark))
  t.equal(isPruned({ ...first, pruned: mark }, trusted), true)
  t.equal(isPruned({ ...first, pruned: mark }, [otherKey.publicKey]), false)
  t.equal(isPruned({ ...first, pruned: signPruned(first, otherKey) }, trusted), false)
  t.equal(isPruned({ ...first, pruned: signPruned(first, otherKey) }, [...trusted, otherKey.publicKey]), true)
  t.equal(isPruned({ ...first, pruned: first.signature }, trusted), false, 'no other signature')
  t.equal(isPruned({ ...second, pruned: mark }, trusted), false)
  t.equal(isPruned(first, trusted), false)
})
