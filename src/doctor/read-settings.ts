import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { randomSecret } from '../auth/keys/secrets.ts'
import { type Config, ConfigSchema, configFrom, envName, loadConfig, sqlitePath } from '../config/config.ts'
import { parseDotEnv } from '../config/dot-env.ts'
import { ConfigError } from '../errors.ts'

type Environment = Record<string, string | undefined>

/** The settings to examine, with all their faults. */
export interface Settings {
  /** Every valid setting, and the default of every other; its `secret` is made up. */
  config: Config
  /** The problems that `loadConfig` reports. */
  problems: string[]
  /** The settings whose value is invalid and for which `config` has the default. */
  wrong: ReadonlySet<keyof Config>
  /** The secret, and the file that holds it; neither when no secret exists yet. */
  secret: { value?: string; path?: string }
  /** The path of `.env`, and its entries. */
  dotEnv: { path: string; entries: Environment }
}

const names = Object.keys(ConfigSchema.properties) as (keyof Config)[]

/**
 * Reads the settings that the server would read from `env` and from `.env` in `folder`, without creating a secret and
 * without throwing.
 */
export function readSettings(env: Environment, folder: string): Settings {
  const dotEnv = { path: join(folder, '.env'), entries: readDotEnv(join(folder, '.env')) }
  const given = { ...dotEnv.entries, ...env }
  const right: Partial<Config> = {}
  const isUnclear = (variable: string) => variable in given && given[variable] === undefined
  const wrong = new Set(names.filter(name => isUnclear(envName(name)) || isUnclear(`${envName(name)}_FILE`)))
  for (const name of names.filter(name => given[envName(name)] || given[`${envName(name)}_FILE`])) {
    const { config } = attempt(onlySetting(name, given), nowhere(folder))
    if (config) Object.assign(right, { [name]: config[name] })
    else wrong.add(name)
  }
  // The default issuer derives from the host and the port, and is unknown when one of them is invalid.
  if (right.issuer === undefined && (wrong.has('host') || wrong.has('port'))) wrong.add('issuer')
  const { secret: value, ...others } = right
  const config = configFrom({ ...others, secret: randomSecret() })
  const isGiven = value !== undefined || wrong.has('secret')
  const secret = isGiven ? givenSecret(value, given.SECRET_FILE) : secretFile(config.databaseUrl)
  // A made-up secret, so that checking the settings does not create a permanent one.
  const isMissing = !isGiven && secret.path === undefined && config.databaseUrl.startsWith('sqlite:')
  const { problems } = attempt(isMissing ? { ...env, SECRET: randomSecret() } : env, folder)
  return { config, problems, wrong, secret, dotEnv }
}

/** An environment with a single setting, and with the values that keep `loadConfig` from creating a file. */
function onlySetting(name: keyof Config, given: Environment): Environment {
  const variable = envName(name)
  return {
    DATABASE_URL: 'sqlite::memory:',
    ...(name === 'databaseUrl' && { SECRET: randomSecret() }),
    [variable]: given[variable],
    [`${variable}_FILE`]: given[`${variable}_FILE`]
  }
}

function attempt(env: Environment, folder: string): { config?: Config; problems: string[] } {
  try {
    return { config: loadConfig(env, folder), problems: [] }
  } catch (thrown) {
    if (thrown instanceof ConfigError) return { problems: thrown.problems }
    throw thrown
  }
}

const givenSecret = (value: string | undefined, path: string | undefined) => ({
  ...(value !== undefined && { value }),
  ...(path && existsSync(path) && { path })
})

function secretFile(databaseUrl: string): Settings['secret'] {
  if (!databaseUrl.startsWith('sqlite:') || databaseUrl === 'sqlite::memory:') return {}
  const path = resolve(dirname(sqlitePath(databaseUrl)), 'secret')
  if (!existsSync(path)) return {}
  const value = readText(path)?.trim()
  return { path, ...(value !== undefined && { value }) }
}

const readDotEnv = (path: string): Environment => parseDotEnv(readText(path) ?? '', [])

/** A folder without `.env`. */
const nowhere = (folder: string) => join(folder, randomUUID())

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Missing or not readable; `loadConfig` says which, where it matters.
    return undefined
  }
}
