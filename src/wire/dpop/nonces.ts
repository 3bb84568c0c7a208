import { createMacs, type Secrets } from '../../base/sealing.ts'
import { equalInConstantTime } from '../../base/secrets.ts'
import { hasDpopScheme } from '../authenticate-header.ts'

export type Nonces = ReturnType<typeof createNonces>

/** How long a nonce is the current one, in milliseconds. */
export const nonceStepMs = 120_000

/**
 * Whether the response to a request has the nonce for the next proof: the request has a proof (RFC 9449 §8.2), or an
 * access token that needs one (§9).
 */
export const takesNonce = ({ dpop, authorization }: { dpop?: unknown; authorization?: string | undefined }) =>
  dpop !== undefined || hasDpopScheme(authorization)

/**
 * The nonces of proofs (RFC 9449 §8): `step . HMAC-SHA-256`, where the step counts two minutes. Nothing is stored:
 * every node with the secret makes and accepts the same ones.
 */
export function createNonces(secrets: Secrets, now: () => Date) {
  const [macOf, ...othersOf] = createMacs(secrets, 'dpop-nonces')
  let current = { step: Number.NaN, nonce: '' }
  const stepNow = () => Math.floor(now().getTime() / nonceStepMs)

  return {
    /** The nonce for the next proof. */
    current(): string {
      const step = stepNow()
      if (current.step !== step) current = { step, nonce: `${step}.${macOf(String(step))}` }
      return current.nonce
    },

    /** Whether this is the current or previous nonce, or the next one, from a node whose clock is ahead. */
    isValid(nonce: string): boolean {
      const [, digits = ''] = /^(\d{1,12})\./.exec(nonce) ?? []
      if (digits === '' || Math.abs(Number(digits) - stepNow()) > 1) return false
      return [macOf, ...othersOf].some(of => equalInConstantTime(`${digits}.${of(digits)}`, nonce))
    }
  }
}
