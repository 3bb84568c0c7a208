import type { UserRow } from '../../store/users.ts'
import type { Client } from '../clients/clients.ts'
import type { ExtensionPoints } from '../extensions/extension-points.ts'
import type { DecidedScope, DecideScope, ScopeRequest } from '../login/login-scope.ts'

/** What an access token lets its bearer do, and the scope that its login keeps. */
export interface Access extends DecidedScope {
  /** Claims of the account and of the `claims` extension. */
  claims: Record<string, unknown>
}

export type DecideAccess = ReturnType<typeof createAccessDecision>

/**
 * Decides scope, audience and claims of every access token. Call it before a session starts or moves, so that a failure
 * of the extension changes nothing. Rejects as `decideScope` throws, and with the error of the extension.
 */
export const createAccessDecision =
  ({ decideScope, extensions }: { decideScope: DecideScope; extensions: ExtensionPoints }) =>
  async (request: ScopeRequest & { user: UserRow | null; client: Client }): Promise<Access> => {
    const decided = decideScope(request)
    return { ...decided, claims: await extensions.claims(request.user, request.client.id, decided.scope) }
  }
