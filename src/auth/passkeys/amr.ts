import type { PasskeyRow } from '../../store/second-factors.ts'

/**
 * The methods that the use of a passkey proves (RFC 8176 §2). A synced passkey is a key in software. A use with user
 * verification, or after a first factor, proves two factors (NIST SP 800-63B-4 §2.2).
 */
export const methodsOf = (
  { synced }: Pick<PasskeyRow, 'synced'>,
  { isUserVerified, hasFirstFactor }: { isUserVerified: boolean; hasFirstFactor: boolean }
): string[] => [
  synced ? 'swk' : 'hwk',
  ...(isUserVerified ? ['user'] : []),
  ...(isUserVerified || hasFirstFactor ? ['mfa'] : [])
]
