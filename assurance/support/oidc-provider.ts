import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { Test } from 'tap'
import { freePort } from '../../test/support/free-port.ts'
import { createPkce } from '../../test/support/pkce.ts'

/** The package, which only `npm run assurance -- published` installs. */
const entry = new URL('../../tools/published/node_modules/oidc-provider/lib/index.js', import.meta.url)

const redirectUri = 'https://app.example.com/'

/**
 * An OpenID provider on this machine with one public client, closed when the test ends. Everybody can log in there, and
 * the address of NAME is NAME@example.com, verified.
 */
export async function startOidcProvider(t: Test, clientId: string) {
  const issuer = `http://127.0.0.1:${await freePort()}`
  const { Provider } = (await import(entry.href)) as {
    Provider: new (issuer: string, options: object) => { callback(): RequestListener }
  }
  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, token_endpoint_auth_method: 'none', redirect_uris: [redirectUri] }],
    claims: { email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    findAccount: (_context: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId, email: `${accountId}@example.com`, email_verified: true })
    }),
    cookies: { keys: ['a key for a test'] }
  })
  const server = createServer(provider.callback()).listen(Number(new URL(issuer).port), '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    issuer,
    /** A new ID token of the user `login`, from the code flow, in which the user logs in and consents. */
    async idToken(login: string, nonce: string): Promise<string> {
      const { code_verifier, challenge } = createPkce()
      const scope = 'openid email'
      const asked = {
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope,
        nonce,
        ...challenge
      }
      const code = await authorize(`${issuer}/auth?${new URLSearchParams(asked)}`, login)
      const form = {
        grant_type: 'authorization_code',
        code,
        code_verifier,
        client_id: clientId,
        redirect_uri: redirectUri
      }
      const answer = await fetch(`${issuer}/token`, { method: 'POST', body: new URLSearchParams(form) })
      return ((await answer.json()) as { id_token: string }).id_token
    }
  }
}

/** Follows the redirects from `url` as a browser does, and answers each form of the provider; resolves to the code. */
async function authorize(url: string, login: string): Promise<string> {
  const cookies = new Map<string, string>()
  let body: URLSearchParams | undefined
  for (;;) {
    const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
    const method = body ? 'POST' : 'GET'
    const answer: Response = await fetch(url, { method, headers, redirect: 'manual', ...(body && { body }) })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location = answer.headers.get('location')
    if (location?.startsWith(redirectUri)) return String(new URL(location).searchParams.get('code'))
    const [, prompt] = /name="prompt" value="(\w+)"/.exec(await answer.text()) ?? []
    if (!location && !prompt) throw new Error(`${url} answered ${answer.status} without a form`)
    body = prompt ? new URLSearchParams({ prompt, login, password: 'any' }) : undefined
    if (location) url = new URL(location, url).href
  }
}
