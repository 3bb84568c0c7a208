import type { Extensions } from '../auth/extensions/extensions.ts'
import type { Config } from '../config/config.ts'

/**
 * The options of the service: checked settings, the hooks of an embedding program, and the clock, which tests replace.
 */
export interface ServiceOptions extends Extensions {
  /** The settings, from `loadConfig` or `configFrom`. */
  config: Config
  /** The clock. Defaults to the machine's. */
  now?: (() => Date) | undefined
}
