import { execFileSync, spawnSync } from 'node:child_process'
import t from 'tap'
import { newTotpSecret, totpStep, totpUri } from '../../src/auth/second-factor/totp.ts'

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

t.test('Oathtool and the server agree on the codes of new secrets at many times (RFC 6238 §4)', { skip }, async t => {
  const times = [0, 29, 30, 59_999, 1_111_111_109, 1_769_860_800, 4_102_444_799, 20_000_000_000]
  for (const seconds of times) {
    const secret = await newTotpSecret()
    const uri = await totpUri(secret, { issuer: 'auth.example.com', label: 'alice' })
    const now = new Date(seconds * 1000)
    t.equal(await totpStep(secret, oathtool(uri, now), now), Math.floor(seconds / 30), String(seconds))
  }
})
