import { type Config, complete, readConfig, readOptions, type Settings } from '../config/config.ts'
import { hasSigningKeys } from '../store/inspect/signing-keys.ts'

/**
 * Reads the settings from `env` and from the file `.env` in `folder`, or `envFile` in its place, which must exist then.
 * A variable with the prefix `SALLYPORT_` wins over one without, and then the environment wins over the file. Without
 * SECRET, a SQLite database keeps its secret in a file, which the first call creates. Throws a ConfigError that names
 * all problems.
 */
export const loadConfig = (env?: Record<string, string | undefined>, folder?: string, envFile?: string): Config =>
  complete(readConfig(env, folder, envFile), hasSigningKeys)

/**
 * Checks the `options` of a program that embeds the server, with the same schema and defaults as the environment.
 * Throws a ConfigError that names all problems.
 */
export const configFrom = (options: Settings): Config => complete(readOptions(options), hasSigningKeys)
