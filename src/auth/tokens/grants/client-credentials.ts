import { spentProof } from '../../dpop/dpop.ts'
import type { ExtensionPoints } from '../../extensions/extension-points.ts'
import type { DecideScope } from '../../login/login-scope.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { Throttle } from '../../throttle/throttle.ts'
import type { Grant } from './grant.ts'

/** The client credentials grant (RFC 6749 §4.4): a client acts for itself. */
export const createClientCredentialsGrant = (deps: {
  sessions: Sessions
  decideScope: DecideScope
  extensions: ExtensionPoints
  throttle: Throttle
}): Grant => ({
  requires: [],
  async run(_form, request, client, device) {
    await deps.throttle.take('trusted', ['client', client.id])
    const { target } = request
    const { login, scope, audience } = deps.decideScope({ asked: request.scope, user: null, client, target })
    const claims = await deps.extensions.claims(null, client.id, scope)
    const session = await deps.sessions.startForClient(client, login, device, spentProof(request.dpop))
    return { session, user: null, scope, audience, claims }
  }
})
