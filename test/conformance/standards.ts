import { attacks } from './attacks.ts'
import { firstPartyApps } from './first-party-apps.ts'
import { oidc } from './oidc.ts'
import { refreshTokenExpiration } from './refresh-token-expiration.ts'
import { rfc6238 } from './rfc6238.ts'
import { rfc6749 } from './rfc6749.ts'
import { rfc6750 } from './rfc6750.ts'
import { rfc7009 } from './rfc7009.ts'
import { rfc7636 } from './rfc7636.ts'
import { rfc7662 } from './rfc7662.ts'
import { rfc8176 } from './rfc8176.ts'
import { rfc8414 } from './rfc8414.ts'
import { rfc8693 } from './rfc8693.ts'
import { rfc8707 } from './rfc8707.ts'
import { rfc8725 } from './rfc8725.ts'
import { rfc8725bis } from './rfc8725bis.ts'
import { rfc9068 } from './rfc9068.ts'
import { rfc9110 } from './rfc9110.ts'
import { rfc9449 } from './rfc9449.ts'
import { rfc9470 } from './rfc9470.ts'
import { rfc9700 } from './rfc9700.ts'
import { rfc9700Update } from './rfc9700-update.ts'
import { rfc9728 } from './rfc9728.ts'
import { rfc9864 } from './rfc9864.ts'
import { rfc10017 } from './rfc10017.ts'
import { sp80063b } from './sp80063b.ts'
import { webauthn } from './webauthn.ts'

/** The tables of this folder, in the order of the page. */
export const standards = [
  rfc6749,
  rfc6750,
  rfc7009,
  rfc7636,
  rfc7662,
  rfc8176,
  rfc8414,
  rfc8693,
  rfc8707,
  rfc8725,
  attacks,
  rfc8725bis,
  rfc9068,
  rfc9110,
  rfc9449,
  rfc9470,
  firstPartyApps,
  refreshTokenExpiration,
  oidc,
  rfc6238,
  rfc9700,
  rfc9700Update,
  rfc9728,
  rfc9864,
  rfc10017,
  sp80063b,
  webauthn
]
