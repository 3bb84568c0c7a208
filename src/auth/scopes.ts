import { invalidMember, OAuthError } from '../errors.ts'

/** The scopes that Sallyport's own endpoints require, with descriptions. */
export const builtInScopes = {
  me: 'Read and change your own account',
  'users:read': 'Read all accounts',
  'users:write': 'Change all accounts',
  'clients:read': 'Read all clients',
  'clients:write': 'Change all clients',
  'audit:read': 'Read the audit trail',
  introspect: 'Introspect tokens'
} as const

/** The built-in scopes and the scopes in the settings, with descriptions. */
export function describeScopes({ scopes, defaultScopes }: { scopes: string[]; defaultScopes: string[] }) {
  const own = [...scopes, ...defaultScopes].map(scope => [scope, 'A scope of an API that trusts this server'])
  return { ...Object.fromEntries(own), ...builtInScopes } as Record<string, string>
}

const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Whether `text` is a scope-token (RFC 6749 §3.3). */
export const isScope = (text: string) => scopeToken.test(text)

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
  const granted = first.filter(scope => others.every(list => list.includes(scope)))
  if (granted.length === 0) {
    throw new OAuthError('invalid_scope', 'None of the requested scopes can be granted.')
  }
  return granted
}
