import { OAuthError } from '../../base/errors.ts'
import type { UserRow } from '../../store/users.ts'
import type { Client } from '../clients/clients.ts'
import type { Target } from '../resources.ts'
import { enrolAudience, enrolScope, grantNewScope, grantScope, parseScope } from '../scopes.ts'
import type { SecondFactorPolicy } from '../second-factor/policy.ts'

/** Who asks for a token, for what, and what the login allows. */
export interface ScopeRequest {
  /** The `scope` parameter; `undefined` asks for everything. */
  asked: string | undefined
  /** The scope that the login or the personal access token keeps; `undefined` when the login begins now. */
  kept?: string[] | undefined
  /** The account as it is now; `null` when a client acts for itself. */
  user: Pick<UserRow, 'scopes' | 'secondFactorAt'> | null
  /** The client as it is now. */
  client: Pick<Client, 'scopes'>
  target: Target
}

/** The scope of a login and of one access token, and the audience of that token. */
export interface DecidedScope {
  /** The scope that the login keeps, so that a refresh can ask for a token for another resource. */
  login: string[]
  scope: string[]
  audience: string | string[]
}

export type DecideScope = ReturnType<typeof createScopeDecision>

/**
 * Decides the scope of every token, from any grant and any step: the scopes that the request asks for, that the login
 * keeps, that the account and the client have now, and that the target knows. A new login of an account that has to
 * enrol a second factor first gets a token for that, and for nothing else. Throws `invalid_scope` when no scope is
 * left, and when more is asked than the login keeps (RFC 6749 §6).
 */
export const createScopeDecision =
  (policy: Pick<SecondFactorPolicy, 'mustEnrol'>) =>
  ({ asked, kept, user, client, target }: ScopeRequest): DecidedScope => {
    if (user && kept === undefined && policy.mustEnrol(user))
      return { login: [enrolScope], scope: [enrolScope], audience: enrolAudience }
    if (kept && asked !== undefined && !parseScope(asked).every(scope => kept.includes(scope)))
      throw new OAuthError('invalid_scope', 'scope must not exceed the scope of the login or token.')
    // A personal access token may name its owner and nothing else, but not to one API, which is for those with a scope.
    if (kept?.length === 0 && asked === undefined)
      return { login: [], scope: target.narrow([]), audience: target.audience }
    const limits = [kept, user?.scopes, client.scopes]
    const login = kept ? grantScope(asked, ...limits) : grantNewScope(asked, ...limits)
    return { login, scope: target.narrow(login), audience: target.audience }
  }

/** Whether a decision was refused because no scope is left, or more is asked than the login keeps. */
export const isScopeRefusal = (error: unknown) => error instanceof OAuthError && error.code === 'invalid_scope'
