import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { randomSecret } from '../auth/keys/secrets.ts'
import { ConfigError } from '../errors.ts'
import { isAddressOrRange, isPublicUrl, localUrl } from './addresses.ts'
import { parseDotEnv } from './dot-env.ts'
import { secretBeside, sqlitePath } from './secret-file.ts'
import { type Config, ConfigSchema, envName, expectation } from './settings.ts'

export { sqlitePath } from './secret-file.ts'
export { type Config, ConfigSchema, envName, expectation } from './settings.ts'

const settings = Object.entries(ConfigSchema.properties) as [keyof Config, TSchema][]
const envNames = new Set(settings.map(([name]) => envName(name)))
/** Settings whose value is or contains a password, which no message shows. */
const confidential = new Set<keyof Config>(['secret', 'databaseUrl', 'smtpUrl'])

/** The settings of a program that embeds the server; a setting that is absent or `undefined` has its default. */
export type Settings = { [Name in keyof Config]?: Config[Name] | undefined }

/**
 * Reads the settings from `env` and from the file `.env` in `folder` (the environment wins), and the secret from its
 * file. Throws a ConfigError that names all problems at once.
 */
export function loadConfig(env: Record<string, string | undefined> = process.env, folder = process.cwd()): Config {
  const problems: string[] = []
  const given = { ...readDotEnv(join(folder, '.env'), problems), ...env }
  const values: Record<string, unknown> = {}
  for (const [name, schema] of settings) {
    const text = readSetting(envName(name), given, problems)
    if (text !== undefined) values[name] = fromText(text, schema)
  }
  return complete(values, problems, envName)
}

/**
 * Checks the `options` of a program that embeds the server, with the same schema and defaults as the environment.
 * Throws a ConfigError that names all problems at once.
 */
export function configFrom(options: Settings): Config {
  const known = new Set<string>(settings.map(([name]) => name))
  const problems = Object.keys(options)
    .filter(name => !known.has(name))
    .map(name => `${name} is not a setting`)
  return complete({ ...options }, problems, name => name)
}

/**
 * The settings with their defaults. Problems name a setting as its source does: an environment variable or an option.
 */
function complete(
  values: Record<string, unknown>,
  problems: string[],
  nameOf: (setting: keyof Config) => string
): Config {
  const config = Value.Default(ConfigSchema, values) as Partial<Config>
  const { databaseUrl, secret } = config
  for (const [name, schema] of settings) {
    if (config[name] !== undefined) problems.push(...problemsOf(name, schema, config[name], nameOf))
  }
  const isPostgres = String(databaseUrl).startsWith('postgres')
  if (isPostgres && secret === undefined && !problems.some(problem => /^SECRET(_FILE)? /.test(problem)))
    problems.push(
      `${nameOf('secret')} is required with PostgreSQL: expected ${expectation(ConfigSchema.properties.secret)}`
    )
  if (databaseUrl === 'sqlite::memory:' && Number(config.workers) > 1)
    problems.push(`${nameOf('workers')} is more than 1, and no two processes can share sqlite::memory:`)
  if (problems.length > 0) throw new ConfigError(problems)

  const { host, port, issuer = localUrl(host, port), audience = issuer } = config as Config
  const { mailFrom = `no-reply@${new URL(issuer).hostname}` } = config as Config
  return { ...(config as Config), issuer, audience, mailFrom, secret: secret ?? keptSecret(config as Config) }
}

function problemsOf(
  name: keyof Config,
  schema: TSchema,
  value: unknown,
  nameOf: (setting: keyof Config) => string
): string[] {
  const isRight =
    Value.Check(schema, value) &&
    (name !== 'host' || isPublicUrl(localUrl(value as string, 1))) &&
    (name !== 'issuer' || isPublicUrl(value as string)) &&
    (name !== 'smtpUrl' || URL.canParse(value as string))
  if (!isRight) {
    const shown = confidential.has(name) ? '' : `${JSON.stringify(value)}, which is `
    return [`${nameOf(name)} is ${shown}not valid: expected ${expectation(schema, nameOf(name) === name)}`]
  }
  if (name !== 'trustProxy') return []
  return (value as string[])
    .filter(entry => !isAddressOrRange(entry))
    .map(
      entry =>
        `${nameOf(name)} has ${JSON.stringify(entry)}: expected an address or a CIDR range such as 10.0.0.0/8; "true", a hop count or /0 would let any client forge its address`
    )
}

/** The secret of a SQLite database when the settings have none. */
function keptSecret({ databaseUrl }: Config): string {
  const path = sqlitePath(databaseUrl)
  if (path === ':memory:') return randomSecret()
  try {
    return secretBeside(path, ConfigSchema.properties.secret.minLength as number)
  } catch (error) {
    throw new ConfigError([(error as Error).message])
  }
}

function readDotEnv(path: string, problems: string[]): Record<string, string | undefined> {
  const text = read(path, error => {
    if (error.code !== 'ENOENT') problems.push(`.env cannot be read (${error.code})`)
  })
  const entries = parseDotEnv(text ?? '', problems)
  for (const name of Object.keys(entries)) {
    if (!envNames.has(name.replace(/_FILE$/, ''))) problems.push(`${name} in .env is not a setting`)
  }
  return entries
}

function readSetting(name: string, given: Record<string, string | undefined>, problems: string[]) {
  const direct = given[name] || undefined
  const file = given[`${name}_FILE`]
  if (!file) return direct
  if (direct !== undefined) problems.push(`${name} and ${name}_FILE are both set: keep one`)
  const text = read(file, error => problems.push(`${name}_FILE names ${file}, which cannot be read (${error.code})`))
  return direct ?? text?.trim()
}

function read(path: string, onError: (error: NodeJS.ErrnoException) => void): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    onError(error as NodeJS.ErrnoException)
    return undefined
  }
}

function fromText(text: string, schema: TSchema): unknown {
  if (schema.type === 'integer') return /^-?\d+$/.test(text) ? Number(text) : text
  if (schema.type === 'array') return text.split(',').flatMap(entry => entry.trim() || [])
  return text
}
