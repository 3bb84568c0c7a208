import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { TSchema } from '@sinclair/typebox'
import { Check, Default } from '@sinclair/typebox/value'
import { ConfigError } from '../base/errors.ts'
import { textProblems } from '../texts/texts.ts'
import { isAddressOrRange, isOrigin, isPublicUrl, isSafeUrl, isServerUrl, localUrl } from './addresses.ts'
import { readDataSchema } from './data-schema.ts'
import { parseDotEnv } from './dot-env.ts'
import { identityProviderProblems } from './identity-providers.ts'
import { limitProblems } from './limits.ts'
import { defaultIssuer, defaultOrigins } from './passkeys.ts'
import { findSecret, secretBeside, sqlitePath } from './secret-file.ts'
import { type Config, ConfigSchema, envName, expectation } from './settings.ts'
import { type Environment, merged, read, readVariable, unknownNames } from './variables.ts'
import { readWellKnown } from './well-known.ts'

export { secretPath, sqlitePath } from './secret-file.ts'
export { type Config, ConfigSchema, envName, expectation } from './settings.ts'

const settings = Object.entries(ConfigSchema.properties) as [keyof Config, TSchema][]
const shortestSecret = ConfigSchema.properties.secret.minLength as number
/** Settings that are or contain a password. Messages and the log do not show their values. */
export const confidential: ReadonlySet<keyof Config> = new Set([
  'secret',
  'secondSecret',
  'databaseUrl',
  'migrationDatabaseUrl',
  'smtpUrl'
])

/** Settings with a URL to which a request must not go in the clear. */
const safeUrls = new Set<keyof Config>(['breachCheck', 'linkAfter'])

/** Settings with the URL of a server, which may have a password. */
const urls = new Set<keyof Config>(['databaseUrl', 'migrationDatabaseUrl', 'smtpUrl'])

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

/** The same for options, which come from no file. */
export type Checked = Omit<ConfigReport, 'dotEnv'>

/**
 * Whether this process serves users, by the convention of Node.js: `NODE_ENV` is `production`, in `env` or, where that
 * lacks it, in the file of the settings.
 */
export const isProduction = (env: Environment = process.env, file: Environment = {}) =>
  (env.NODE_ENV || file.NODE_ENV) === 'production'

/** Threads of libuv's pool unless UV_THREADPOOL_SIZE sets another number. */
const defaultThreads = 4

/** The size of libuv's thread pool, which computes the hashes. Node.js reads it once, when the process starts. */
export const poolThreads = (env: Environment = process.env) => Number(env.UV_THREADPOOL_SIZE) || defaultThreads

/**
 * Reads the settings from `env` and from the file `envFile` in `folder`. A variable with the prefix `SALLYPORT_` wins
 * over one without, and then the environment wins over the file. Creates no secret. Only the default file may be
 * missing.
 */
export function readConfig(
  env: Environment = process.env,
  folder = process.cwd(),
  envFile: string | undefined = undefined
): ConfigReport {
  const problems: string[] = []
  const path = resolve(folder, envFile ?? '.env')
  const entries = readDotEnv(path, envFile, problems)
  problems.push(...unknownNames(entries, env, envFile ?? '.env'))
  const given = merged(entries, env)
  const wrong = new Set<keyof Config>()
  const values: Record<string, unknown> = {}
  const found = settings.map(
    ([setting, schema]) => [setting, { schema, ...readVariable(envName(setting), given) }] as const
  )
  for (const [setting, { schema, text, faults, isUnclear }] of found) {
    if (faults.length > 0 || isUnclear) wrong.add(setting)
    problems.push(...faults)
    if (text !== undefined) values[setting] = fromText(text, schema)
  }
  const sources = Object.fromEntries(found)
  const checked = check(values, problems, wrong, setting => sources[setting]?.source as string)
  const file = sources.secret?.file
  if (file && existsSync(file)) checked.secret.path = file
  return { ...checked, dotEnv: { path, entries } }
}

/** Checks the `options` of a program that embeds the server, with the same schema and defaults as the environment. */
export function readOptions(options: Settings): Checked {
  const known = new Set<string>(settings.map(([name]) => name))
  const problems = Object.keys(options)
    .filter(name => !known.has(name))
    .map(name => `${name} is not a setting`)
  return check({ ...options }, problems, new Set(), name => name)
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
  const all = Default(ConfigSchema, values) as Partial<Config>
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
  if (all.rpId === undefined && !wrong.has('rpOrigins') && all.rpOrigins?.length)
    report('rpOrigins', `${nameOf('rpOrigins')} needs ${nameOf('rpId')}, without which passkeys are off`)
  // The default issuer contains the host and the port.
  if (all.issuer === undefined && (wrong.has('host') || wrong.has('port'))) wrong.add('issuer')

  const right = Object.fromEntries(Object.entries(all).filter(([name]) => !wrong.has(name as keyof Config)))
  const { secret: value, ...config } = Default(ConfigSchema, right) as Config
  const { databaseUrl, issuer = defaultIssuer(config), audience = issuer } = config
  const { problems: faults = [], appOrigins = [] } =
    config.wellKnown === undefined || wrong.has('issuer') ? {} : readWellKnown(config.wellKnown, issuer)
  for (const fault of faults) report('wellKnown', `${nameOf('wellKnown')}: ${fault}`)
  const { mailFrom = `no-reply@${new URL(issuer).hostname}` } = config
  const { rpId, linkAfter = wayOn(config, issuer) } = config
  const origins = rpId === undefined || config.rpOrigins.length > 0 ? config.rpOrigins : defaultOrigins(rpId, issuer)
  const rpOrigins = [...new Set([...origins, ...(rpId === undefined ? [] : appOrigins)])]
  const isKept = value === undefined && !wrong.has('secret') && !wrong.has('databaseUrl')
  const { problem, ...secret } = isKept
    ? findSecret(sqlitePath(databaseUrl), shortestSecret)
    : { ...(value && { value }) }
  if (problem) report('secret', problem)
  if (secret.value !== undefined && secret.value === config.secondSecret)
    report('secondSecret', `${nameOf('secondSecret')} is the same as ${nameOf('secret')}: expected another secret`)
  const derived = { issuer, audience, mailFrom, rpOrigins, ...(linkAfter && { linkAfter }) }
  return { config: { ...config, ...derived }, secret, problems, wrong }
}

/**
 * The settings of a report. Without SECRET, a SQLite database keeps its secret in a file, which the first call creates,
 * unless `hasKeys` says that the database already has signing keys. Throws a ConfigError that names all problems.
 */
export function complete({ config, secret, problems }: Checked, hasKeys: (database: string) => boolean): Config {
  if (problems.length > 0) throw new ConfigError(problems)
  try {
    return { ...config, secret: secret.value ?? secretBeside(sqlitePath(config.databaseUrl), shortestSecret, hasKeys) }
  } catch (error) {
    throw new ConfigError([(error as Error).message])
  }
}

/** Where the HTML pages lead on without LINK_AFTER: to the first web origin that the operator set, or the console. */
const wayOn = ({ rpOrigins, console }: Pick<Config, 'rpOrigins' | 'console'>, issuer: string) =>
  rpOrigins.find(isOrigin) ?? (console === 'on' ? `${issuer}/console/` : undefined)

function problemsOf(
  name: keyof Config,
  schema: TSchema,
  value: unknown,
  nameOf: (setting: keyof Config) => string
): string[] {
  const isRight =
    Check(schema, value) &&
    (name !== 'host' || isPublicUrl(localUrl(value as string, 1))) &&
    (name !== 'metrics' || isPublicUrl(`http://${value}`)) &&
    (name !== 'issuer' || isPublicUrl(value as string)) &&
    (!safeUrls.has(name) || isSafeUrl(value as string)) &&
    (name !== 'rpOrigins' || (value as string[]).every(one => one.startsWith('android:') || isOrigin(one))) &&
    (name !== 'corsOrigins' || (value as string[]).every(one => one === '*' || isOrigin(one))) &&
    (!urls.has(name) || !/^(postgres|smtp)/.test(value as string) || isServerUrl(value as string))
  if (!isRight) {
    const shown = confidential.has(name) ? '' : `${JSON.stringify(value)}, which is `
    return [`${nameOf(name)} is ${shown}not valid: expected ${expectation(schema, nameOf(name) === name)}`]
  }
  if (name === 'accountDataSchema') return dataSchemaProblems(nameOf(name), value as string)
  if (name === 'texts') return textProblems(value as string).map(problem => `${nameOf(name)}: ${problem}`)
  if (name === 'limits') return limitProblems(nameOf(name), value as string[])
  if (name === 'identityProviders') return identityProviderProblems(nameOf(name), value as string[])
  if (name !== 'trustProxy') return []
  return (value as string[])
    .filter(entry => !isAddressOrRange(entry))
    .map(
      entry =>
        `${nameOf(name)} has ${JSON.stringify(entry)}: expected an IP address or a CIDR range such as 10.0.0.0/8; "true", a hop count or /0 would let any client forge its address`
    )
}

function dataSchemaProblems(name: string, path: string): string[] {
  try {
    readDataSchema(path)
    return []
  } catch (error) {
    return [`${name}: ${(error as Error).message}`]
  }
}

function readDotEnv(path: string, envFile: string | undefined, problems: string[]): Environment {
  const text = read(path, error => {
    if (envFile !== undefined || error.code !== 'ENOENT')
      problems.push(`Cannot read ${envFile ?? '.env'} (${error.code})`)
  })
  return parseDotEnv(text ?? '', problems, envFile)
}

function fromText(text: string, schema: TSchema): unknown {
  if (schema.type === 'integer') return /^-?\d+$/.test(text) ? Number(text) : text
  if (schema.type === 'array') return text.split(',').flatMap(entry => entry.trim() || [])
  return text
}
