import type { ExtensionPoints } from '../../extensions/extension-points.ts'
import { grantNewScope } from '../../scopes.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { Grant } from './grant.ts'

/** The client credentials grant (RFC 6749 §4.4): a client acts for itself. */
export const createClientCredentialsGrant = (deps: { sessions: Sessions; extensions: ExtensionPoints }): Grant => ({
  requires: [],
  async run(_form, asked, client, device) {
    const granted = grantNewScope(asked.scope, client.scopes)
    const scope = asked.target.narrow(granted)
    const claims = await deps.extensions.claims(null, client.id, scope)
    return { session: await deps.sessions.startForClient(client, granted, device), user: null, scope, claims }
  }
})
