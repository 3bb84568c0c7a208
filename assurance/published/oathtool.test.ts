import { execFileSync, spawnSync } from 'node:child_process'
import t from 'tap'
import { newTotpSecret, totpStep, totpUri } from '../../src/auth/second-factor/totp.ts'
import { bearer, createApp, createUser, logIn, password, postForm } from '../../test/support/app.ts'

// In CI nothing is skipped: there `.ci/packages` has installed it, and without it the test fails.
const skip = !process.env.CI && spawnSync('oathtool', ['--version']).error !== undefined && 'there is no oathtool'

/** The code that oathtool shows at `now` for an `otpauth:` URI, of which it gets every parameter. */
function oathtool(uri: string, now: Date) {
  const { protocol, host, searchParams: of } = new URL(uri)
  if (protocol !== 'otpauth:' || host !== 'totp') throw new Error(uri)
  const args = [
    `--totp=${of.get('algorithm')}`,
    `--digits=${of.get('digits')}`,
    `--time-step-size=${of.get('period')}s`,
    `--now=${now.toISOString().replace('T', ' ').slice(0, 19)} UTC`,
    '--base32',
    // The secret comes from the standard input.
    '-'
  ]
  return execFileSync('oathtool', args, { input: `${of.get('secret')}\n`, encoding: 'utf8' }).trim()
}

t.test('oathtool and the server agree on the codes of new secrets at many times (RFC 6238 §4)', { skip }, async t => {
  const times = [0, 29, 30, 59_999, 1_111_111_109, 1_769_860_800, 4_102_444_799, 20_000_000_000]
  for (const seconds of times) {
    const secret = await newTotpSecret()
    const uri = await totpUri(secret, { issuer: 'auth.example.com', label: 'alice' })
    const now = new Date(seconds * 1000)
    t.equal(await totpStep(secret, oathtool(uri, now), now), Math.floor(seconds / 30), String(seconds))
  }
})

t.test('oathtool enrols from the otpauth URI and logs in with its codes', { skip }, async t => {
  const { app, clock } = await createApp(t)
  await createUser(app)
  const headers = bearer((await logIn(app)).access_token)
  const begun = await app.inject({ method: 'POST', url: '/users/me/factors', headers, payload: { type: 'totp' } })
  const { id, otpauth_uri, secret } = begun.json() as { id: string; otpauth_uri: string; secret: string }
  t.equal(new URL(otpauth_uri).pathname, '/auth.example.com:alice')
  t.equal(new URL(otpauth_uri).searchParams.get('issuer'), 'auth.example.com')
  t.equal(new URL(otpauth_uri).searchParams.get('secret'), secret)

  const payload = { code: oathtool(otpauth_uri, clock.now()) }
  const confirmed = await app.inject({ method: 'POST', url: `/users/me/factors/${id}/confirm`, headers, payload })
  t.equal(confirmed.statusCode, 200, confirmed.body)
  const form = { grant_type: 'password', username: 'alice', password }
  for (const show of [(otp: string) => ({ otp }), (code: string) => ({ password: password + code })]) {
    clock.advance(30)
    const code = oathtool(otpauth_uri, clock.now())
    t.equal((await postForm(app, '/token', { ...form, ...show(code) })).statusCode, 200)
    t.equal((await postForm(app, '/token', { ...form, otp: code })).statusCode, 403, 'the code is used up')
  }
})
