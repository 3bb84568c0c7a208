import type { ConfigReport } from '../config/config.ts'
import { readSecurityTxt } from '../config/security-txt.ts'
import { type Finding, ok, warning } from './finding.ts'

const dayMs = 86_400_000
/** How long before the file lapses a warning begins, in days. */
const noticeDays = 14

/** Whether the file of SECURITY_TXT, if there is one, is in date. Its faults are problems of the setting. */
export function checkSecurityTxt({ securityTxt, issuer }: ConfigReport['config'], now: Date): Finding[] {
  if (securityTxt === undefined) return []
  const { expires } = readSecurityTxt(securityTxt, issuer)
  const day = expires.toISOString().slice(0, 10)
  const left = expires.getTime() - now.getTime()
  if (left > noticeDays * dayMs) return [ok('security-txt', `${securityTxt} is valid until ${day}.`)]
  return [
    warning(
      'security-txt',
      `${securityTxt} ${left > 0 ? 'lapses' : 'lapsed'} on ${day}, after which readers may ignore it. Check it, give Expires a time within the next year, and restart the server.`
    )
  ]
}
