import { bearerChallenge, Problem } from '../../errors.ts'
import type { SessionRow } from '../../store/sessions.ts'

/** The age up to which a login is fresh, in seconds. */
export const freshSeconds = 300

/**
 * Throws the 401 of RFC 9470 §3 unless the session began at most `freshSeconds` ago. A refresh does not make it fresh.
 * `detail` tells the user what to do; printable ASCII without `"` and `\`.
 */
export function assertFreshLogin({ createdAt }: Pick<SessionRow, 'createdAt'>, now: Date, detail: string) {
  if (now.getTime() - createdAt.getTime() <= freshSeconds * 1000) return
  throw new Problem(401, detail, {
    headers: bearerChallenge({
      error: 'insufficient_user_authentication',
      error_description: detail,
      max_age: String(freshSeconds)
    })
  })
}
