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

const isWithin = (value: unknown, most: number) => typeof value === 'number' && value >= 0 && value <= most

const isText = (value: unknown) => typeof value === 'string' && value !== ''

const isIssuer = (value: unknown) =>
  typeof value === 'string' && /^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/.test(value) && URL.canParse(value)

const isClient = (value: Record<string, unknown> | null) => isText(value?.clientId) && isText(value?.clientSecret)
