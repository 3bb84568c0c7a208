import type { FastifyInstance } from 'fastify'
import type { Extensions } from '../auth/extensions/extensions.ts'
import { ConfigError } from '../base/errors.ts'
import type { Config, Settings } from '../config/config.ts'

/** Settings that do not apply, because another app listens. */
const serverSettings = [
  'host',
  'port',
  'workers',
  'trustProxy',
  'metrics',
  'otelExporterOtlpEndpoint',
  'logLevel'
] as const satisfies (keyof Config)[]

/**
 * The options of the plugin: the settings of docs/settings.md as members, `accessTokenTtl` for `ACCESS_TOKEN_TTL`, with
 * times in seconds and lists as arrays; and the functions of Extensions. None is required.
 */
export type SallyportOptions = Omit<Settings, (typeof serverSettings)[number]> &
  Extensions & {
    /** The prefix of every path, such as `/auth`; `issuer` should be the public URL of this prefix. */
    prefix?: string
    /** The clock, for tests. Defaults to the machine's. */
    now?: (() => Date) | undefined
  }

/** Throws a ConfigError with all problems of the options and of `app`. */
export function assertMountable(
  app: FastifyInstance,
  prefix: string,
  settings: object,
  functions: Record<string, unknown>
) {
  const problems: string[] = serverSettings
    .filter(name => name in settings)
    .map(name => `${name} is not an option of the plugin: configure it on your own server`)
  if (!/^(\/[^/\s?#%:*]+)*$/.test(prefix)) {
    problems.push(
      `prefix is ${JSON.stringify(prefix)}: expected a path such as /auth, without parameters or a trailing slash`
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
      `this scope or a parent scope already has ${taken.join(' and ')}: register Sallyport in a sibling scope`
    )
  }
  if (problems.length > 0) throw new ConfigError(problems)
}
