import { invalidMember, OAuthError } from '../base/errors.ts'
import { isScope } from '../wire/scope-token.ts'

/** The scopes that Sallyport's own endpoints require, with descriptions. */
export const builtInScopes = {
  me: 'Read and change your own account',
  'users:read': 'Read all accounts',
  'users:write': 'Change all accounts',
  'clients:read': 'Read all clients',
  'clients:write': 'Change all clients',
  'keys:read': 'Read the signing keys',
  'keys:write': 'Rotate the signing keys',
  'audit:read': 'Read the audit trail',
  'webhooks:write': 'Read and change all webhooks',
  introspect: 'Introspect tokens'
} as const

/** The scopes that are granted only to a request that names them: every built-in scope but `me`. */
const privileged = new Set<string>(Object.keys(builtInScopes).filter(scope => scope !== 'me'))
/** Whether a token with this scope can administer this server. */
export const isPrivileged = (scope: string) => privileged.has(scope)

/** The scopes of `scopes` that this server does not use itself, which a personal access token can be exchanged for. */
export const apiScopes = (scopes: string[]) => scopes.filter(scope => !Object.hasOwn(builtInScopes, scope))

/** The scopes of `scopes` that a personal access token has at this server: only the one that fetches events. */
export const scriptScopes = (scopes: string[]) => scopes.filter(scope => scope === 'audit:read')

/** The scope of a token that can only enrol a second factor. Such a token has the audience `enrolAudience`. */
export const enrolScope = 'factors'

/**
 * The `aud` of a token that can only enrol a second factor. No API has this name, so every verifier refuses the token.
 */
export const enrolAudience = 'urn:sallyport:enrol'

/**
 * The maximum total length of the scopes of an account or client, in characters. Tokens are sent in a header, and
 * headers are limited to 8 KiB.
 */
const maxScopeLength = 2000

/** Throws a 400 about `/scopes` unless every scope is a scope-token and all of them fit into a token. */
export function assertScopes(scopes: string[]) {
  if (!scopes.every(isScope))
    throw invalidMember('/scopes', 'must contain only names of printable ASCII without spaces, quotes or backslashes')
  if (scopes.join(' ').length > maxScopeLength)
    throw invalidMember('/scopes', `must not exceed ${maxScopeLength} characters in total`)
}

/**
 * The scopes of a space-separated `scope` parameter (RFC 6749 §3.3), without duplicates. Throws `invalid_scope` when
 * the list is empty or a scope has a character outside the alphabet.
 */
export function parseScope(text: string): string[] {
  const scopes = text.split(' ').filter(scope => scope !== '')
  if (scopes.length === 0 || !scopes.every(isScope)) {
    throw new OAuthError('invalid_scope', 'scope must be a list of names of printable ASCII, separated by spaces.')
  }
  return [...new Set(scopes)]
}

/**
 * The scopes to grant: the scopes of `asked`, or all scopes if `asked` is `undefined`, that every one of `limits`
 * contains. A limit of `undefined` restricts nothing. Throws `invalid_scope` when no scope is left.
 */
export function grantScope(asked: string | undefined, ...limits: (string[] | undefined)[]): string[] {
  const wanted = asked === undefined ? undefined : parseScope(asked)
  const [first = [], ...others] = [wanted, ...limits].filter(list => list !== undefined)
  const granted = heldOf(first, ...others)
  if (granted.length === 0) {
    throw new OAuthError('invalid_scope', 'None of the requested scopes can be granted.')
  }
  return granted
}

/** The scopes that every one of `limits` contains. A limit of `undefined` or `null` restricts nothing. */
export const heldOf = (scopes: string[], ...limits: (string[] | undefined | null)[]): string[] =>
  scopes.filter(scope => limits.every(list => !list || list.includes(scope)))

/**
 * The scopes of a new login. Without `asked`, these are all scopes that the `limits` allow, except the privileged ones,
 * so that a token that was requested without thought cannot administer this server.
 */
export function grantNewScope(asked: string | undefined, ...limits: (string[] | undefined)[]): string[] {
  const allowed = grantScope(asked, ...limits)
  const granted = asked === undefined ? allowed.filter(scope => !privileged.has(scope)) : allowed
  if (granted.length > 0) return granted
  throw new OAuthError('invalid_scope', `Name the scopes that you need, for example scope=${allowed[0]}.`)
}
