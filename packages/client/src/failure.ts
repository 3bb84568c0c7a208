import type { OAuthError } from './oauth-error.ts'
import type { ProblemCode } from './problem-code.ts'
import type { ProblemError } from './problem-error.ts'

/** Why an operation of a client failed. */
export interface Failure {
  /**
   * The `error` of an OAuthError, the `code` of a ProblemError, `unreachable` when the server did not answer, and
   * otherwise the name of the error, such as `NotAllowedError` when the user has cancelled the dialog of a passkey.
   */
  code: ProblemCode | 'invalid_grant' | 'insufficient_authorization' | 'unreachable' | 'NotAllowedError' | (string & {})
  /** The sentence of the server or the browser, for developers. */
  message: string
  /** When to try again, in seconds. */
  retryAfter?: number | undefined
  /** The error itself. */
  cause: unknown
}

/** The failure of an error. Its class is not compared, because a page may have two copies of the client. */
export function failureOf(cause: unknown): Failure {
  const { name, message, error, code, retryAfter } = cause as Error & Partial<OAuthError & ProblemError>
  const names: Record<string, string> = { TypeError: 'unreachable', ProblemError: 'server_error' }
  // The code of a DOMException is a number.
  return { code: error ?? (typeof code === 'string' ? code : (names[name] ?? name)), message, retryAfter, cause }
}
