/**
 * The error codes of the OAuth endpoints: RFC 6749 §5.2 and §4.1.2.1, RFC 8707 §2, RFC 6750 §3.1, RFC 9470 §5, RFC 9449
 * §12.2, and draft-ietf-oauth-first-party-apps §5.2.2.
 */
export const oauthErrorCodes = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
  'invalid_token',
  'insufficient_scope',
  'unsupported_response_type',
  'insufficient_authorization',
  'invalid_session',
  'unmet_authentication_requirements',
  'invalid_dpop_proof',
  'use_dpop_nonce',
  'temporarily_unavailable',
  'server_error'
] as const

/** One of `oauthErrorCodes`. */
export type OAuthErrorCode = (typeof oauthErrorCodes)[number]

interface Answer {
  /** HTTP status. */
  status?: number
  headers?: Record<string, string>
  /** Logged, never sent to the client. */
  cause?: unknown
}

/**
 * An error response of an OAuth endpoint: `{"error", "error_description"}` (RFC 6749 §5.2). The description is public
 * text and has only the characters that §5.2 allows: printable ASCII without `"` and `\`.
 */
export class OAuthError extends Error {
  override name = 'OAuthError'
  readonly code: OAuthErrorCode
  readonly status: number
  readonly headers: Record<string, string>
  /** Further members of the body. */
  readonly members: object

  constructor(
    code: OAuthErrorCode,
    description: string,
    { status = 400, headers = {}, cause, members = {} }: Answer & { members?: object } = {}
  ) {
    super(description.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?'), { cause })
    this.code = code
    this.status = status
    this.headers = headers
    this.members = members
  }
}

/** One problem of a request: a JSON Pointer (RFC 6901) into the body, and a description. */
export interface ProblemDetail {
  pointer: string
  detail: string
  /** A machine-readable reason, for new passwords. */
  reason?: PasswordReason
}

/**
 * Why a new password is rejected: its length, its characters, a common password (`common`), a name of the user or the
 * service in it (`context`), or a password that leaked elsewhere (`breached`).
 */
export type PasswordReason = 'length' | 'characters' | 'common' | 'context' | 'breached'

/**
 * The codes of problems, by their HTTP status: what went wrong, for programs. The first code of a status is the general
 * one. A code that RFC 6749, RFC 6750, RFC 9449 or RFC 9470 has means the same here.
 */
export const problemCodes = {
  invalid_request: [400, 'The request is malformed, or a member of the body is not valid: see `errors`'],
  invalid_link: [400, 'The mailed link has expired, was already used or never worked'],
  wrong_code: [400, 'The code of the authenticator app is wrong, expired or was already used'],
  invalid_token: [401, 'The access token is invalid, expired, revoked, or for another API'],
  missing_token: [401, 'The request has no access token'],
  insufficient_user_authentication: [401, 'The login is too old, or has too few factors: see `WWW-Authenticate`'],
  invalid_dpop_proof: [401, 'The proof for the key of the access token is missing or not valid'],
  use_dpop_nonce: [401, 'The proof needs the nonce of the header `DPoP-Nonce`'],
  access_denied: [403, 'The caller may not do this'],
  insufficient_scope: [403, 'The access token lacks a scope or a role'],
  wrong_password: [403, 'The current password is wrong'],
  user_required: [403, 'The access token belongs to a client, and only users may do this'],
  registration_closed: [403, 'Only administrators create accounts'],
  invalid_setup_link: [403, 'The link to create the first administrator has expired or was already used'],
  not_found: [404, 'There is nothing at this URL, or with this id'],
  method_not_allowed: [405, 'The URL has other methods: see `Allow`'],
  request_timeout: [408, 'The request did not arrive in time'],
  conflict: [409, 'The present state does not allow this'],
  changed_meanwhile: [409, 'Another request has changed the same: read it again and retry'],
  username_taken: [409, 'Another account has the username'],
  name_taken: [409, 'Another client has the name'],
  identity_taken: [409, 'The identity is linked already'],
  passkey_taken: [409, 'The passkey is registered already'],
  limit_reached: [409, 'The account has as many of these as it can have'],
  last_administrator: [409, 'Without the account, nobody could administer the server'],
  last_way_in: [409, 'Without this, nobody could log in to the account'],
  second_factor_required: [409, 'The account needs a second factor, and this is its last one'],
  no_second_factor: [409, 'The account has no second factor'],
  no_email: [409, 'The account has no e-mail address'],
  email_verified: [409, 'The e-mail address of the account is verified already'],
  not_invited: [409, 'The account was not invited, or has an owner already'],
  account_disabled: [409, 'The account is disabled'],
  events_gone: [410, 'Events after the cursor are not kept any more: go on with `oldest`'],
  precondition_failed: [412, 'What the request would change is not that of `If-Match`'],
  content_too_large: [413, 'The body is too large'],
  uri_too_long: [414, 'A part of the path is too long'],
  unsupported_media_type: [415, 'The body has another content type than the operation takes'],
  too_many_attempts: [429, 'Too many attempts: wait for `Retry-After` seconds'],
  headers_too_large: [431, 'The headers are too large'],
  server_error: [500, 'The server has failed, and has logged why'],
  temporarily_unavailable: [503, 'The server cannot answer now: wait for `Retry-After` seconds']
} as const satisfies Record<string, readonly [status: number, meaning: string]>

/** One of `problemCodes`. */
export type ProblemCode = keyof typeof problemCodes

/** The general code of a status. An unknown status is like the first of its class (RFC 9110 §15). */
export function problemCodeOf(status: number): ProblemCode {
  const codes = Object.keys(problemCodes) as ProblemCode[]
  return codes.find(code => problemCodes[code][0] === status) ?? (status < 500 ? 'invalid_request' : 'server_error')
}

/**
 * An error response of any other endpoint: `application/problem+json` (RFC 9457). `message` becomes `detail` and is
 * public text. The status is that of the code, except for an error of other code that has a status of its own.
 */
export class Problem extends Error {
  override name = 'Problem'
  readonly code: ProblemCode
  readonly status: number
  readonly headers: Record<string, string>
  /** The problems of individual members; empty when the error is not about members. */
  readonly errors: ProblemDetail[]
  /** Further members of the body. */
  readonly members: { oldest?: number }

  constructor(
    code: ProblemCode,
    detail: string,
    {
      status = problemCodes[code][0],
      headers = {},
      cause,
      errors = [],
      members = {}
    }: Answer & { errors?: ProblemDetail[]; members?: { oldest?: number } } = {}
  ) {
    super(detail, { cause })
    this.code = code
    this.status = status
    this.headers = headers
    this.errors = errors
    this.members = members
  }

  /** Fastify's name for `status`, for the error handlers of apps that embed Sallyport. */
  get statusCode() {
    return this.status
  }
}

/** A 400 about one member of the body. */
export const invalidMember = (pointer: string, detail: string, reason?: PasswordReason) =>
  new Problem('invalid_request', `The request is not valid: ${pointer} ${detail}.`, {
    errors: [{ pointer, detail, ...(reason ? { reason } : {}) }]
  })

/** The 409 for a change that another request has overtaken. */
export const concurrentChange = () =>
  new Problem('changed_meanwhile', 'This was changed by another request. Read it again and retry.')

/** Why a command on the terminal cannot do its work. The message is for its user. */
export class CommandError extends Error {
  override name = 'CommandError'
}

/** Thrown when the service cannot start with its settings. The message lists every problem, one per line. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  /** One text for each problem. */
  readonly problems: string[]

  constructor(problems: string[]) {
    const [first] = problems
    super(
      problems.length === 1
        ? `The settings are not valid: ${first}`
        : `The settings are not valid:\n${problems.map(problem => `  - ${problem}`).join('\n')}`
    )
    this.problems = problems
  }
}
