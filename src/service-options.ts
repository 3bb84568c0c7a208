import type { Extensions } from './auth/extensions/extensions.ts'
import type { Config } from './config/config.ts'

/** What the service is made from: checked settings, the code of an embedding program, and the clock, which tests replace. */
export interface ServiceOptions extends Extensions {
  config: Config
  now?: (() => Date) | undefined
}
