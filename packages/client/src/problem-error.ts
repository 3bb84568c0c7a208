import type { ProblemCode } from './problem-code.ts'
import { retryAfterIn } from './retry-after.ts'

/** An error response with problem details (RFC 9457). `message` is the `detail`. */
export class ProblemError extends Error {
  override name = 'ProblemError'
  /** HTTP status: 403 for a wrong current password, 400 for a new password that is not acceptable. */
  readonly status: number
  /** What is wrong, for programs; `undefined` for a response that is not from Sallyport. */
  readonly code: ProblemCode | undefined
  /** The faults of the body, by member; `reason` is why a password was refused. */
  readonly errors: { pointer: string; detail: string; reason?: string }[]
  /** The `Retry-After` header in seconds. */
  readonly retryAfter: number | undefined

  constructor(detail: string, status: number, errors: ProblemError['errors'], retryAfter?: number, code?: ProblemCode) {
    super(detail)
    this.status = status
    this.code = code
    this.errors = errors
    this.retryAfter = retryAfter
  }
}

/** Creates the ProblemError for an error response. `body` is the parsed JSON body, `undefined` if it is not JSON. */
export function problemOf({ status, headers }: Response, body: unknown): ProblemError {
  const { detail, errors, code } = (body ?? {}) as Partial<Record<string, unknown>>
  return new ProblemError(
    String(detail ?? `Unexpected response from the server (status ${status}).`),
    status,
    Array.isArray(errors) ? errors : [],
    retryAfterIn(headers),
    typeof code === 'string' ? (code as ProblemCode) : undefined
  )
}
