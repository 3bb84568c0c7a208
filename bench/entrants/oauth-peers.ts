import type { RunningServer } from '../processes.ts'
import { ask, type HttpRequest, postForm, postJson } from '../request.ts'
import { account } from './entrant.ts'
import { startNode } from './peers.ts'
import { asClient, postRefresh, type TokenServer } from './token-server.ts'

const { username, password } = account

/** The clients of every peer: `web` is public, and `api` has this secret. */
const apiSecret = 'api-secret-of-enough-characters'

/** A peer that runs `server.js` in its folder. */
function peer(name: string, title: string, differs: TokenServer['differs'], setUp: TokenServer['setUp']): TokenServer {
  const start = startNode(name)
  return {
    name,
    title,
    differs,
    start: place => start({ ...place, env: { ...place.env, API_SECRET: apiSecret } }),
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

const nodeOAuth2Server = peer(
  'node-oauth2-server',
  '@node-oauth/oauth2-server',
  {
    refresh: `${noSignature}; it does not end the login when a refresh token is used twice`,
    clientCredentials: noSignature
  },
  async server => {
    await ask(server.url, postJson('/users', account))
    return {
      logIns: logInsBy(server, passwordGrant),
      refresh: token => postRefresh('/token', token, 'web'),
      clientCredentials: [asApi(postForm('/token', clientCredentials))]
    }
  }
)

const oidcProvider = peer(
  'oidc-provider',
  'oidc-provider',
  { refresh: noAccessJwt, clientCredentials: noSignature, introspect: noSignature },
  async server => ({
    logIns: logInsBy(server, postForm('/bench/login', {})),
    refresh: token => postRefresh('/token', token, 'web'),
    clientCredentials: [asApi(postForm('/token', clientCredentials))],
    introspect: (token, hint) => asApi(postForm('/token/introspection', { token, token_type_hint: hint }))
  })
)

/** Servers that issue tokens by OAuth 2.0, and libraries for such servers. */
export const oauthPeers: TokenServer[] = [nodeOAuth2Server, oidcProvider]
