import t from 'tap'
import { authenticationOf, withMethods } from '../../../src/auth/sessions/authentication.ts'
import { start } from '../../support/store.ts'

const passkey = ['swk', 'user', 'unconfirmed']

t.test('a login that began with an unconfirmed passkey is recent once another first factor was presented', async t => {
  for (const [added, authTime] of [
    [['otp', 'mfa'], undefined],
    [passkey, undefined],
    [['pwd'], start],
    [['fed'], start],
    [['hwk', 'user', 'mfa'], start],
    [['hwk'], start]
  ] as const) {
    const amr = withMethods(passkey, [...added])
    t.equal(authenticationOf({ amr, authTime: start }).authTime, authTime, added.join(' '))
    t.notOk(authenticationOf({ amr, authTime: start }).amr.includes('unconfirmed'), 'no token shows it')
  }
})

t.test('a second use of a method does not repeat it', async t => {
  t.strictSame(withMethods(['pwd', 'otp'], ['otp', 'mfa']), ['pwd', 'otp', 'mfa'])
})
