import type { User } from '../users/user.ts'

/** A login, or a refresh of one, for which an access token is about to be signed. */
export interface Grant {
  /** `null` where a client acts for itself. */
  user: User | null
  client_id: string
  scope: string[]
}

/** Code of the program that Sallyport is part of. */
export interface Extensions {
  /**
   * Claims of its own for access tokens, such as `tenant` or `roles`; also asked for at each refresh. What it throws, and a
   * claim that is not its to set, becomes a 500.
   */
  claims?: ((grant: Grant) => Record<string, unknown> | Promise<Record<string, unknown>>) | undefined
  /** Runs after an account was made, before the answer. What it throws is logged: the account is there. */
  onUserCreated?: ((user: User) => unknown) | undefined
  /** Runs after each login of a user, before the answer; not at a refresh. What it throws is logged. */
  onLogin?: ((login: Grant & { user: User; ip: string | null }) => unknown) | undefined
}
