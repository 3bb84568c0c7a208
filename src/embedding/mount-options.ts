import type { FastifyInstance } from 'fastify'
import type { Extensions } from '../auth/extensions/extensions.ts'
import type { Registration } from '../auth/users/user.ts'
import type { Config, Settings } from '../config/config.ts'
import { ConfigError, invalidMember } from '../errors.ts'

/** Settings of the app that listens, which are therefore not options here. */
const serverSettings = [
  'host',
  'port',
  'workers',
  'maxConnections',
  'drainDelay',
  'trustProxy',
  'metricsPort',
  'metricsHost',
  'otelExporterOtlpEndpoint',
  'logLevel'
] as const satisfies (keyof Config)[]

/** The settings as members: `accessTokenTtl` is `ACCESS_TOKEN_TTL`. */
export type SallyportOptions = Omit<Settings, (typeof serverSettings)[number]> &
  Extensions & {
    /** The prefix of every path, such as `/auth`; `issuer` should be the public URL of this prefix. */
    prefix?: string
    /** The clock. */
    now?: (() => Date) | undefined
  }

/** Throws a ConfigError with all problems that prevent mounting Sallyport in `app` with these options. */
export function assertMountable(
  app: FastifyInstance,
  prefix: string,
  settings: object,
  functions: Record<string, unknown>
) {
  const problems: string[] = serverSettings
    .filter(name => name in settings)
    .map(name => `${name} is for the app that listens, and no option of the plugin`)
  if (!/^(\/[^/\s?#%:*]+)*$/.test(prefix)) {
    problems.push(
      `prefix is ${JSON.stringify(prefix)}: expected a path such as /auth, without parameters and a slash at its end`
    )
  }
  for (const [name, value] of Object.entries(functions)) {
    if (value !== undefined && typeof value !== 'function') {
      problems.push(`${name} is ${JSON.stringify(value)}: expected a function`)
    }
  }
  const taken = ['sallyport'].filter(name => app.hasDecorator(name))
  if (app.hasRequestDecorator('auth')) taken.push('request.auth')
  if (taken.length > 0) {
    problems.push(
      `this scope, or one around it, has ${taken.join(' and ')} already: register Sallyport in a scope beside that one`
    )
  }
  if (problems.length > 0) throw new ConfigError(problems)
}

/**
 * Throws a 400 unless `given` has the types of a Registration, for callers without type checks; everything else is
 * validated as over HTTP.
 */
export function assertRegistration(given: Partial<Registration> | null | undefined) {
  const isText = (value: unknown) => typeof value === 'string'
  const isTextOrNone = (value: unknown) => value === undefined || value === null || isText(value)
  const { username, password, email, full_name, scopes } = given ?? {}
  const rules: [name: string, holds: boolean, expected: string][] = [
    ['username', isText(username), 'a string'],
    ['password', isText(password), 'a string'],
    ['email', isTextOrNone(email), 'a string or null'],
    ['full_name', isTextOrNone(full_name), 'a string or null'],
    ['scopes', scopes === undefined || (Array.isArray(scopes) && scopes.every(isText)), 'an array of strings']
  ]
  const [wrong, , expected] = rules.find(([, holds]) => !holds) ?? []
  if (wrong !== undefined) throw invalidMember(`/${wrong}`, `must be ${expected}`)
}
