import { isScope } from './scope-token.ts'

/** The authentication context classes of logins, the weakest first: `aal2` has two factors. */
export const acrs = ['aal1', 'aal2'] as const

/** One of `acrs`, which NIST SP 800-63B-4 §2 defines. */
export type Acr = (typeof acrs)[number]

/** The requirements of a route on the login behind an access token (RFC 9470 §3): at least one member. */
export interface StepUp {
  /** The least class of the login; `aal2` for a login with two factors. */
  acr?: Acr
  /** How long ago the user may have authenticated, in seconds; a whole number from 1. */
  maxAge?: number
}

/** The requirements of a route besides its scopes: at least one member. */
export interface Requirement extends StepUp {
  /** The roles that the caller must have, all of them (RFC 9068 §2.2.3.1): at least one. */
  roles?: readonly string[]
}

/** The scopes that a route requires, and after them its other requirements. */
export type Requirements = string[] | [...scopes: string[], requirement: Requirement]

/** The requirements of a route, checked and separated. */
export interface CheckedRequirements {
  scopes: readonly string[]
  roles: readonly string[]
  stepUp: StepUp | undefined
}

/**
 * Separates the requirements of a route. Throws an Error for a value that is not a scope (RFC 6749 §3.3), such as
 * `undefined`, or a request, when the function `hook` was passed as a hook instead of being called; and for a member of
 * the last argument that is unknown or invalid, so that no route is open because of a misspelling.
 */
export function requirementsOf(given: Requirements, hook: string): CheckedRequirements {
  const last = given.at(-1)
  const isRequirement = typeof last === 'object' && last !== null && !Array.isArray(last)
  const scopes = (isRequirement ? given.slice(0, -1) : given) as string[]
  checkScopes(scopes, hook)
  if (!isRequirement) return { scopes, roles: [], stepUp: undefined }
  checkRequirement(last, hook)
  // Copies, which later changes of the given object do not weaken.
  const { roles = [], ...stepUp } = last
  return { scopes, roles: [...roles], stepUp: Object.keys(stepUp).length > 0 ? stepUp : undefined }
}

function checkScopes(scopes: string[], hook: string) {
  for (const scope of scopes) {
    if (typeof scope !== 'string')
      throw new Error(
        `A scope must be a string, not ${typeof scope}. Call the function to get the hook: onRequest: ${hook}('me').`
      )
    if (!isScope(scope))
      throw new Error(`A scope must be printable ASCII without spaces, not ${JSON.stringify(scope)}.`)
  }
}

const rules: Record<string, [holds: (value: unknown) => boolean, expected: string]> = {
  acr: [value => (acrs as readonly unknown[]).includes(value), acrs.join(' or ')],
  maxAge: [value => Number.isSafeInteger(value) && Number(value) > 0, 'a whole number of seconds from 1'],
  roles: [
    value => Array.isArray(value) && value.length > 0 && value.every(role => typeof role === 'string' && role !== ''),
    'a non-empty array of non-empty strings'
  ]
}

function checkRequirement(requirement: Requirement, hook: string) {
  const members = Object.entries(requirement)
  const problems = members.flatMap(([name, value]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (!rule) return [`${name} is not a member`]
    const [holds, expected] = rule
    return holds(value) ? [] : [`${name} must be ${expected}`]
  })
  if (members.length === 0) problems.push('it must have acr, maxAge or roles')
  if (problems.length > 0) throw new Error(`The last argument of ${hook} is not valid: ${problems.join('; ')}.`)
}
