import { assertFullName, isEmail, normalizeEmail } from '../account/identifiers.ts'

/** The identity, as its ID token describes it. */
export interface Profile {
  /** Its address in canonical form; `null` without one that has the form of an address. */
  email: string | null
  /** Whether the issuer says that the address is verified. */
  isEmailVerified: boolean
  /** Whether it also is authoritative for the address. */
  isEmailTrusted: boolean
  /** Its full name; `null` without one that an account here may have. */
  name: string | null
}

/** The profile in the claims of an ID token of `issuer`. */
export function profileOf(issuer: string, claims: Record<string, unknown>): Profile {
  const email = typeof claims.email === 'string' && isEmail(claims.email) ? normalizeEmail(claims.email) : null
  const isEmailVerified = email !== null && isVerified(issuer, claims)
  const isEmailTrusted = isEmailVerified && isAuthoritative(issuer, claims, email)
  return { email, isEmailVerified, isEmailTrusted, name: nameOf(claims.name) }
}

const apple = 'https://appleid.apple.com'

/** Apple sends a string. */
const isVerified = (issuer: string, { email_verified }: Record<string, unknown>) =>
  email_verified === true || (issuer === apple && email_verified === 'true')

/** Google and Apple alone say for which addresses they are authoritative. */
function isAuthoritative(issuer: string, { hd }: Record<string, unknown>, email: string): boolean {
  if (issuer === apple) return true
  if (issuer !== 'https://accounts.google.com') return false
  const domain = email.slice(email.indexOf('@') + 1)
  return domain === 'gmail.com' || (typeof hd === 'string' && normalizeEmail(`@${hd}`) === `@${domain}`)
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
