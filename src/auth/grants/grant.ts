import type { TokenForm } from '../../../routes/token.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { UserRow } from '../../store/users.ts'
import type { Client } from '../clients/clients.ts'
import type { LoginAttempt } from '../login-attempt.ts'
import type { RequestContext } from '../request-context.ts'
import type { Target } from '../resources.ts'
import type { Access } from '../tokens/access.ts'

/** A token request of an authenticated client. */
export interface TokenRequest {
  client: Client
  context: RequestContext
  scope: string | undefined
  resource: string | undefined
  target: Target
  /** The attempt that the request is. Its key is the one that the request proves. */
  attempt: LoginAttempt
  /** The thumbprint of the key that a new login, or one that is not bound yet, is bound to. */
  bindsTo: string | undefined
}

/** The session of a token response, and what its access token is for. */
export interface Granted {
  session: SessionRow
  /** `null` when the client acts for itself. */
  user: UserRow | null
  access: Access
  /** The type of the access token (RFC 8693 §2.2.1), after a token exchange. */
  issuedTokenType?: string
  /** Whether a user has logged in. */
  isLogin?: boolean
}

/** One grant type: its required parameters, and the function that runs it and ends the attempt. */
export interface Grant {
  requires: (keyof TokenForm)[]
  run(form: TokenForm, request: TokenRequest): Promise<Granted>
}
