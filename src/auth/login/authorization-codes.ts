import type { Secrets } from '../../base/sealing.ts'
import { secondsOf } from '../../base/times.ts'
import { createSealedTokens, type SealedToken } from '../keys/sealed-tokens.ts'

export type AuthorizationCodes = ReturnType<typeof createAuthorizationCodes>

/** The lifetime of a code in seconds. */
export const codeTtl = 60

/** The content of an authorization code (RFC 6749 §4.1.2), which binds it. */
export interface AuthorizationCode extends SealedToken {
  clientId: string
  userId: string
  /** The state of the account, from `accountState`. */
  state: string
  amr: string[]
  /** The id of the identity whose ID token was presented. */
  identity?: string | undefined
  /** When the last method was presented, in milliseconds since the epoch. */
  authTime: number
  /** The session that the code begins or, with `stepsUp`, raises. A second use ends it. */
  sessionId: string
  stepsUp: boolean
  /** The scope to ask for when the code is redeemed; `undefined` asks for all of the login's. */
  scope?: string | undefined
  resource?: string | undefined
  codeChallenge?: string | undefined
  /** The key that redeems the code (RFC 9449 §10). */
  jkt?: string | undefined
}

/** Authorization codes: sealed, short-lived, and spent by the session that they begin. */
export function createAuthorizationCodes(deps: { config: Secrets; newId: () => string; now: () => Date }) {
  const { config, newId, now } = deps
  const tokens = createSealedTokens<AuthorizationCode>(config, 'authorization-codes', now)
  return {
    open: tokens.open,

    /** A new code. */
    issue: (content: Omit<AuthorizationCode, 'id' | 'expiresAt'>) =>
      tokens.seal({ ...content, id: newId(), expiresAt: secondsOf(now()) + codeTtl })
  }
}
