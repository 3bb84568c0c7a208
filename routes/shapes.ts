import { type Static, type TSchema, Type } from '@sinclair/typebox'

/** A reference to one of `shapes`, with its type. */
export const ref = <T extends TSchema>(shape: T, options: { description?: string } = {}) =>
  Type.Unsafe<Static<T>>({ $ref: `${shape.$id}#`, ...options })

const time = (description: string) =>
  Type.String({ format: 'date-time', description, examples: ['2026-01-31T12:00:00.000Z'] })
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const User = Type.Object(
  {
    id: Type.String({ description: 'Never changes; the `sub` of the access tokens', format: 'uuid' }),
    username: Type.String({ description: 'Lower case, NFKC', examples: ['alice'] }),
    email: nullable(Type.String({ format: 'email', examples: ['alice@example.com'] })),
    email_verified: Type.Boolean({
      description: 'Whether the owner of the account has shown that the address is theirs'
    }),
    full_name: nullable(Type.String({ examples: ['Alice Liddell'] })),
    disabled: Type.Boolean({ description: 'A disabled account cannot log in' }),
    scopes: Type.Array(Type.String(), {
      description: 'The scopes that the account may be granted',
      examples: [['me']]
    }),
    created_at: time('When the account was made'),
    updated_at: time('When the account was last changed')
  },
  { $id: 'User', title: 'User', description: 'An account' }
)

export const Session = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'The `sid` of the access tokens' }),
    current: Type.Boolean({ description: 'Whether this request came with a token of this login' }),
    client_id: Type.String({ description: 'The client that logged in' }),
    scope: Type.String({ description: 'What the login was granted, separated by spaces', examples: ['me'] }),
    created_at: time('When the login happened'),
    last_used_at: time('When tokens were last issued'),
    expires_at: time('When the login ends, whatever happens'),
    idle_expires_at: time('When the login ends unless it is refreshed before'),
    ip: nullable(Type.String({ description: 'Address that logged in' })),
    user_agent: nullable(Type.String({ description: 'User-Agent of the login' }))
  },
  { $id: 'Session', title: 'Session', description: 'A login' }
)

export const ProblemShape = Type.Object(
  {
    type: Type.String({ examples: ['about:blank'] }),
    title: Type.String({ examples: ['Bad Request'] }),
    status: Type.Integer({ description: 'The HTTP status', examples: [400] }),
    detail: Type.String({ description: 'What is wrong and what to do' }),
    instance: Type.String({ description: 'The path that was asked for' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({ description: 'JSON Pointer (RFC 6901) into the body', examples: ['/password'] }),
          detail: Type.String({ description: 'What is wrong with that member' })
        })
      )
    )
  },
  { $id: 'Problem', title: 'Problem', description: 'Problem details (RFC 9457)' }
)

export const OAuthErrorShape = Type.Object(
  {
    error: Type.String({ description: 'RFC 6749 §5.2', examples: ['invalid_grant'] }),
    error_description: Type.Optional(Type.String({ description: 'For people; do not parse it' }))
  },
  { $id: 'OAuthError', title: 'OAuthError', description: 'An error of the OAuth endpoints (RFC 6749 §5.2)' }
)

/** What `app.ts` registers, so that routes can refer to it by name. */
export const shapes: TSchema[] = [User, Session, ProblemShape, OAuthErrorShape]

const meanings = {
  400: 'The request is not valid',
  401: 'No access token, or one that is invalid, expired or revoked',
  403: 'Not allowed',
  404: 'There is no such thing',
  409: 'Taken, or changed by somebody else meanwhile',
  413: 'The body is larger than 16 KiB',
  415: 'Another content type is expected',
  429: 'Too many requests: wait for Retry-After seconds',
  503: 'The server cannot do this now: wait for Retry-After seconds'
} as const

type Status = keyof typeof meanings
const challenge = { 'WWW-Authenticate': { type: 'string', description: 'RFC 6750 §3' } }
const retryAfter = { 'Retry-After': { type: 'integer', description: 'Seconds to wait' } }

function refusals(statuses: Status[], mediaType: string, shape: TSchema) {
  return Object.fromEntries(
    statuses.map(status => [
      status,
      {
        description: meanings[status],
        content: { [mediaType]: { schema: ref(shape) } },
        ...(status === 401 ? { headers: challenge } : status === 429 || status === 503 ? { headers: retryAfter } : {})
      }
    ])
  ) as unknown as Record<never, TSchema>
}

/** The responses that refuse, for a route's `response`. */
export const problems = (...statuses: Status[]) => refusals(statuses, 'application/problem+json', ProblemShape)

/** The same on an OAuth endpoint. */
export const oauthErrors = (...statuses: Status[]) => refusals(statuses, 'application/json', OAuthErrorShape)

/** The `security` of a route that asks for an access token with this scope. */
export const needs = (scope: string) => [{ password: [scope] }]
