import { ProblemError, stepUpAsked } from '@sallyport/client'
import type { components } from './openapi.d.ts'
import { createOperations } from './operations.ts'
import { server } from './place.ts'
import { client } from './session.ts'
import { askAgain } from './ui/prove-dialog.tsx'

type Schemas = components['schemas']
export type User = Schemas['User']
export type Session = Schemas['Session']
export type Client = Schemas['Client']
export type AuditEvent = Schemas['AuditEvent']
export type Factor = Schemas['Factor']
export type SigningKey = Schemas['SigningKey']
export type Passkey = Schemas['Passkey']
export type PersonalToken = Schemas['PersonalToken']
export type Identity = Schemas['Identity']
export type Webhook = Schemas['Webhook']
export type Delivery = Webhook['deliveries'][number]
type Problem = Schemas['Problem']

/** Every operation of the server, typed by its OpenAPI document. Wrap a call in `ok`. */
export const api = createOperations(server, fetchAsAsked)

/**
 * Sends the request with the access token. When the server asks for a recent login or a second factor (RFC 9470), asks
 * the person and sends it again.
 */
async function fetchAsAsked(request: Request): Promise<Response> {
  const again = request.clone()
  const response = await client.fetch(request)
  const asked = stepUpAsked(response)
  if (!asked) return response
  const raised = await client.stepUp({ ...asked, secondFactor: askAgain })
  // Another user may have signed in since then, who must not send this request.
  return raised ? await client.fetch(again) : response
}

type Answer<T> = Promise<{ data?: T; error?: unknown; response: Response }>

/** The body of a response. Rejects with a ProblemError when the server refuses. */
export async function ok<T>(answer: Answer<T>): Promise<T> {
  const { data, error, response } = await answer
  if (response.ok) return data as T
  const { detail = '', errors = [], code } = (error ?? {}) as Partial<Problem>
  const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10)
  const retryAfter = seconds >= 0 ? seconds : undefined
  throw new ProblemError(detail, response.status, errors as ProblemError['errors'], retryAfter, code)
}

/** A value, and its `ETag`, which a change sends as `If-Match`. */
export interface Versioned<T> {
  value: T
  version: string | undefined
}

/** The body of a response with its version. Rejects as `ok` does. */
export async function versioned<T>(answer: Answer<T>): Promise<Versioned<T>> {
  const value = await ok(answer)
  return { value, version: (await answer).response.headers.get('etag') ?? undefined }
}

/** The header parameters of a change that the server refuses with 412 unless the value still has this version. */
export const ifMatch = (version: string | undefined) => (version === undefined ? {} : { 'If-Match': version })
