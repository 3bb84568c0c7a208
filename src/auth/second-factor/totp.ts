import { equalInConstantTime } from '../../base/secrets.ts'

/** The length of a time step, in milliseconds (RFC 6238 §4.1). */
const stepMs = 30_000
/** The length of a secret in bytes (RFC 4226 §4). */
const secretBytes = 20
const format = /^[0-9]{6}$/

// Loaded when an authenticator app is first used.
const otpauth = () => import('otpauth')

/** Whether `code` has the form of a code: six ASCII digits. */
export const isTotpCode = (code: string) => format.test(code)

/** A new secret in base32 (RFC 4648 §6). */
export async function newTotpSecret(): Promise<string> {
  const { Secret } = await otpauth()
  return new Secret({ size: secretBytes }).base32
}

/** The `otpauth:` URI of a secret, for an authenticator app that shows `issuer` and `label`. */
export async function totpUri(secret: string, { issuer, label }: { issuer: string; label: string }): Promise<string> {
  const { TOTP } = await otpauth()
  return new TOTP({ issuer, label, secret }).toString()
}

/** A square SVG image of the QR code of `text`. */
export async function qrCode(text: string): Promise<string> {
  const { renderSVG } = await import('uqr')
  return renderSVG(text, { ecc: 'M', border: 4 })
}

/**
 * The time step of `code` (RFC 6238): SHA-1, six digits, 30 seconds. `now` and the step before count, because the code
 * may have been under way (§5.2). `undefined` for a wrong code.
 */
export async function totpStep(secret: string, code: string, now: Date): Promise<number | undefined> {
  if (!isTotpCode(code)) return undefined
  const { HOTP, Secret } = await otpauth()
  const key = Secret.fromBase32(secret)
  const current = Math.floor(now.getTime() / stepMs)
  const steps = [current, current - 1]
  const matches = steps.map(counter => equalInConstantTime(HOTP.generate({ secret: key, counter }), code))
  return steps[matches.indexOf(true)]
}

/** When the code of a time step can no longer be used, with a margin for a clock that is set back. */
export const expiryOf = (step: number) => new Date(step * stepMs + 3_600_000)
