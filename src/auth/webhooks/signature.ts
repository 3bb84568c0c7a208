import { createHmac, randomBytes } from 'node:crypto'

/** The beginning of a symmetric secret (Standard Webhooks 1.0.0, signature scheme). */
const secretPrefix = 'whsec_'

/** A new secret: 256 random bits. */
export const newWebhookSecret = () => secretPrefix + randomBytes(32).toString('base64')

/**
 * The headers of a message: its id, its time in seconds, and two signatures over id, time and body, by the key of the
 * seals and by the secret of the webhook (Standard Webhooks 1.0.0). `secret` is absent when it cannot be opened.
 */
export function signedHeaders(
  { id, at, body }: { id: string; at: Date; body: string },
  { sign, secret }: { sign: (text: string) => string; secret: string | undefined }
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const text = `${id}.${timestamp}.${body}`
  const hmac = (key: string) => createHmac('sha256', Buffer.from(key.slice(secretPrefix.length), 'base64'))
  const symmetric = secret === undefined ? [] : [`v1,${hmac(secret).update(text).digest('base64')}`]
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': [`v1a,${sign(text)}`, ...symmetric].join(' ')
  }
}
