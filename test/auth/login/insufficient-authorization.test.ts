import t from 'tap'
import { type AuthSession, createAuthSessions } from '../../../src/auth/login/auth-sessions.ts'
import {
  createInsufficientAuthorization,
  type PasskeyLogins
} from '../../../src/auth/login/insufficient-authorization.ts'

const authSessions = createAuthSessions({ config: { secret: 'of this test' }, now: () => new Date('2026-01-01') })
const session = (members: Partial<AuthSession> = {}): AuthSession => ({
  ...authSessions.begin({ id: 'web' }, undefined, { amr: [] }),
  ...members
})

/** Passkeys whose options are what they were asked for. */
const passkeys: PasskeyLogins = {
  requestOptions: asked => asked,
  verify: async () => undefined,
  reportCopy: async () => {}
}

const asked = (open: AuthSession, passkeys?: PasskeyLogins, emailCodes = { isOn: false }, more = {}) => {
  const insufficient = createInsufficientAuthorization({ authSessions, passkeys, emailCodes })
  return insufficient('Show more.', open, more).members as Record<string, unknown>
}

t.test('A passkey without a password has to verify its user (NIST SP 800-63B-4 §3.1.7.2)', async t => {
  const [first, second] = [session(), session({ userId: '1', state: 'x', amr: ['pwd'] })]
  t.match(asked(first, passkeys).passkey, { userVerification: 'required' })
  t.match(asked(session({ userId: '1', state: 'x' }), passkeys).passkey, { userVerification: 'required' })
  t.match(asked(second, passkeys).passkey, { userVerification: 'preferred' }, 'the password is one factor')
  const fed = session({ userId: '1', state: 'x', amr: ['fed'] })
  t.match(asked(fed, passkeys).passkey, { userVerification: 'preferred' }, 'and so is an ID token')
  const stepUp = session({ userId: '1', state: 'x', sessionId: '2' })
  for (const [earlier, userVerification] of [
    [['pwd'], 'preferred'],
    [['hwk', 'user', 'mfa'], 'required']
  ] as const)
    t.match(
      asked(stepUp, passkeys, { isOn: false }, { earlier: [...earlier] }).passkey,
      { userVerification },
      earlier[0]
    )
})

t.test('The challenge of a passkey has 256 random bits (ASVS 6.7.2, NIST SP 800-63B-4 §3.1.6.2)', async t => {
  const [one, other] = [session(), session()]
  t.match(asked(one, passkeys).passkey, { challenge: one.id })
  t.equal(Buffer.from(one.id, 'base64url').length, 32)
  t.not(one.id, other.id)
  const { auth_session } = asked(one, passkeys)
  t.equal(authSessions.open(String(auth_session))?.id, one.id, 'the auth session knows its challenge')
})

t.test('A server without passkeys asks for none', async t => {
  t.notOk('passkey' in asked(session()))
  t.strictSame(asked(session()).factors, ['password'])
  t.strictSame(asked(session(), passkeys).factors, ['password', 'passkey'])
})

t.test('A code by mail is only a first factor (NIST SP 800-63B-4 §3.1.3.1)', async t => {
  const codes = { isOn: true }
  t.strictSame(asked(session({ codeFor: 'alice' }), passkeys, codes).factors, ['password', 'passkey', 'email_code'])
  const second = session({ userId: '1', state: 'x', amr: ['pwd'] })
  t.strictSame(asked(second, passkeys, codes).factors, ['otp', 'recovery_code', 'passkey'])
  const stepUp = session({ userId: '1', state: 'x', sessionId: '2' })
  t.strictSame(asked(stepUp, passkeys, codes).factors, ['password', 'otp', 'recovery_code', 'passkey'])
})
