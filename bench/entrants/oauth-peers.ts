import type { RunningServer } from '../processes.ts'
import { ask, type HttpRequest, postForm, postJson } from '../request.ts'
import { refreshTokenByCode } from './authorization-code.ts'
import { account, type Place } from './entrant.ts'
import { installPeer } from './packages.ts'
import { fromPage, startNode } from './peers.ts'
import { asClient, postRefresh, type TokenServer } from './token-server.ts'

const { username, password } = account

/** The clients of every peer: `web` is public, and `api` has this secret. */
const apiSecret = 'api-secret-of-enough-characters'

/** A peer that runs `server.js` in its folder. */
function peer(name: string, title: string, differs: TokenServer['differs'], setUp: TokenServer['setUp']): TokenServer {
  const start = startNode(name, 'server.js')
  return {
    name,
    title,
    differs,
    prepare: async () => installPeer(name),
    start: (place: Place) => start({ ...place, env: { ...place.env, API_SECRET: apiSecret } }),
    setUp
  }
}

const clientCredentials = { grant_type: 'client_credentials', scope: 'introspect' }
const asApi = (request: HttpRequest) => asClient('api', apiSecret, request)

const passwordGrant = postForm('/token', { grant_type: 'password', client_id: 'web', username, password, scope: 'me' })

/** The refresh tokens that a request returns. */
const logInsBy =
  ({ url }: RunningServer, request: HttpRequest) =>
  async (count: number) => {
    const tokens: string[] = []
    while (tokens.length < count) tokens.push(String((await ask(url, request)).json.refresh_token))
    return tokens
  }

const noAccessJwt = 'signs an ID token, but no access token: that is a random string'
const noSignature = 'signs nothing: its tokens are random strings'
const randomStrings = { refresh: noAccessJwt, clientCredentials: noSignature, introspect: noSignature }
const sharedKey = 'signs with a shared key (HS256)'
const reuse = 'does not end the login when a refresh token is used twice'

const introspectAt = (path: string) => (token: string, hint: string) =>
  asApi(postForm(path, { token, token_type_hint: hint }))

const nodeOAuth2Server = peer(
  'node-oauth2-server',
  '@node-oauth/oauth2-server',
  { refresh: `${noSignature}; it ${reuse}`, clientCredentials: noSignature },
  async server => {
    await ask(server.url, postJson('/users', account))
    return {
      logIns: logInsBy(server, passwordGrant),
      refresh: token => postRefresh('/token', token, 'web'),
      clientCredentials: [asApi(postForm('/token', clientCredentials))]
    }
  }
)

const jmondi = peer(
  'jmondi-oauth2-server',
  '@jmondi/oauth2-server',
  { refresh: `${sharedKey}; it ${reuse}`, clientCredentials: sharedKey, introspect: sharedKey },
  async server => {
    await ask(server.url, postJson('/users', account))
    return {
      logIns: logInsBy(server, passwordGrant),
      refresh: token => postRefresh('/token', token, 'web'),
      clientCredentials: [asApi(postForm('/token', clientCredentials))],
      introspect: introspectAt('/token/introspect')
    }
  }
)

const oidcProvider = peer('oidc-provider', 'oidc-provider', randomStrings, async server => ({
  logIns: logInsBy(server, postForm('/bench/login', {})),
  refresh: token => postRefresh('/token', token, 'web'),
  clientCredentials: [asApi(postForm('/token', clientCredentials))],
  introspect: introspectAt('/token/introspection'),
  jwks: { method: 'GET', path: '/jwks' }
}))

const betterAuth = peer('better-auth-oauth', 'better-auth OAuth', randomStrings, async ({ url }) => {
  const paths = { authorizePath: '/api/auth/oauth2/authorize', tokenPath: '/api/auth/oauth2/token' }
  const person = { email: account.email, password, name: account.full_name }
  const { headers } = await ask(url, fromPage(postJson('/api/auth/sign-up/email', person)))
  const cookie = headers.getSetCookie().join('; ')
  const { json } = await ask(url, { method: 'POST', path: '/bench/client', headers: { cookie } })
  const clientId = String(json.client_id)
  const authenticate = (request: HttpRequest) => asClient(clientId, String(json.client_secret), request)
  return {
    async logIns(count) {
      const tokens: string[] = []
      const client = { url, ...paths, clientId, authenticate }
      while (tokens.length < count) tokens.push(await refreshTokenByCode(client, cookie))
      return tokens
    },
    refresh: token => authenticate(postRefresh(paths.tokenPath, token)),
    clientCredentials: [authenticate(postForm(paths.tokenPath, clientCredentials))],
    introspect: (token, hint) =>
      authenticate(postForm('/api/auth/oauth2/introspect', { token, token_type_hint: hint })),
    jwks: { method: 'GET', path: '/api/auth/jwks' }
  }
})

const a12nServer = peer(
  'a12n-server',
  'a12n-server',
  {
    refresh: reuse,
    clientCredentials: 'hashes secrets of clients with bcrypt',
    introspect: 'answers introspection without a client'
  },
  async server => {
    const logIns = logInsBy(server, postForm('/bench/login', {}))
    // Creates the client.
    await logIns(1)
    return {
      logIns,
      refresh: token => postRefresh('/token', token, 'api'),
      clientCredentials: [asApi(postForm('/token', clientCredentials))],
      introspect: (token, hint) => postForm('/introspect', { token, token_type_hint: hint }),
      jwks: { method: 'GET', path: '/.well-known/jwks.json' }
    }
  }
)

// Its hash of the secret takes a quarter of a second.
const a12n: TokenServer = { ...a12nServer, connections: { clientCredentials: 4 } }

/** Servers that issue tokens by OAuth 2.0, and libraries for such servers. */
export const oauthPeers: TokenServer[] = [nodeOAuth2Server, jmondi, oidcProvider, betterAuth, a12n]
