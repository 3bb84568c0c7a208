import t from 'tap'
import { withMethods } from '../../../src/auth/sessions/authentication.ts'

t.test('A second use of a method does not repeat it', async t => {
  t.strictSame(withMethods(['pwd', 'otp'], ['otp', 'mfa']), ['pwd', 'otp', 'mfa'])
})
