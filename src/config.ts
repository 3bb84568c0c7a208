import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

const seconds = (description: string, value: number, minimum = 1) =>
  Type.Integer({ minimum, maximum: 315_360_000, default: value, description: `${description} (seconds)` })

const list = (description: string, pattern?: string) =>
  Type.Array(Type.String(pattern ? { pattern } : {}), { default: [], description: `${description} (comma-separated)` })

/** Every setting: its type, bounds, default and what it is for. The environment variable is the name in UPPER_CASE. */
export const ConfigSchema = Type.Object({
  host: Type.String({ minLength: 1, default: '127.0.0.1', description: 'Address to listen on' }),
  port: Type.Integer({ minimum: 0, maximum: 65535, default: 3000, description: 'Port to listen on' }),
  databaseUrl: Type.String({
    pattern: '^(sqlite:.+|postgres(ql)?://.+)$',
    default: 'sqlite:data/sallyport.db',
    description: '`sqlite:path`, `sqlite::memory:` or `postgres://user:password@host/database`'
  }),
  secret: Type.String({
    minLength: 32,
    description:
      'Seals the signing keys and signs refresh tokens; made once beside the SQLite file, required with PostgreSQL'
  }),
  issuer: Type.String({
    pattern: '^https?://[^?#\\s]+[^/?#\\s]$',
    description: 'Public URL of this server, the `iss` of every token; no query, fragment or slash at the end'
  }),
  audience: Type.String({ minLength: 1, description: 'The `aud` of access tokens' }),
  signingAlg: Type.Union([Type.Literal('ES256'), Type.Literal('RS256'), Type.Literal('EdDSA')], {
    default: 'ES256',
    description: 'Algorithm of new signing keys'
  }),
  keyRotation: seconds('Age at which a signing key is replaced; 0 never', 7_776_000, 0),
  jwksMaxAge: seconds(
    'How long others may cache the JWKS, and how long a new key is published before it signs',
    300,
    0
  ),
  accessTokenTtl: seconds('Life of an access token', 600),
  refreshTokenTtl: seconds('A login ends after this long without a refresh', 1_209_600),
  sessionTtl: seconds('A login ends after this long, whatever happens', 7_776_000),
  refreshGrace: seconds('How long a client that lost the answer may retry with the previous refresh token', 30, 0),
  bcryptCost: Type.Integer({
    minimum: 4,
    maximum: 16,
    default: 12,
    description: 'bcrypt cost of new hashes, 10 or more in production'
  }),
  hashConcurrency: Type.Integer({
    minimum: 1,
    maximum: 128,
    default: availableParallelism(),
    description: 'Passwords hashed at the same time; the number of cores by default'
  }),
  hashQueue: Type.Integer({
    minimum: 0,
    maximum: 10_000,
    default: 32,
    description: 'Logins that may wait for a hash before 503'
  }),
  passwordMinLength: Type.Integer({
    minimum: 8,
    maximum: 64,
    default: 15,
    description: 'Shortest new password, in characters'
  }),
  registration: Type.Union([Type.Literal('open'), Type.Literal('closed')], {
    default: 'open',
    description: 'Whether anyone may `POST /users`'
  }),
  firstPartyClient: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description: 'Whether `/token` serves requests that name no client'
  }),
  trustProxy: list('Addresses or CIDR ranges of the proxies whose X-Forwarded-For is believed'),
  corsOrigins: list('Origins whose pages may call the API', '^(https?://[^/\\s]+|\\*)$'),
  logLevel: Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map(level => Type.Literal(level)),
    { default: 'info', description: 'Least level that is logged' }
  )
})

/** The settings, checked; times are seconds. */
export type Config = Static<typeof ConfigSchema>

/** The environment variable of a setting: `accessTokenTtl` is `ACCESS_TOKEN_TTL`. */
export const envName = (setting: string) => setting.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()

const settings = Object.entries(ConfigSchema.properties) as [keyof Config, TSchema][]
const envNames = new Set(settings.map(([name]) => envName(name)))

/** Thrown by `loadConfig`: every problem of the settings, a line each. */
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
  return complete(values, problems, folder)
}

/** Checks `options` of a program that embeds the server, with the same schema and defaults as the environment. */
export function configFrom(options: Partial<Config>, folder = process.cwd()): Config {
  const known = new Set<string>(settings.map(([name]) => name))
  const problems = Object.keys(options)
    .filter(name => !known.has(name))
    .map(name => `${name} is not a setting`)
  return complete({ ...options }, problems, folder)
}

function complete(values: Record<string, unknown>, problems: string[], folder: string): Config {
  const config = Value.Default(ConfigSchema, values) as Partial<Config>
  config.issuer ??= `http://${config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : urlHost(config.host)}:${config.port}`
  config.audience ??= config.issuer
  const wantsFile = config.secret === undefined && config.databaseUrl?.startsWith('sqlite:')
  const placeholder = 'x'.repeat(32)
  for (const [name, schema] of settings) {
    const value = name === 'secret' && wantsFile ? placeholder : config[name]
    if (value === undefined) problems.push(`${envName(name)} is required with PostgreSQL: ${expectation(schema)}`)
    else if (!Value.Check(schema, value)) problems.push(wrongValue(name, schema, value))
  }
  problems.push(...(config.trustProxy ?? []).filter(entry => !isAddressOrRange(entry)).map(wrongProxy))
  if (problems.length > 0) throw new ConfigError(problems)
  if (wantsFile) config.secret = secretBeside(sqlitePath(config.databaseUrl as string), folder)
  return config as Config
}

function wrongValue(name: keyof Config, schema: TSchema, value: unknown) {
  const shown = name === 'secret' || name === 'databaseUrl' ? 'a value that is' : `${JSON.stringify(value)}, which is`
  return `${envName(name)} is ${shown} not valid: expected ${expectation(schema)}`
}

const wrongProxy = (entry: string) =>
  `TRUST_PROXY has ${JSON.stringify(entry)}: expected an address or a CIDR range such as 10.0.0.0/8; a hop count or "true" would let any client forge its address`

function readDotEnv(path: string, problems: string[]): Record<string, string> {
  const text = readIfExists(path)
  if (text === undefined) return {}
  const entries = parseEnv(text) as Record<string, string>
  for (const name of Object.keys(entries)) {
    if (!envNames.has(name) && !envNames.has(name.replace(/_FILE$/, '')))
      problems.push(`${name} in .env is not a setting`)
  }
  return entries
}

function readSetting(name: string, given: Record<string, string | undefined>, problems: string[]) {
  const direct = given[name] === '' ? undefined : given[name]
  const file = given[`${name}_FILE`]
  if (!file) return direct
  if (direct !== undefined) problems.push(`${name} and ${name}_FILE are both set: keep one`)
  const text = readIfExists(file)
  if (text === undefined) problems.push(`${name}_FILE names ${file}, which cannot be read`)
  return direct ?? text?.trim()
}

function readIfExists(path: string) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function fromText(text: string, schema: TSchema): unknown {
  if (schema.type === 'integer') return /^-?\d+$/.test(text) ? Number(text) : text
  if (schema.type === 'array') return text.split(',').flatMap(entry => entry.trim() || [])
  return text
}

/** What a setting takes, in words. */
export function expectation(schema: TSchema): string {
  if (schema.anyOf) return `one of ${schema.anyOf.map((option: TSchema) => option.const).join(', ')}`
  if (schema.type === 'integer') return `a whole number from ${schema.minimum} to ${schema.maximum}`
  if (schema.minLength > 1) return `${schema.minLength} or more characters`
  return schema.type === 'array' ? 'a comma-separated list' : String(schema.description)
}

function isAddressOrRange(entry: string) {
  const [address = '', bits, ...rest] = entry.split('/')
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] as number
  return rest.length === 0 && (bits === undefined ? longest > 0 : /^\d{1,3}$/.test(bits) && Number(bits) <= longest)
}

const urlHost = (host: string | undefined) => (isIP(host ?? '') === 6 ? `[${host}]` : host)

/** The path in a `sqlite:` URL. */
export const sqlitePath = (databaseUrl: string) => databaseUrl.slice('sqlite:'.length)

/** The secret kept beside the SQLite file, made on the first call (mode 0600). */
function secretBeside(database: string, folder: string): string {
  const made = randomBytes(32).toString('base64url')
  if (database === ':memory:') return made
  const path = join(dirname(join(database.startsWith('/') ? '' : folder, database)), 'secret')
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    // Exclusive, so that of two processes that start at once one writes and the other reads.
    writeFileSync(path, `${made}\n`, { flag: 'wx', mode: 0o600 })
    return made
  } catch {
    return readFileSync(path, 'utf8').trim()
  }
}
