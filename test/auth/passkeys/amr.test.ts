import t from 'tap'
import { methodsOf } from '../../../src/auth/passkeys/amr.ts'
import { start } from '../../support/store.ts'

t.test('a passkey proves two factors with user verification or after a password (RFC 8176 §2)', async t => {
  for (const [synced, isUserVerified, hasFirstFactor, methods] of [
    [false, false, false, 'hwk'],
    [true, false, false, 'swk'],
    [false, false, true, 'hwk mfa'],
    [true, true, false, 'swk user mfa']
  ] as const)
    t.equal(methodsOf({ synced, confirmedAt: start }, { isUserVerified, hasFirstFactor }).join(' '), methods)
})

t.test('a passkey that is not confirmed proves one factor', async t => {
  for (const hasFirstFactor of [false, true])
    t.strictSame(methodsOf({ synced: true, confirmedAt: null }, { isUserVerified: true, hasFirstFactor }), [
      'swk',
      'user',
      'unconfirmed'
    ])
})
