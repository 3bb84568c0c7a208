import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { newSecret, secretBeside, sqlitePath } from './secret-file.ts'
import { type Config, ConfigSchema, envName, expectation } from './settings.ts'

export { sqlitePath } from './secret-file.ts'
export { type Config, ConfigSchema, envName, expectation } from './settings.ts'

const settings = Object.entries(ConfigSchema.properties) as [keyof Config, TSchema][]
const envNames = new Set(settings.map(([name]) => envName(name)))
/** Settings whose value is, or holds, a password: no message shows it. */
const confidential = new Set<keyof Config>(['secret', 'databaseUrl'])

/** Thrown when the settings do not let the service start: every problem, a line each. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: string[]

  constructor(problems: string[]) {
    super(`The settings are not valid:\n${problems.map(problem => `  - ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/**
 * Reads the settings from `env` and from the file `.env` in `folder` (the environment wins), and the secret from its
 * file. Throws a ConfigError that names every problem at once.
 */
export function loadConfig(env: Record<string, string | undefined> = process.env, folder = process.cwd()): Config {
  const problems: string[] = []
  const given = { ...readDotEnv(join(folder, '.env'), problems), ...env }
  const values: Record<string, unknown> = {}
  for (const [name, schema] of settings) {
    const text = readSetting(envName(name), given, problems)
    if (text !== undefined) values[name] = fromText(text, schema)
  }
  return complete(values, problems)
}

/**
 * Checks `options` of a program that embeds the server, with the same schema and defaults as the environment. Throws a
 * ConfigError that names every problem at once.
 */
export function configFrom(options: Partial<Config>): Config {
  const known = new Set<string>(settings.map(([name]) => name))
  const problems = Object.keys(options)
    .filter(name => !known.has(name))
    .map(name => `${name} is not a setting`)
  return complete({ ...options }, problems)
}

function complete(values: Record<string, unknown>, problems: string[]): Config {
  const config = Value.Default(ConfigSchema, values) as Config
  const wrong = settings.filter(([name, schema]) => config[name] !== undefined && !Value.Check(schema, config[name]))
  problems.push(...wrong.map(([name, schema]) => wrongValue(name, schema, config[name])))
  const isRight = (name: keyof Config) => config[name] !== undefined && !wrong.some(([other]) => other === name)

  if (isRight('issuer') && !isIssuer(config.issuer))
    problems.push(wrongValue('issuer', ConfigSchema.properties.issuer, config.issuer))
  if (isRight('host') && !isIssuer(localUrl(config.host, 1)))
    problems.push(`HOST is ${JSON.stringify(config.host)}, which is not valid: expected an address or a host name`)
  if (isRight('trustProxy')) problems.push(...config.trustProxy.filter(entry => !isAddressOrRange(entry)).map(wrongProxy))
  const isSqlite = config.databaseUrl.startsWith('sqlite:')
  if (isRight('databaseUrl') && !isSqlite && config.secret === undefined && !problems.some(isAboutSecret))
    problems.push(`SECRET is required with PostgreSQL: expected ${expectation(ConfigSchema.properties.secret)}`)
  if (problems.length > 0) throw new ConfigError(problems)

  config.issuer ??= localUrl(config.host, config.port)
  config.audience ??= config.issuer
  config.secret ??= keptSecret(sqlitePath(config.databaseUrl))
  return config
}
