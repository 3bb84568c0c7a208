import { fetchJson } from '../base/http/fetch-json.ts'
import { createAttempts } from '../wire/issuer/attempts.ts'
import { IssuerUnavailable } from '../wire/issuer/issuer-unavailable.ts'
import { createDiscovery } from '../wire/issuer/server-metadata.ts'
import { type CheckToken, readAccessToken } from './access-token.ts'
import { invalidToken, issuerUnavailable } from './bearer-error.ts'
import type { CheckedOptions } from './options.ts'

/**
 * Asks the issuer about each access token (RFC 7662), as a confidential client with HTTP Basic. Caches nothing, so that
 * the end of a login takes effect immediately. The response is checked like the claims of a token.
 */
export function createIntrospectionCheck(
  { issuer, audience, leeway, now }: CheckedOptions,
  { clientId, clientSecret }: NonNullable<CheckedOptions['introspect']>
): CheckToken {
  const endpoint = createAttempts(createDiscovery(issuer, 'introspection_endpoint'), now)
  // Form-encoded before Base64, as RFC 6749 §2.3.1 requires.
  const credentials = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`

  async function ask(token: string) {
    try {
      const url = await endpoint.ask()
      const answer = await fetchJson(url, {
        method: 'POST',
        headers: { authorization, accept: 'application/json' },
        body: new URLSearchParams({ token, token_type_hint: 'access_token' })
      })
      if (typeof answer.active !== 'boolean') throw new Error(`The response of ${url} has no member active.`)
      return answer
    } catch (error) {
      // Includes an error about this client, not about the token.
      throw issuerUnavailable(new IssuerUnavailable(error, endpoint.pauseLeftMs()))
    }
  }

  return async token => {
    const answer = await ask(token)
    if (!answer.active) throw invalidToken(new Error('The issuer reports that the token is not active.'))
    // A refresh token can be active but is not an access token. One that is bound to a key says to which.
    const type = String(answer.token_type).toLowerCase()
    if (type !== 'bearer' && !(type === 'dpop' && answer.cnf !== undefined))
      throw invalidToken(new Error('The token is not an access token.'))
    return readAccessToken(answer, { issuer, audience, leeway, now: now() })
  }
}
