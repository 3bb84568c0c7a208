import { assertFullName, isEmail, normalizeEmail } from '../users/identifiers.ts'

/** The account elsewhere, as its ID token describes it. */
export interface Profile {
  /** Its address in canonical form; `null` without one that has the form of an address. */
  email: string | null
  /** Whether the issuer is authoritative for the address and says that it is verified. */
  isEmailProved: boolean
  /** Its full name; `null` without one that an account here may have. */
  name: string | null
}

/** The profile in the claims of an ID token of `issuer`. */
export function profileOf(issuer: string, claims: Record<string, unknown>): Profile {
  const email = typeof claims.email === 'string' && isEmail(claims.email) ? normalizeEmail(claims.email) : null
  return { email, isEmailProved: email !== null && isProved(issuer, claims, email), name: nameOf(claims.name) }
}

/** Google and Apple alone say for which addresses they are authoritative. */
function isProved(issuer: string, { email_verified, hd }: Record<string, unknown>, email: string): boolean {
  if (issuer === 'https://appleid.apple.com') return email_verified === true || email_verified === 'true'
  if (issuer !== 'https://accounts.google.com' || email_verified !== true) return false
  const domain = email.slice(email.indexOf('@') + 1)
  return domain === 'gmail.com' || (typeof hd === 'string' && normalizeEmail(hd) === domain)
}

function nameOf(claim: unknown): string | null {
  if (typeof claim !== 'string' || claim === '') return null
  try {
    assertFullName(claim)
    return claim
  } catch {
    return null
  }
}
