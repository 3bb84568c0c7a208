import { bytesOf } from './base64url.ts'

/** What an access token says. Throws when it is no JWT. */
export function claimsOf(accessToken: string): Record<string, unknown> {
  const [, claims = ''] = accessToken.split('.')
  return JSON.parse(new TextDecoder().decode(bytesOf(claims)))
}
