import { clientCredentials } from './client-credentials.ts'
import type { Figure } from './figure.ts'
import { introspection } from './introspection.ts'
import { isolation } from './isolation.ts'
import { me } from './me.ts'
import { refresh, refreshPostgres } from './refresh.ts'
import { scale } from './scale.ts'
import { start } from './start.ts'
import { token } from './token.ts'
import { tokenDelayed } from './token-delayed.ts'
import { workers } from './workers.ts'

/** In the order of the report. */
export const figures: Figure[] = [
  me,
  token,
  tokenDelayed,
  isolation,
  refresh,
  refreshPostgres,
  clientCredentials,
  introspection,
  start,
  workers,
  scale
]
