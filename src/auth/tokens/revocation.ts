import type { RevocationForm } from '../../../routes/revoke.ts'
import { OAuthError } from '../../base/errors.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { Clients } from '../clients/clients.ts'
import { missingParameter } from '../login/missing-parameter.ts'
import type { PersonalTokens } from '../personal-tokens/personal-tokens.ts'
import type { RequestContext } from '../request-context.ts'
import type { RefreshTokens } from '../sessions/refresh-tokens.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { AccessTokens } from './access-tokens.ts'

/** The revocation endpoint (RFC 7009). */
export function createRevocation(deps: {
  clients: Clients
  sessions: Sessions
  accessTokens: AccessTokens
  refreshTokens: RefreshTokens
  personalTokens: Pick<PersonalTokens, 'revoke'>
}) {
  const { clients, sessions, accessTokens, refreshTokens, personalTokens } = deps

  /** The session of a refresh token or access token. */
  async function sessionOf(token: string): Promise<SessionRow | undefined> {
    const id = refreshTokens.decode(token)?.sessionId
    const found = await (id === undefined ? accessTokens.authenticate(token) : sessions.find(id))
    return found?.session
  }

  return {
    /**
     * Ends the session of the token, and with it every token of the session. Unknown tokens, tokens of ended sessions
     * and tokens of other clients change nothing and are not an error (§2.2). A personal access token, which belongs to
     * no client, is deleted for any. Throws `invalid_request` for an access token that one was exchanged for,
     * which ends with that one. Reads no proof: RFC 9449 has none here, and ending a stolen login harms only its thief.
     */
    async revoke(form: RevocationForm, context: RequestContext): Promise<void> {
      const client = await clients.authenticate(form, context)
      if (form.token === undefined) throw missingParameter('token', 'the token to revoke')
      if (await personalTokens.revoke(form.token, { ip: context.ip, clientId: client.id })) return
      const session = await sessionOf(form.token)
      if (session?.clientId !== client.id) return
      if (session.userId !== null && session.authTime === null)
        throw new OAuthError(
          'invalid_request',
          'This token cannot be revoked on its own. Delete the personal access token instead.'
        )
      await sessions.end(session, 'revoked', { actor: session.userId ?? client.id, ip: context.ip })
    }
  }
}
