import { clientCredentials } from './client-credentials.ts'
import { cost } from './cost.ts'
import { dpop } from './dpop.ts'
import type { Figure } from './figure.ts'
import { firstRequest } from './first-request.ts'
import { growth } from './growth.ts'
import { introspection } from './introspection.ts'
import { isolation } from './isolation.ts'
import { jwks } from './jwks.ts'
import { me } from './me.ts'
import { mePostgres } from './me-postgres.ts'
import { refresh, refreshPostgres } from './refresh.ts'
import { refreshParts } from './refresh-parts.ts'
import { scale } from './scale.ts'
import { start } from './start.ts'
import { token } from './token.ts'
import { tokenDelayed } from './token-delayed.ts'
import { verify } from './verify.ts'
import { workers } from './workers.ts'

/** In the order of the report. */
export const figures: Figure[] = [
  me,
  token,
  tokenDelayed,
  isolation,
  refresh,
  refreshParts,
  refreshPostgres,
  clientCredentials,
  introspection,
  verify,
  jwks,
  mePostgres,
  dpop,
  start,
  firstRequest,
  cost,
  growth,
  workers,
  scale
]
