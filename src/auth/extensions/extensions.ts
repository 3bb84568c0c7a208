import type { User } from '../account/user.ts'

/** A login or a refresh for which an access token is about to be signed. */
export interface Grant {
  /** `null` when a client acts for itself. */
  user: User | null
  /** `null` at the introspection of a personal access token, which belongs to no client. */
  client_id: string | null
  /** The granted scopes. */
  scope: string[]
}

/** Hooks of the program that embeds Sallyport. */
export interface Extensions {
  /**
   * Adds claims to access tokens, such as `tenant` or `roles`, to those of the account or in place of them. Also called
   * at each refresh, at each introspection of an access token or personal access token, and for each route that
   * requires a role. An error that it throws, or a reserved claim that it returns, becomes a 500.
   */
  claims?: ((grant: Grant) => Record<string, unknown> | Promise<Record<string, unknown>>) | undefined
  /** Runs after an account is created, before the response. Errors are logged; the account stays. */
  onUserCreated?: ((user: User) => unknown) | undefined
  /**
   * Runs after a change of an account by this process, before the response, with the account as it is then: of its
   * name, addresses, data, claims, scopes, `disabled` or password, but not after logins and changes of second factors.
   * Errors are logged; the change stays.
   */
  onUserChanged?: ((user: User) => unknown) | undefined
  /**
   * Runs after this process has deleted an account, before the response, with the account as it was last. Errors are
   * logged; the account stays deleted.
   */
  onUserDeleted?: ((user: User) => unknown) | undefined
  /** Runs after each login of a user, before the response, but not at a refresh. Errors are logged. */
  onLogin?: ((login: Grant & { user: User; client_id: string; ip: string | null }) => unknown) | undefined
}
