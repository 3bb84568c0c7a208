import { createHash, randomBytes } from 'node:crypto'
import { ask, type HttpRequest, postForm } from '../request.ts'

const redirect_uri = 'https://app.example.com/callback'

/** The endpoints of better-auth, and a client there that needs no consent. */
export interface CodeClient {
  url: string
  authorizePath: string
  tokenPath: string
  clientId: string
  /** Adds the secret of the client. */
  authenticate(request: HttpRequest): HttpRequest
}

/** The refresh token that a browser with this cookie gets by the authorization code grant (RFC 6749 §4.1, RFC 7636). */
export async function refreshTokenByCode(client: CodeClient, cookie: string): Promise<string> {
  const { url, authorizePath, tokenPath, clientId, authenticate } = client
  const code_verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: clientId,
    scope: 'openid offline_access',
    response_type: 'code',
    redirect_uri,
    state: randomBytes(16).toString('base64url'),
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
    code_challenge_method: 'S256'
  })
  // It answers a fetch with the address of the next page in JSON, and only a navigation with a redirect.
  const { json } = await ask(url, { method: 'GET', path: `${authorizePath}?${query}`, headers: { cookie } })
  const code = new URL(String(json.url)).searchParams.get('code') ?? ''
  const form = postForm(tokenPath, { grant_type: 'authorization_code', code, code_verifier, redirect_uri })
  return String((await ask(url, authenticate(form))).json.refresh_token)
}
