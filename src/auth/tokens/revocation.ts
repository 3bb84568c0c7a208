import type { RevocationForm } from '../../../routes/revoke.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { Clients } from '../clients/clients.ts'
import { missing } from '../login/missing-parameter.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { RequestContext } from './grants/grant.ts'

/** The revocation endpoint (RFC 7009). `sessionOf` finds the session of a refresh token or access token. */
export function createRevocation(deps: {
  clients: Clients
  sessions: Sessions
  sessionOf: (token: string) => Promise<SessionRow | undefined>
}) {
  const { clients, sessions, sessionOf } = deps
  return {
    /**
     * Ends the session of the token, and with it every token of the session. Unknown tokens, tokens of ended sessions
     * and tokens of other clients change nothing and are not an error (§2.2).
     */
    async revoke(form: RevocationForm, context: RequestContext): Promise<void> {
      const client = await clients.authenticate(form, context)
      if (form.token === undefined) throw missing('token', 'the refresh or access token to revoke')
      const session = await sessionOf(form.token)
      if (session?.clientId !== client.id) return
      await sessions.end(session, 'revoked', { actor: session.userId ?? client.id, ip: context.ip })
    }
  }
}
