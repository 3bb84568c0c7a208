import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { ConfigError } from '../errors.ts'
import { isAddressOrRange, isPublicUrl, localUrl } from './addresses.ts'
import { parseDotEnv } from './dot-env.ts'
import { findSecret, secretBeside, sqlitePath } from './secret-file.ts'
import { type Config, ConfigSchema, envName, expectation } from './settings.ts'

export { sqlitePath } from './secret-file.ts'
export { type Config, ConfigSchema, envName, expectation } from './settings.ts'

const settings = Object.entries(ConfigSchema.properties) as [keyof Config, TSchema][]
const shortestSecret = ConfigSchema.properties.secret.minLength as number
const envNames = new Set(settings.map(([name]) => envName(name)))
/** Settings that are or contain a password. Messages do not show their values. */
const confidential = new Set<keyof Config>(['secret', 'databaseUrl', 'migrationDatabaseUrl', 'smtpUrl'])

type Environment = Record<string, string | undefined>

/** The settings of a program that embeds the server; a setting that is absent or `undefined` has its default. */
export type Settings = { [Name in keyof Config]?: Config[Name] | undefined }

/** The settings that `readConfig` found, and their problems. */
export interface ConfigReport {
  /** The valid settings, and the defaults of the others. */
  config: Omit<Config, 'secret'>
  /** The secret, and the file that holds it, if there are any. */
  secret: { value?: string; path?: string }
  problems: string[]
  /** The settings with a problem. */
  wrong: Set<keyof Config>
  /** The path of `.env`, and its entries. */
  dotEnv: { path: string; entries: Environment }
}

type Checked = Omit<ConfigReport, 'dotEnv'>

/**
 * Reads the settings from `env` and from the file `.env` in `folder` (the environment wins). Without SECRET, a SQLite
 * database keeps its secret in a file, which the first call creates. Throws a ConfigError that names all problems.
 */
export const loadConfig = (env?: Environment, folder?: string): Config => complete(readConfig(env, folder))

/** Whether this process serves users, by the convention of Node.js: `NODE_ENV` is `production`. */
export const isProduction = () => process.env.NODE_ENV === 'production'

/** Reads the settings like `loadConfig`, but returns the problems instead of throwing, and creates no secret. */
export function readConfig(env: Environment = process.env, folder = process.cwd()): ConfigReport {
  const problems: string[] = []
  const path = join(folder, '.env')
  const entries = readDotEnv(path, problems)
  const given = { ...entries, ...env }
  const isUnclear = (name: string) => name in entries && !(name in env) && entries[name] === undefined
  const wrong = new Set<keyof Config>()
  const values: Record<string, unknown> = {}
  for (const [setting, schema] of settings) {
    const name = envName(setting)
    const { text, faults } = readSetting(name, given)
    if (faults.length > 0 || isUnclear(name) || isUnclear(`${name}_FILE`)) wrong.add(setting)
    problems.push(...faults)
    if (text !== undefined) values[setting] = fromText(text, schema)
  }
  const checked = check(values, problems, wrong, envName)
  const file = given.SECRET_FILE
  if (file && existsSync(file)) checked.secret.path = file
  return { ...checked, dotEnv: { path, entries } }
}

/**
 * Checks the `options` of a program that embeds the server, with the same schema and defaults as the environment.
 * Throws a ConfigError that names all problems.
 */
export function configFrom(options: Settings): Config {
  const known = new Set<string>(settings.map(([name]) => name))
  const problems = Object.keys(options)
    .filter(name => !known.has(name))
    .map(name => `${name} is not a setting`)
  return complete(check({ ...options }, problems, new Set(), name => name))
}

/** Checks `values` and adds the defaults. `nameOf` is the name of a setting in its source: a variable or an option. */
function check(
  values: Record<string, unknown>,
  problems: string[],
  wrong: Set<keyof Config>,
  nameOf: (setting: keyof Config) => string
): Checked {
  const report = (setting: keyof Config, problem: string) => {
    wrong.add(setting)
    problems.push(problem)
  }
  const all = Value.Default(ConfigSchema, values) as Partial<Config>
  for (const [name, schema] of settings) {
    if (all[name] === undefined) continue
    for (const problem of problemsOf(name, schema, all[name], nameOf)) report(name, problem)
  }
  if (String(all.databaseUrl).startsWith('postgres') && all.secret === undefined && !wrong.has('secret'))
    report(
      'secret',
      `${nameOf('secret')} is required with PostgreSQL: expected ${expectation(ConfigSchema.properties.secret)}`
    )
  if (all.databaseUrl === 'sqlite::memory:' && Number(all.workers) > 1)
    report('workers', `${nameOf('workers')} must be 1 with sqlite::memory:, which processes cannot share`)
  // The default issuer contains the host and the port.
  if (all.issuer === undefined && (wrong.has('host') || wrong.has('port'))) wrong.add('issuer')

  const right = Object.fromEntries(Object.entries(all).filter(([name]) => !wrong.has(name as keyof Config)))
  const { secret: value, ...config } = Value.Default(ConfigSchema, right) as Config
  const { databaseUrl, host, port, issuer = localUrl(host, port), audience = issuer } = config
  const { mailFrom = `no-reply@${new URL(issuer).hostname}` } = config
  const isKept = value === undefined && !wrong.has('secret') && !wrong.has('databaseUrl')
  const { problem, ...secret } = isKept
    ? findSecret(sqlitePath(databaseUrl), shortestSecret)
    : { ...(value && { value }) }
  if (problem) report('secret', problem)
  return { config: { ...config, issuer, audience, mailFrom }, secret, problems, wrong }
}

/** Throws the problems, or creates the secret if there is none. */
function complete({ config, secret, problems }: Checked): Config {
  if (problems.length > 0) throw new ConfigError(problems)
  try {
    return { ...config, secret: secret.value ?? secretBeside(sqlitePath(config.databaseUrl), shortestSecret) }
  } catch (error) {
    throw new ConfigError([(error as Error).message])
  }
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
        `${nameOf(name)} has ${JSON.stringify(entry)}: expected an IP address or a CIDR range such as 10.0.0.0/8; "true", a hop count or /0 would let any client forge its address`
    )
}

function readDotEnv(path: string, problems: string[]): Environment {
  const text = read(path, error => {
    if (error.code !== 'ENOENT') problems.push(`Cannot read .env (${error.code})`)
  })
  const entries = parseDotEnv(text ?? '', problems)
  for (const name of Object.keys(entries)) {
    if (!envNames.has(name.replace(/_FILE$/, ''))) problems.push(`${name} in .env is not a setting`)
  }
  return entries
}

function readSetting(name: string, given: Environment): { text: string | undefined; faults: string[] } {
  const direct = given[name] || undefined
  const file = given[`${name}_FILE`]
  const faults = direct !== undefined && file ? [`${name} and ${name}_FILE are both set: keep one of them`] : []
  const text = file ? read(file, ({ code }) => faults.push(`${name}_FILE: cannot read ${file} (${code})`)) : undefined
  return { text: direct ?? text?.trim(), faults }
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
