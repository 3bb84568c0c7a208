import t from 'tap'
import { methodsOf } from '../../../src/auth/passkeys/amr.ts'

t.test('A passkey proves two factors with user verification or after a password (RFC 8176 §2)', async t => {
  for (const [synced, isUserVerified, hasFirstFactor, methods] of [
    [false, false, false, 'hwk'],
    [true, false, false, 'swk'],
    [false, false, true, 'hwk mfa'],
    [true, true, false, 'swk user mfa']
  ] as const)
    t.equal(methodsOf({ synced }, { isUserVerified, hasFirstFactor }).join(' '), methods)
})
