import { originOf } from './resource-metadata.ts'

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
  /**
   * The public URL of the API, for tokens that are bound to a key (RFC 9449); defaults to the origin of `audience` if
   * that is an http or https URL and not the issuer. Without it, such tokens are refused.
   */
  url?: string | undefined
  /** A secret of 32 or more characters that all nodes of the API share: proofs need a nonce (RFC 9449 §9). */
  nonceSecret?: string | undefined
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
  const { issuer, audience, leeway = 10, staleKeys = 3600, introspect, nonceSecret, now = () => new Date() } = given
  const rules: [name: string, holds: boolean, expected: string][] = [
    ['issuer', isUrl(issuer), 'the iss of the tokens, an http or https URL without query, fragment or username'],
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
    [
      'url',
      given.url === undefined || isUrl(given.url),
      'the public URL of the API, an http or https URL without query, fragment or username'
    ],
    [
      'nonceSecret',
      nonceSecret === undefined || (typeof nonceSecret === 'string' && nonceSecret.length >= 32),
      'a string of 32 or more characters'
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
  const url = given.url?.replace(/\/$/, '') ?? (audience === issuer ? undefined : originOf(audience))
  return { issuer, audience, leeway, staleKeys, introspect, url, nonceSecret, now }
}

const isWithin = (value: unknown, most: number) => typeof value === 'number' && value >= 0 && value <= most

const isText = (value: unknown) => typeof value === 'string' && value !== ''

const isUrl = (value: unknown) => typeof value === 'string' && originOf(value) !== undefined

const isClient = (value: Record<string, unknown> | null) => isText(value?.clientId) && isText(value?.clientSecret)
