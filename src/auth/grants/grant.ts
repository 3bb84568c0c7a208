import type { TokenForm } from '../../../routes/token.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { UserRow } from '../../store/users.ts'
import type { Proof } from '../../wire/dpop/proof.ts'
import type { Client } from '../clients/clients.ts'
import type { RequestContext } from '../request-context.ts'
import type { Target } from '../resources.ts'

/** The scope and the resource of the requested token, and the proof of its key. */
export interface TokenRequest {
  scope: string | undefined
  resource: string | undefined
  target: Target
  /** The proof of the key that the token will be bound to. */
  dpop: Proof | undefined
}

/** The session of a token response, and the content of its access token, as `decideScope` has decided. */
export interface Granted {
  session: SessionRow
  /** `null` when the client acts for itself. */
  user: UserRow | null
  /** The scope of the access token: the part of the login's scope that its target knows. */
  scope: string[]
  /** The `aud` of the access token. */
  audience: string | string[]
  /** Claims of the account and of the `claims` extension. */
  claims: Record<string, unknown>
  /** The type of the access token (RFC 8693 §2.2.1), after a token exchange. */
  issuedTokenType?: string
  /** Whether a user has logged in. */
  isLogin?: boolean
}

/** One grant type: its required parameters, and the function that runs it. */
export interface Grant {
  requires: (keyof TokenForm)[]
  run(form: TokenForm, request: TokenRequest, client: Client, context: RequestContext): Promise<Granted>
}
