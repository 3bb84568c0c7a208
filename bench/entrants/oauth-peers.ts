import type { RunningServer } from '../processes.ts'
import { ask, postForm, postJson } from '../request.ts'
import { account, type Place } from './entrant.ts'
import { installPeer } from './packages.ts'
import { startNode } from './peers.ts'
import { asClient, postRefresh, type TokenServer } from './token-server.ts'

const { username, password } = account

/** The clients of every peer: `web` is public, and `api` has this secret. */
const apiSecret = 'api-secret-of-enough-characters'

/** Where a peer answers, and how it is asked. */
function peer(name: string, title: string, lacks: string[], setUp: TokenServer['setUp']): TokenServer {
  const start = startNode(name, 'server.js')
  return {
    name,
    title,
    lacks,
    prepare: async () => installPeer(name),
    start: (place: Place) => start({ ...place, env: { ...place.env, API_SECRET: apiSecret } }),
    setUp
  }
}

const clientCredentials = (path: string) =>
  asClient('api', apiSecret, postForm(path, { grant_type: 'client_credentials', scope: 'introspect' }))

/** The refresh tokens of password grants. */
const logInsBy =
  (path: string, { url }: RunningServer) =>
  async (count: number) => {
    const request = postForm(path, { grant_type: 'password', client_id: 'web', username, password, scope: 'me' })
    const tokens: string[] = []
    while (tokens.length < count) tokens.push(String((await ask(url, request)).json.refresh_token))
    return tokens
  }

const introspectAt = (path: string) => (token: string, hint: string) =>
  asClient('api', apiSecret, postForm(path, { token, token_type_hint: hint }))

const nodeOAuth2Server = peer(
  'node-oauth2-server',
  '@node-oauth/oauth2-server',
  [
    'it has no introspection and no public keys, because its access tokens are random strings',
    'a refresh token that is used twice does not end the login'
  ],
  async server => {
    await ask(server.url, postJson('/users', account))
    return {
      logIns: logInsBy('/token', server),
      refresh: token => postRefresh('/token', token, 'web'),
      clientCredentials: clientCredentials('/token')
    }
  }
)

const jmondi = peer(
  'jmondi-oauth2-server',
  '@jmondi/oauth2-server',
  [
    'its tokens are signed with HS256, so it has no public keys',
    'a refresh token that is used twice does not end the login'
  ],
  async server => {
    await ask(server.url, postJson('/users', account))
    return {
      logIns: logInsBy('/token', server),
      refresh: token => postRefresh('/token', token, 'web'),
      clientCredentials: clientCredentials('/token'),
      introspect: introspectAt('/token/introspect')
    }
  }
)

const oidcProvider = peer('oidc-provider', 'oidc-provider', [], async ({ url }) => ({
  async logIns(count) {
    const tokens: string[] = []
    while (tokens.length < count) tokens.push(String((await ask(url, postForm('/bench/login', {}))).json.refresh_token))
    return tokens
  },
  refresh: token => postRefresh('/token', token, 'web'),
  clientCredentials: clientCredentials('/token'),
  introspect: introspectAt('/token/introspection'),
  jwks: { method: 'GET', path: '/jwks' }
}))

/** Servers that issue tokens by OAuth 2.0, and libraries for such servers. */
export const oauthPeers: TokenServer[] = [nodeOAuth2Server, jmondi, oidcProvider]
