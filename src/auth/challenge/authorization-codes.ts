import { createSealedTokens, type SealedToken } from './sealed-tokens.ts'

export type AuthorizationCodes = ReturnType<typeof createAuthorizationCodes>

/** The lifetime of a code in seconds. */
export const codeTtl = 60

/** What an authorization code (RFC 6749 §4.1.2) is bound to. */
export interface AuthorizationCode extends SealedToken {
  clientId: string
  userId: string
  /** The state of the account, from `accountState`. */
  state: string
  amr: string[]
  /** The session that the code begins or, with `stepsUp`, raises. A second use ends it. */
  sessionId: string
  stepsUp: boolean
  scope: string[]
  resource?: string | undefined
  codeChallenge?: string | undefined
}

/** Authorization codes: sealed, short-lived, and spent by the session that they begin. */
export function createAuthorizationCodes(deps: { config: { secret: string }; newId: () => string; now: () => Date }) {
  const { config, newId, now } = deps
  const tokens = createSealedTokens<AuthorizationCode>(config, 'authorization-codes', now)
  return {
    open: tokens.open,

    /** A new code. */
    issue: (content: Omit<AuthorizationCode, 'id' | 'expiresAt'>) =>
      tokens.seal({ ...content, id: newId(), expiresAt: Math.floor(now().getTime() / 1000) + codeTtl })
  }
}
