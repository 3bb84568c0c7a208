import type { PasswordChange } from '../../../routes/me.ts'
import type { TokenResponse } from '../../../routes/shapes.ts'
import { Problem } from '../../base/errors.ts'
import type { UserRow } from '../../store/users.ts'
import type { Clients } from '../clients/clients.ts'
import type { AccountPasswords } from '../passwords/account-passwords.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Device } from '../sessions/start.ts'
import type { DecideAccess } from '../tokens/access.ts'
import type { Caller } from '../tokens/access-tokens.ts'
import type { TokenResponses } from './token-response.ts'

/** Changes of passwords by their owners. */
export function createPasswordChange(deps: {
  accountPasswords: AccountPasswords
  clients: Clients
  decideAccess: DecideAccess
  sessions: Sessions
  tokenResponse: TokenResponses
}) {
  const { accountPasswords, clients, decideAccess, sessions, tokenResponse } = deps
  return {
    /**
     * Changes the password, given the current one, ends every session of the user, and begins one in place of
     * `session`: of the same client, with the same scope. Resolves to the tokens of that session; the access token has
     * the audience and the scopes of the caller's. Throws what `accountPasswords.hashOfNext` and
     * `accountPasswords.replace` throw, and 409 when the client may not have another session; then nothing has changed.
     */
    async changePassword(
      { user, session, scopes, claims: { aud: audience, cnf } }: Caller & { user: UserRow },
      change: PasswordChange,
      device: Device & { disconnected?: () => AbortSignal }
    ): Promise<TokenResponse> {
      // Refused before the current password is checked. A later refusal would reveal, without an audit event, that the
      // password is right.
      const client = await clients.ofSession(session)
      if (!client) throw new Problem('conflict', 'The client of this login may get no more tokens.')
      if (client.registered?.dpopBound && !cnf)
        throw new Problem('conflict', 'The tokens of this client are bound to a key: refresh with a proof first.')
      const target = { audience, narrow: (granted: string[]) => granted }
      const access = await decideAccess({ asked: scopes.join(' '), kept: session.scope, user, client, target })
      const origin = { actor: user.id, ip: device.ip }
      const hash = await accountPasswords.hashOfNext(user, change, { ...origin, signal: device.disconnected?.() })
      const next = sessions.successor(session, user, client, device)
      const successor = { session: next, instead: session.id, registeredClient: client.registered }
      await accountPasswords.replace(user, hash, { ...origin, successor })
      return tokenResponse(next, client, { ...access, user, jkt: cnf?.jkt })
    }
  }
}
