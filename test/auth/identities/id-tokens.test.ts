import t from 'tap'
import { createIdTokens } from '../../../src/auth/identities/id-tokens.ts'
import { createClock } from '../../support/clocks.ts'
import { idTokenAlgs, startIdentityProvider } from '../../support/identity-provider.ts'

t.test('an ID token of each algorithm is verified', async t => {
  const clock = createClock()
  const provider = await startIdentityProvider(t, clock.now)
  const idTokens = createIdTokens({
    config: { identityProviders: [provider.setting] },
    now: clock.now,
    onKeysFetched() {}
  })
  for (const alg of idTokenAlgs)
    t.match(await idTokens.verify(provider.idToken({}, { alg }), undefined), {
      issuer: provider.issuer,
      subject: 'alice',
      email: null,
      isEmailProved: false,
      name: null,
      spent: { id: /^id-token:[\w-]{43}$/, expiresAt: new Date('2026-01-31T13:10:00.000Z') }
    })
  t.strictSame(provider.fetches, { configuration: 1, jwks: 1 })
})
