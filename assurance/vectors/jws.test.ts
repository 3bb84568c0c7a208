import t, { type Test } from 'tap'
import { createSignatureCheck } from '../../src/auth/identities/signature.ts'
import { OAuthError } from '../../src/base/errors.ts'
import { idTokenAlgs, startIdentityProvider } from '../../test/support/identity-provider.ts'
import { compare, vectorsIn, type WycheproofVector } from './sets.ts'

interface Vector {
  section: string
  comment: string
  keys: Record<string, unknown>[]
  jws: string
}

/** Checks texts as ID tokens of an issuer with these keys. They need not have the claims of one. */
async function createCheck(t: Test) {
  const provider = await startIdentityProvider(t)
  const checks = new Map<string, ReturnType<typeof createSignatureCheck>>()
  return async (keys: object[], jws: string) => {
    provider.state.jwks = { keys } as typeof provider.state.jwks
    const known = JSON.stringify(keys)
    const check = checks.get(known) ?? createSignatureCheck(provider.issuer, { now: () => new Date(), onAttempt() {} })
    checks.set(known, check)
    return await check(jws).then(
      () => true,
      error => {
        if (error instanceof OAuthError) return false
        throw error
      }
    )
  }
}

t.test('Of the examples of RFC 7515, those of our algorithms verify in the compact serialization', async t => {
  const { vectors } = vectorsIn<Vector>('rfc7515')
  t.equal(vectors.length, 7)
  const check = await createCheck(t)
  const accepted: string[] = []
  for (const { section, keys, jws } of vectors) {
    if (!(await check(keys, jws))) continue
    accepted.push(section)
    const [header, payload, signature = ''] = jws.split('.')
    const other = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    t.equal(await check(keys, `${header}.${payload}.${other}`), false, `${section} with another signature`)
  }
  t.strictSame(accepted, ['A.2', 'A.3'], 'neither HMAC, ES512, none nor the JSON serializations')
})

t.test('The example of RFC 8037 §A.4 verifies, and with another payload it does not', async t => {
  const { vectors } = vectorsIn<Vector>('rfc8037')
  const [{ keys, jws } = { keys: [], jws: '' }, ...rest] = vectors.filter(vector => vector.jws)
  t.strictSame(rest, [])
  const check = await createCheck(t)
  t.equal(await check(keys, jws), true)
  t.equal(await check(keys, jws.replace('.RXhhbXBsZSB', '.RXhhbXBsZSA')), false)
})

/** The `alg` of a JWS, as far as it can be read. */
const algOf = (jws: string) =>
  /"alg":\s*"([^"]*)"/.exec(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString())?.[1]

/**
 * Is accepted although invalid: jose does not look for keys with the ROCA vulnerability, and only an issuer can choose
 * one.
 */
const roca = 'rejectsKeyWithRocaVulnerability'

for (const [set, counts] of [
  ['wycheproof-jws', { accepted: 16, refused: 385 }],
  ['wycheproof-jwk', { accepted: 2, refused: 24 }]
] as const)
  t.test(`${set}: an ID token is accepted when it is valid and of our algorithms`, async t => {
    const { vectors } = vectorsIn<Omit<Vector, 'section'> & WycheproofVector>(set)
    const check = await createCheck(t)
    const isOurs = (jws: string) => idTokenAlgs.some(alg => alg === algOf(jws))
    const expected = vectors.map(vector => {
      const isValid = (vector.result === 'valid' && isOurs(vector.jws)) || vector.comment === roca
      return { ...vector, result: isValid ? ('valid' as const) : ('invalid' as const) }
    })
    t.strictSame(await compare(expected, ({ keys, jws }) => check(keys, jws)), { counts, wrong: [] })
  })
