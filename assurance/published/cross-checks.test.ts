import t from 'tap'
import { publicPem } from '../../src/auth/keys/jwk.ts'
import { faultOfSeal, type Seal } from '../../src/store/audit/seals.ts'
import { createSealedTrail, sealKey, trusted } from '../../test/support/sealed-trail.ts'
import { createIssuers, testSignatures, trueThenFalse, withAltered } from '../vectors/cross-checks.ts'
import { cryptography, python } from '../vectors/other-programs.ts'

const { skip } = cryptography

testSignatures(cryptography)

t.test('python3-cryptography verifies the seals of the audit trail, and its own are accepted', { skip }, async t => {
  const seals = await (await createSealedTrail(t, 'sqlite')).seals()
  t.equal(seals.length, 3)
  const textOf = ({ number, previous, events, digest, at, publicKey }: Seal) =>
    JSON.stringify(['sallyport seal', number, previous, events, digest, at.getTime(), publicKey])
  const signed = seals.map(seal => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: seal.publicKey }
    return { alg: 'Ed25519', jwk, input: textOf(seal), signature: seal.signature }
  })
  t.strictSame(await cryptography.verify(withAltered(signed)), trueThenFalse(signed))
  const later = seals.map(seal => ({ ...seal, events: seal.events + 1 }))
  const inputs = later.map(seal => ({ alg: 'Ed25519', privateKey: sealKey.privateKey, input: textOf(seal) }))
  for (const [i, signature] of (await cryptography.sign(inputs)).entries()) {
    t.equal(faultOfSeal({ ...(later[i] as Seal), signature }, trusted), undefined)
    t.match(faultOfSeal(later[i] as Seal, trusted), /its signature does not match/)
  }
})

t.test('python3-cryptography reads each published key as we do', { skip }, async t => {
  const keys = (await createIssuers(t)).map(({ jwk }) => jwk)
  t.strictSame(
    await python(keys.map(jwk => ['describe', jwk])),
    keys.map(jwk => ({ pem: publicPem(jwk), thumbprint: jwk.kid }))
  )
})
