import type { Acr } from '../../resource-server/requirements.ts'
import type { SessionRow } from '../../store/sessions.ts'

/** How a session authenticated its user, in the claims of RFC 9068 §2.2.1. */
export interface Authentication {
  /** `aal2` with two factors (NIST SP 800-63B-4 §2.2). */
  acr: Acr
  /** The methods (RFC 8176 §2). */
  amr: string[]
  /** When the last method was used; `undefined` for a login that is never recent. */
  authTime: Date | undefined
}

/**
 * Stands in the methods of a login for a passkey that its owner has not confirmed. No token shows it.
 */
export const unconfirmed = 'unconfirmed'

/** Whether these methods include a first factor: a password or an ID token. */
export const hasFirstFactor = (amr: string[]) => amr.includes('pwd') || amr.includes('fed')

/** Whether a login with these methods began with a passkey that is not confirmed, and has had no other first factor. */
export const isUnconfirmed = (amr: string[]) => amr.includes(unconfirmed) && !hasFirstFactor(amr)

/** The methods of a login with `earlier` that has had `added` too. A confirmed passkey takes the place of another. */
export function withMethods(earlier: string[], added: string[]): string[] {
  const isConfirmed = added.some(method => method === 'hwk' || method === 'swk') && !added.includes(unconfirmed)
  return [...new Set([...earlier.filter(method => !isConfirmed || method !== unconfirmed), ...added])]
}

/** How `session`, which is that of a login, authenticated its user. */
export function authenticationOf(session: Pick<SessionRow, 'amr' | 'authTime'>): Authentication {
  const { amr, authTime } = session as { amr: string[]; authTime: Date }
  return {
    acr: amr.includes('mfa') ? 'aal2' : 'aal1',
    amr: amr.includes(unconfirmed) ? amr.filter(method => method !== unconfirmed) : amr,
    authTime: isUnconfirmed(amr) ? undefined : authTime
  }
}
