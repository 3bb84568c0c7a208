import type { TSchema } from '@sinclair/typebox'
import { problemCodeOf } from '../src/base/errors.ts'
import { OAuthErrorShape, ProblemShape, ref } from './shapes.ts'

const meanings = {
  400: ['Bad Request', 'The request is not valid'],
  401: ['Unauthorized', 'The access token is missing, invalid, expired or revoked'],
  403: ['Forbidden', 'Not allowed'],
  404: ['Not Found', 'Not found'],
  409: ['Conflict', 'Already taken, or changed by another request'],
  410: ['Gone', 'Events after the cursor are not kept any more'],
  412: ['Precondition Failed', 'The account has changed since you read it'],
  413: ['Content Too Large', 'The body is larger than 16 KiB'],
  414: ['URI Too Long', 'A path parameter is longer than 100 characters'],
  415: ['Unsupported Media Type', 'The content type is not supported'],
  429: ['Too Many Requests', 'Too many requests; retry after Retry-After seconds'],
  503: ['Service Unavailable', 'Temporarily unavailable; retry after Retry-After seconds']
} as const

const oauthMeanings = {
  400: ['invalid_request', 'The request, grant or scope is not valid'],
  401: ['invalid_client', 'The client is unknown or its secret is wrong'],
  403: ['insufficient_scope', 'The access token lacks the scope introspect'],
  413: ['invalid_request', 'The body is larger than 16 KiB'],
  429: ['temporarily_unavailable', 'Too many requests; retry after Retry-After seconds'],
  503: ['temporarily_unavailable', 'Temporarily unavailable; retry after Retry-After seconds']
} as const

/** For the description of an operation that takes `app.recentLogin`. */
export const needsRecentLogin =
  'A user needs a login of the last 10 minutes, with two factors if the account has a second factor; otherwise the response is 401 with `error="insufficient_user_authentication"` (RFC 9470 §3). A client that acts for itself needs neither.'

/** For the description of an operation that takes the current password and `app.twoFactorLogin`. */
export const needsTwoFactorLogin =
  'If the account has a second factor, the login must have used two factors; otherwise the response is 401 with `error="insufficient_user_authentication"` (RFC 9470 §3).'

/** For the description of an operation that begins to add a second factor. */
export const needsPassword =
  'The first second factor of an account needs `current_password`, or a login with the password or an ID token within the last 10 minutes. A further one needs a login of the last 10 minutes with two factors, and ignores `current_password`. Otherwise the response is 401 with `error="insufficient_user_authentication"` (RFC 9470 §3).'

const challenge = { 'WWW-Authenticate': { type: 'string', description: 'How to authenticate (RFC 9110 §11.6.1)' } }
const retryAfter = { 'Retry-After': { type: 'integer', description: 'Seconds to wait before the next attempt' } }

function refusal(status: number, description: string, mediaType: string, shape: TSchema, example: object) {
  return {
    description,
    content: { [mediaType]: { schema: ref(shape), example } },
    ...(status === 401 ? { headers: challenge } : status === 429 || status === 503 ? { headers: retryAfter } : {})
  }
}

/** The error responses for the `response` schema of a route. */
export function problems(...statuses: (keyof typeof meanings)[]) {
  const responses = statuses.map(status => {
    const [title, meaning] = meanings[status]
    const code = problemCodeOf(status)
    const example = { type: 'about:blank', title, status, code, detail: `${meaning}.`, instance: '/the/path' }
    return [status, refusal(status, meaning, 'application/problem+json', ProblemShape, example)]
  })
  return Object.fromEntries(responses) as Record<never, TSchema>
}

/** The error responses for the `response` schema of an OAuth endpoint. */
export function oauthErrors(...statuses: (keyof typeof oauthMeanings)[]) {
  const responses = statuses.map(status => {
    const [error, meaning] = oauthMeanings[status]
    const example = { error, error_description: `${meaning}.` }
    return [status, refusal(status, meaning, 'application/json', OAuthErrorShape, example)]
  })
  return Object.fromEntries(responses) as Record<never, TSchema>
}
