import type { ConfigReport } from '../config/config.ts'
import { readWellKnown } from '../config/well-known.ts'
import { type Finding, ok, warning } from './finding.ts'

const dayMs = 86_400_000
/** How long before the file lapses a warning begins, in days. */
const noticeDays = 14

/** Whether `security.txt` of WELL_KNOWN, if there is one, is in date. Its faults are problems of the setting. */
export function checkSecurityTxt({ wellKnown, issuer }: ConfigReport['config'], now: Date): Finding[] {
  const { securityTxt } = wellKnown === undefined ? {} : readWellKnown(wellKnown, issuer)
  if (securityTxt === undefined) return []
  const { path, expires } = securityTxt
  const day = expires.toISOString().slice(0, 10)
  const left = expires.getTime() - now.getTime()
  if (left > noticeDays * dayMs) return [ok('security-txt', `${path} is valid until ${day}.`)]
  return [
    warning(
      'security-txt',
      `${path} ${left > 0 ? 'lapses' : 'lapsed'} on ${day}, after which readers may ignore it. Check it, give Expires a time within the next year, and restart the server.`
    )
  ]
}
