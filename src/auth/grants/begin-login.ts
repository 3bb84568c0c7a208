import type { UserRow } from '../../store/users.ts'
import type { Client } from '../clients/clients.ts'
import { spentProof } from '../dpop/dpop.ts'
import type { ExtensionPoints } from '../extensions/extension-points.ts'
import type { DecidedScope, DecideScope } from '../login/login-scope.ts'
import type { RequestContext } from '../request-context.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { LoginProof } from '../sessions/start.ts'
import type { Granted, TokenRequest } from './grant.ts'

export type BeginLogin = ReturnType<typeof createBeginLogin>

/** A right proof of a user, the time of its last method if that is not now, and what refuses the login all the same. */
export interface ProvedUser {
  user: UserRow
  proof: LoginProof
  authTime?: Date | undefined
  /** Records the reason and throws the error, so that no refusal is an unrecorded way to test a proof. */
  refuse: (error: unknown, reason: string) => Promise<never>
}

/** Begins the session of a user whose proof is right. `undefined` when the account changes before it starts. */
export const createBeginLogin =
  (deps: { decideScope: DecideScope; extensions: ExtensionPoints; sessions: Sessions }) =>
  async (
    { user, proof, authTime, refuse }: ProvedUser,
    request: TokenRequest,
    client: Client,
    context: RequestContext
  ): Promise<Granted | undefined> => {
    const { decideScope, extensions, sessions } = deps
    let decided: DecidedScope
    try {
      decided = decideScope({ asked: request.scope, user, client, target: request.target })
    } catch (error) {
      return refuse(error, 'scope')
    }
    const { login, scope, audience } = decided
    // Called before the session starts, so that a failed login leaves no session behind.
    const claims = await extensions.claims(user, client.id, scope).catch(error => refuse(error, 'claims'))
    const { dpop } = request
    const use = { ...proof.use, spent: [...proof.use.spent, ...spentProof(dpop)] }
    const started = sessions.startLogin(user, client, login, context, { ...proof, use }, { authTime, jkt: dpop?.jkt })
    const session = await started.catch(error => refuse(error, 'unavailable'))
    return session && { session, user, scope, audience, claims, isLogin: true }
  }
