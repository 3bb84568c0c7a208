import type { TSchema } from '@sinclair/typebox'
import { OAuthErrorShape, ProblemShape, ref } from './shapes.ts'

const meanings = {
  400: ['Bad Request', 'The request is not valid'],
  401: ['Unauthorized', 'No access token, or one that is invalid, expired or revoked'],
  403: ['Forbidden', 'Not allowed'],
  404: ['Not Found', 'There is no such thing'],
  409: ['Conflict', 'Taken, or changed by somebody else meanwhile'],
  413: ['Content Too Large', 'The body is larger than 16 KiB'],
  414: ['URI Too Long', 'A part of the path is longer than 100 characters'],
  415: ['Unsupported Media Type', 'Another content type is expected'],
  429: ['Too Many Requests', 'Too many requests: wait for Retry-After seconds'],
  503: ['Service Unavailable', 'The server cannot do this now: wait for Retry-After seconds']
} as const

const oauthMeanings = {
  400: ['invalid_request', 'The request, the grant or the scope is not valid'],
  401: ['invalid_client', 'The client is unknown or its secret is wrong'],
  403: ['insufficient_scope', 'The access token lacks the scope'],
  413: ['invalid_request', 'The body is larger than 16 KiB'],
  429: ['temporarily_unavailable', 'Too many requests: wait for Retry-After seconds'],
  503: ['temporarily_unavailable', 'The server cannot do this now: wait for Retry-After seconds']
} as const

const challenge = { 'WWW-Authenticate': { type: 'string', description: 'How to authenticate (RFC 9110 §11.6.1)' } }
const retryAfter = { 'Retry-After': { type: 'integer', description: 'Seconds to wait' } }

function refusal(status: number, description: string, mediaType: string, shape: TSchema, example: object) {
  return {
    description,
    content: { [mediaType]: { schema: ref(shape), example } },
    ...(status === 401 ? { headers: challenge } : status === 429 || status === 503 ? { headers: retryAfter } : {})
  }
}

/** The error responses of a route, for its `response` schema. */
export function problems(...statuses: (keyof typeof meanings)[]) {
  const responses = statuses.map(status => {
    const [title, meaning] = meanings[status]
    const example = { type: 'about:blank', title, status, detail: `${meaning}.`, instance: '/the/path' }
    return [status, refusal(status, meaning, 'application/problem+json', ProblemShape, example)]
  })
  return Object.fromEntries(responses) as Record<never, TSchema>
}

/** The error responses of a route that is an OAuth endpoint, for its `response` schema. */
export function oauthErrors(...statuses: (keyof typeof oauthMeanings)[]) {
  const responses = statuses.map(status => {
    const [error, meaning] = oauthMeanings[status]
    const example = { error, error_description: `${meaning}.` }
    return [status, refusal(status, meaning, 'application/json', OAuthErrorShape, example)]
  })
  return Object.fromEntries(responses) as Record<never, TSchema>
}
