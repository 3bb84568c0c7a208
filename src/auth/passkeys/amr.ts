import type { PasskeyRow } from '../../store/second-factors.ts'
import { unconfirmed } from '../sessions/authentication.ts'

/**
 * The methods that the use of a passkey proves (RFC 8176 §2). A synced passkey is a key in software. A use with user
 * verification, or after a first factor, proves two factors (NIST SP 800-63B-4 §2.2), unless the passkey is not
 * confirmed: a browser has made it after the password alone.
 */
export const methodsOf = (
  { synced, confirmedAt }: Pick<PasskeyRow, 'synced' | 'confirmedAt'>,
  { isUserVerified, hasFirstFactor }: { isUserVerified: boolean; hasFirstFactor: boolean }
): string[] => [
  synced ? 'swk' : 'hwk',
  ...(isUserVerified ? ['user'] : []),
  ...(confirmedAt === null ? [unconfirmed] : isUserVerified || hasFirstFactor ? ['mfa'] : [])
]
