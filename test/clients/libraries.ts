import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import type { Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { basic } from '../support/app.ts'
import { startWithFactor } from '../support/enrolled.ts'
import { exchangeGrant } from '../support/personal-tokens.ts'
import { createConfidentialClient } from '../support/server.ts'

type Form = Record<string, string>
type Tokens = Pick<oauth.TokenEndpointResponse, 'access_token' | 'refresh_token' | 'scope'>

/** The functions of a library for one client. Each rejects with the library's error. */
export interface Library {
  metadata: oauth.AuthorizationServer
  grant(type: string, form: Form): Promise<Tokens>
  refresh(token: string | undefined, form?: Form): Promise<Tokens>
  redeem(code: string, verifier: string | undefined): Promise<Tokens>
  introspect(token: string): Promise<oauth.IntrospectionResponse>
  revoke(token: string | undefined): Promise<void>
  /** A request with an access token. */
  get(token: string, path?: string): Promise<Response>
}

/** How a client authenticates; a public one only names itself. */
export type Method = 'client_secret_basic' | 'client_secret_post' | 'none'

export interface Client {
  url: string
  id: string
  secret: string
  method: Method
}

/** The library finds the server by its metadata, for this client. */
export const libraries: Record<'oauth4webapi' | 'openid-client', (client: Client) => Promise<Library>> = {
  async oauth4webapi({ url, id, secret, method }) {
    const insecure = { [oauth.allowInsecureRequests]: true }
    const issuer = new URL(url)
    const found = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' })
    const as = await oauth.processDiscoveryResponse(issuer, found)
    const client = { client_id: id }
    const { [method]: auth } = {
      client_secret_basic: oauth.ClientSecretBasic(secret),
      client_secret_post: oauth.ClientSecretPost(secret),
      none: oauth.None()
    }
    return {
      metadata: as,
      async grant(type, form) {
        const answer = await oauth.genericTokenEndpointRequest(as, client, auth, type, form, insecure)
        return await oauth.processGenericTokenEndpointResponse(as, client, answer)
      },
      async refresh(token = '', additionalParameters = {}) {
        const options = { ...insecure, additionalParameters }
        const answer = await oauth.refreshTokenGrantRequest(as, client, auth, token, options)
        return await oauth.processRefreshTokenResponse(as, client, answer)
      },
      async redeem(code, verifier = oauth.nopkce as never) {
        const given = oauth.validateAuthResponse(as, client, new URLSearchParams({ code }), oauth.expectNoState)
        const redirect = 'http://127.0.0.1/'
        const answer = await oauth.authorizationCodeGrantRequest(as, client, auth, given, redirect, verifier, insecure)
        return await oauth.processAuthorizationCodeResponse(as, client, answer)
      },
      async introspect(token) {
        const answer = await oauth.introspectionRequest(as, client, auth, token, insecure)
        return await oauth.processIntrospectionResponse(as, client, answer)
      },
      async revoke(token = '') {
        await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, token, insecure))
      },
      get: (token, path = '/users/me') =>
        oauth.protectedResourceRequest(token, 'GET', new URL(path, url), undefined, null, insecure)
    }
  },

  async 'openid-client'({ url, id, secret, method }) {
    const { [method]: auth } = {
      client_secret_basic: openid.ClientSecretBasic(secret),
      client_secret_post: openid.ClientSecretPost(secret),
      none: openid.None()
    }
    const options: openid.DiscoveryRequestOptions = { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] }
    const config = await openid.discovery(new URL(url), id, undefined, auth, options)
    return {
      metadata: config.serverMetadata(),
      grant: (type, form) => openid.genericGrantRequest(config, type, form),
      refresh: (token = '', form) => openid.refreshTokenGrant(config, token, form),
      redeem(code, pkceCodeVerifier) {
        // It reads the code from the URL of a redirect, which there is not.
        const redirect = new URL(`http://127.0.0.1/?${new URLSearchParams({ code })}`)
        return openid.authorizationCodeGrant(config, redirect, pkceCodeVerifier ? { pkceCodeVerifier } : {})
      },
      introspect: token => openid.tokenIntrospection(config, token),
      revoke: (token = '') => openid.tokenRevocation(config, token),
      get: (token, path = '/users/me') => openid.fetchProtectedResource(config, token, new URL(path, url), 'GET')
    }
  }
}

export const names = Object.keys(libraries) as (keyof typeof libraries)[]

/**
 * A server with alice, who has an authenticator app, a confidential and a public client, and what a library does as one
 * of them.
 */
export async function discover(
  t: Test,
  name: keyof typeof libraries,
  method: Method = 'client_secret_basic',
  settings: Partial<Config> = {}
) {
  const server = await startWithFactor(t, settings)
  const { id, secret } = await createConfidentialClient(server)
  const grants = ['password', 'refresh_token', 'authorization_code', exchangeGrant]
  const registration = { name: 'phone', confidential: false, grants, scopes: ['me'] }
  const phone = (await server.app.clientAdmin.create(registration)).client.id
  const isPublic = method === 'none'
  const client = { url: server.url, id: isPublic ? phone : id, secret, method }
  const library = await libraries[name](client)

  return {
    ...server,
    ...library,
    client,

    /** A request to the authorization challenge endpoint, for which no library has a function. */
    async step(form: Form) {
      const body = new URLSearchParams({ ...(isPublic && { client_id: phone }), ...form })
      const headers = isPublic ? {} : basic(id, secret)
      const answer = await fetch(String(library.metadata.authorization_challenge_endpoint), {
        method: 'POST',
        body,
        headers
      })
      return { status: answer.status, ...((await answer.json()) as Record<string, string>) } as unknown as Record<
        'auth_session' | 'authorization_code' | 'passkey',
        string
      >
    }
  }
}

/** A new verifier, and the parameters of its challenge. */
export async function pkce() {
  const verifier = oauth.generateRandomCodeVerifier()
  const code_challenge = await oauth.calculatePKCECodeChallenge(verifier)
  return { verifier, challenge: { code_challenge, code_challenge_method: 'S256' } }
}

/** What the error of a library says about a refusal: that of OAuth, or that of a challenge in a header. */
export async function refusal(call: Promise<unknown>) {
  const error = await call.then(
    () => new Error('nothing was refused'),
    (error: Error) => error
  )
  const { status, cause } = error as oauth.WWWAuthenticateChallengeError
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    const [{ scheme, parameters }] = cause as [oauth.WWWAuthenticateChallenge]
    return { status, scheme, ...parameters }
  }
  if (error instanceof oauth.ResponseBodyError) return { status, ...error.cause }
  throw error
}
