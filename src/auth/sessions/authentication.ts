import type { SessionRow } from '../../store/sessions.ts'
import type { Acr } from '../../wire/requirements.ts'

/** How a session authenticated its user, in the claims of RFC 9068 §2.2.1. */
export interface Authentication {
  /** `aal2` with two factors (NIST SP 800-63B-4 §2.2). */
  acr: Acr
  /** The methods (RFC 8176 §2). */
  amr: string[]
  /** When the last method was used. */
  authTime: Date
}

/** Whether these methods include a first factor: a password or an ID token. */
export const hasFirstFactor = (amr: string[]) => amr.includes('pwd') || amr.includes('fed')

/** The methods of a login with `earlier` that has had `added` too, each once. */
export const withMethods = (earlier: string[], added: string[]): string[] => [...new Set([...earlier, ...added])]

/** How `session`, which is that of a login, authenticated its user. */
export function authenticationOf(session: Pick<SessionRow, 'amr' | 'authTime'>): Authentication {
  const { amr, authTime } = session as { amr: string[]; authTime: Date }
  return { acr: amr.includes('mfa') ? 'aal2' : 'aal1', amr, authTime }
}
