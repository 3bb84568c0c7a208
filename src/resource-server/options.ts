import { isScope } from '../auth/scopes.ts'

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

/** The scopes that a route requires, and after them its requirements on the login. */
export type Requirements = string[] | [...scopes: string[], stepUp: StepUp]

/** The options of the verifier. */
export interface VerifierOptions {
  /** The `iss` of the tokens, Sallyport's `ISSUER`. Its metadata is fetched from there (RFC 8414). */
  issuer: string
  /** The value that the `aud` of a token must contain: Sallyport's `AUDIENCE`, which defaults to the issuer. */
  audience: string
  /** How far the clocks of issuer and API may differ, in seconds from 0 to 300; defaults to 10. */
  leeway?: number | undefined
  /**
   * How long keys stay valid after they are due for renewal while the issuer cannot be reached, in seconds from 0 to
   * 86400; defaults to 3600. For that time, a retired key may still be accepted. Not with `introspect`.
   */
  staleKeys?: number | undefined
  /** Asks the issuer about each token (RFC 7662) as this confidential client, which needs the scope `introspect`. */
  introspect?: { clientId: string; clientSecret: string } | undefined
  /** The clock; for tests. */
  now?: (() => Date) | undefined
}

/** The options with their defaults. */
export interface CheckedOptions extends VerifierOptions {
  leeway: number
  staleKeys: number
  now: () => Date
}

/** The options that `register` accepts for every plugin. */
const optionsOfFastify = ['prefix', 'logLevel', 'logSerializers']

/** Fills in the defaults. Throws an Error that names every missing, invalid or unknown option. */
export function checkOptions(given: VerifierOptions): CheckedOptions {
  const { issuer, audience, leeway = 10, staleKeys = 3600, introspect, now = () => new Date() } = given
  const rules: [name: string, holds: boolean, expected: string][] = [
    ['issuer', isIssuer(issuer), 'the iss of the tokens, an http or https URL without query, fragment or username'],
    ['audience', isText(audience), 'the aud of the tokens, a non-empty string'],
    ['leeway', isWithin(leeway, 300), 'a number of seconds from 0 to 300'],
    ['staleKeys', isWithin(staleKeys, 86_400), 'a number of seconds from 0 to 86400'],
    [
      'staleKeys',
      introspect === undefined || given.staleKeys === undefined,
      'omitted with introspect, which needs no keys'
    ],
    [
      'introspect',
      introspect === undefined || isClient(introspect),
      '{ clientId, clientSecret }, both non-empty strings'
    ],
    ['now', typeof now === 'function', 'a function that returns a Date']
  ]
  const known = [...rules.map(([name]) => name), ...optionsOfFastify]
  const problems = [
    ...rules.filter(([, holds]) => !holds).map(([name, , expected]) => `${name} must be ${expected}`),
    ...Object.keys(given)
      .filter(name => !known.includes(name))
      .map(name => `${name} is not an option`)
  ]
  if (problems.length > 0) throw new Error(`The options of the verifier are not valid: ${problems.join('; ')}.`)
  return { issuer, audience, leeway, staleKeys, introspect, now }
}

/**
 * Separates the scopes of a route from its requirements on the login. Throws an Error for a value that is not a scope
 * (RFC 6749 §3.3), such as `undefined`, or a request, when the function `hook` was passed as a hook instead of being
 * called; and for a member of a step-up that is unknown or invalid, so that no route is open because of a misspelling.
 */
export function requirementsOf(given: Requirements, hook: string): { scopes: string[]; stepUp: StepUp | undefined } {
  const last = given.at(-1)
  const isStepUp = typeof last === 'object' && last !== null && !Array.isArray(last)
  const scopes = (isStepUp ? given.slice(0, -1) : given) as string[]
  checkScopes(scopes, hook)
  return { scopes, stepUp: isStepUp ? checkStepUp(last, hook) : undefined }
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

/** A copy, which later changes of the given object do not weaken. */
function checkStepUp(stepUp: StepUp, hook: string): StepUp {
  const rules: Record<string, [holds: (value: unknown) => boolean, expected: string]> = {
    acr: [value => (acrs as readonly unknown[]).includes(value), acrs.join(' or ')],
    maxAge: [value => Number.isSafeInteger(value) && Number(value) > 0, 'a whole number of seconds from 1']
  }
  const members = Object.entries(stepUp)
  const problems = members.flatMap(([name, value]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (!rule) return [`${name} is not a member`]
    const [holds, expected] = rule
    return holds(value) ? [] : [`${name} must be ${expected}`]
  })
  if (members.length === 0) problems.push('it must have acr, maxAge or both')
  if (problems.length > 0) throw new Error(`The last argument of ${hook} is not valid: ${problems.join('; ')}.`)
  return { ...stepUp }
}

const isWithin = (value: unknown, most: number) => typeof value === 'number' && value >= 0 && value <= most

const isText = (value: unknown) => typeof value === 'string' && value !== ''

const isIssuer = (value: unknown) =>
  typeof value === 'string' && /^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/.test(value) && URL.canParse(value)

const isClient = (value: Record<string, unknown> | null) => isText(value?.clientId) && isText(value?.clientSecret)
