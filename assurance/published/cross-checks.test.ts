import t from 'tap'
import { publicPem } from '../../src/auth/keys/jwk.ts'
import { createIssuers, testSeals, testSignatures } from '../vectors/cross-checks.ts'
import { cryptography, openssl, python } from '../vectors/other-programs.ts'

for (const program of [cryptography, openssl]) {
  testSignatures(program)
  testSeals(program)
}

t.test('python3-cryptography reads each published key as we do', { skip: cryptography.skip }, async t => {
  const keys = (await createIssuers(t)).map(({ jwk }) => jwk)
  t.strictSame(
    await python(keys.map(jwk => ['describe', jwk])),
    keys.map(jwk => ({ pem: publicPem(jwk), thumbprint: jwk.kid }))
  )
})
