import { isPublicUrl, isSafeUrl } from './addresses.ts'

/** An issuer of ID tokens that log in here, and the client ids that its tokens may be for. */
export interface IdentityProvider {
  issuer: string
  clientIds: string[]
}

/** The issuers of the setting `IDENTITY_PROVIDERS`, which has no problems. */
export const identityProvidersOf = ({ identityProviders }: { identityProviders: string[] }): IdentityProvider[] =>
  identityProviders.map(parse)

function parse(entry: string): IdentityProvider {
  const [issuer = '', ...clientIds] = entry.trim().split(/\s+/)
  return { issuer, clientIds }
}

/** The problems of the entries of the setting, which messages call `name`. */
export function identityProviderProblems(name: string, entries: string[]): string[] {
  const seen = new Map<string, string>()
  return entries.flatMap(entry => {
    const { issuer, clientIds } = parse(entry)
    const problem = problemOf({ issuer, clientIds }, seen.get(comparable(issuer)))
    seen.set(comparable(issuer), issuer)
    // With an @, it may contain a password, which messages do not show.
    const shown = entry.includes('@') ? 'an entry with an @' : JSON.stringify(entry)
    return problem ? [`${name} has ${shown}: ${problem}`] : []
  })
}

function problemOf({ issuer, clientIds }: IdentityProvider, other: string | undefined): string | undefined {
  if (!/^https?:\/\//.test(issuer) || !URL.canParse(issuer))
    return 'expected an issuer, such as https://accounts.google.com, and its client ids, all separated by spaces'
  if (!isPublicUrl(issuer)) return 'expected an issuer without username and password'
  if (!isSafeUrl(issuer)) return 'expected an issuer with https; http is only for localhost'
  if (/[?#]/.test(issuer)) return 'expected an issuer without query and fragment'
  if (other === issuer) return 'the issuer is there twice: expected one entry with all its client ids'
  if (other !== undefined)
    return `another entry has ${other}: expected only the one that the tokens have as iss, to the letter`
  if (clientIds.length === 0) return 'expected one client id or more after the issuer, separated by spaces'
  if (!clientIds.every(id => /^[\x21-\x2b\x2d-\x7e]+$/.test(id)))
    return 'expected client ids of printable ASCII without commas'
  return undefined
}

/** Equal for issuers that differ in nothing but a slash at the end, or the case of the host. */
const comparable = (issuer: string) => (URL.canParse(issuer) ? new URL(issuer).href : issuer).replace(/\/$/, '')
