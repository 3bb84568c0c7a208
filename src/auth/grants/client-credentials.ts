import type { SessionRow } from '../../store/sessions.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { DecideAccess } from '../tokens/access.ts'
import type { Grant } from './grant.ts'

/** The client credentials grant (RFC 6749 §4.4): a client acts for itself. */
export const createClientCredentialsGrant = ({
  sessions,
  decideAccess,
  throttle
}: {
  sessions: Sessions
  decideAccess: DecideAccess
  throttle: Throttle
}): Grant => ({
  requires: [],
  async run(_form, { client, context, scope, target, attempt }) {
    await throttle.take('trusted', ['client', client.id])
    const access = await decideAccess({ asked: scope, user: null, client, target })
    const started = await attempt.complete(({ spent }) => sessions.startForClient(client, access.login, context, spent))
    return { session: started as SessionRow, user: null, access }
  }
})
