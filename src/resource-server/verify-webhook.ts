import { createHmac, type KeyObject, verify } from 'node:crypto'
import { equalInConstantTime } from '../base/secrets.ts'
import { eventKeysOf } from './event-keys.ts'
import { originOf } from './resource-metadata.ts'

/** How far the time of a message may be off (milliseconds), and how many of its signatures are tried. */
const [toleranceMs, mostSignatures] = [300_000, 10]

/** An event, as a webhook or `GET /events` has it: the same `id` whenever it comes, and the time as in RFC 3339. */
export interface WebhookEvent {
  id: string
  /** The action, such as `user.created`. */
  type: string
  timestamp: string
  /** The number of the seal of the audit trail that covers the event. */
  seal: number
  /** Ids; `ip` and `detail` only where details are turned on. */
  data: Record<'actor' | 'subject' | 'client_id', string | null> & {
    ip?: string | null
    detail?: Record<string, unknown> | null
  }
  /** How many events before this one were pruned before they could be sent. */
  lost?: number
}

/** `issuer` verifies by the public keys of the server, `secret` by that of the webhook, offline. `now` is for tests. */
export type WebhookOptions = { now?: (() => Date) | undefined } & (
  | { issuer: string; secret?: undefined }
  | { secret: string; issuer?: undefined }
)

/** The error with which `verifyWebhook` refuses a message. Its text is public, `cause` is for the log. */
export class WebhookError extends Error {
  override name = 'WebhookError'
  readonly code: keyof typeof refusals
  /** 503 when the keys cannot be fetched, after which the server sends the message again; 400 otherwise. */
  readonly statusCode: 400 | 503

  constructor(code: keyof typeof refusals, cause?: unknown) {
    super(refusals[code], { cause })
    this.code = code
    this.statusCode = code === 'keys_unavailable' ? 503 : 400
  }
}
const refusals = {
  missing_header: 'The message lacks webhook-id, webhook-timestamp or webhook-signature.',
  repeated_header: 'The message has a header of the webhook more than once.',
  invalid_timestamp: 'The time of the message is more than five minutes off.',
  no_matching_signature: 'No signature of the message matches.',
  invalid_body: 'The body is not JSON, or not that of the message with this id.',
  keys_unavailable: 'Messages cannot be verified now. Try again in a moment.'
}

/**
 * The event in a message (Standard Webhooks 1.0.0), once its signature is verified. `body` is the text or the bytes as
 * they came. Rejects with a WebhookError for a message that the server has not just sent, and with another Error for
 * wrong options. A message may come again: handle each `id` once.
 */
export async function verifyWebhook(
  { headers, body }: { headers: Record<string, string | string[] | undefined>; body: string | Uint8Array },
  { issuer, secret, now = () => new Date() }: WebhookOptions
): Promise<WebhookEvent> {
  const key = Buffer.from(secret?.replace(/^whsec_/, '') ?? '', 'base64')
  if (issuer === undefined ? key.length < 24 : secret !== undefined || !isSafe(issuer))
    throw new Error('verifyWebhook needs issuer, an https URL or one of this machine, or else secret, a whsec_….')
  if (typeof body !== 'string' && !ArrayBuffer.isView(body)) throw new Error('verifyWebhook needs the raw body.')

  const [id, timestamp] = [headerOf(headers, 'webhook-id'), headerOf(headers, 'webhook-timestamp')]
  const version = issuer === undefined ? 'v1,' : 'v1a,'
  const all = headerOf(headers, 'webhook-signature').split(' ')
  const signatures = all.filter(text => text.startsWith(version)).slice(0, mostSignatures)
  const offMs = Math.abs(now().getTime() - Number(timestamp) * 1000)
  if (!/^\d+$/.test(timestamp) || offMs > toleranceMs) throw new WebhookError('invalid_timestamp')
  const content = Buffer.from(body as Uint8Array)
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), content])

  const hmac = () => version + createHmac('sha256', key).update(signed).digest('base64')
  const bytes = signatures.map(text => Buffer.from(text.slice(version.length), 'base64'))
  const fits = (key: KeyObject) => bytes.some(signature => verify(null, signed, key, signature))
  const isSigned =
    issuer === undefined
      ? signatures.some(text => equalInConstantTime(text, hmac()))
      : bytes.length > 0 && (await eventKeysOf(issuer)(fits, now).catch(unavailable))
  if (!isSigned) throw new WebhookError('no_matching_signature')
  const event = parsed(content.toString())
  if (event?.id !== id) throw new WebhookError('invalid_body')
  return event
}

function unavailable(cause: unknown): never {
  throw new WebhookError('keys_unavailable', cause)
}

/** Whether an attacker cannot exchange the keys on the way. */
function isSafe(issuer: string): boolean {
  const { protocol, hostname } = new URL(originOf(issuer) ?? 'http://none')
  return protocol === 'https:' || /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)
}

/** The only header with this name, in any case. Node.js joins repeated ones by a comma and a blank. */
function headerOf(headers: Record<string, string | string[] | undefined>, name: string): string {
  const values = Object.keys(headers).flatMap(key => (key.toLowerCase() === name ? (headers[key] ?? []) : []))
  if (!values[0]) throw new WebhookError('missing_header')
  if (values.length > 1 || values[0].includes(', ')) throw new WebhookError('repeated_header')
  return values[0]
}

function parsed(text: string): WebhookEvent | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
