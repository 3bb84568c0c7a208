import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createRemoteJWKSet, customFetch, importPKCS8, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import type { Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { basic, bearer, createApp, createUser, password } from '../support/app.ts'
import { enrol } from '../support/second-factor.ts'

/** A raw answer; `body` is its JSON, or `undefined` if it is not JSON. */
export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: what a body holds is what the scenarios are about
  body: any
}

export interface Tokens {
  access_token: string
  token_type: string
  expires_in: number
  refresh_token: string
  scope: string
}

export type Form = Record<string, string> | string | Buffer
export type World = Awaited<ReturnType<typeof startWorld>>

export const formType = { 'content-type': 'application/x-www-form-urlencoded' }

/** A server that listens on 127.0.0.1 with the user alice, and requests of a client. */
export async function startWorld(t: Test, settings: Partial<Config> = {}) {
  const { app, clock, config } = await createApp(t, settings)
  const alice = await createUser(app)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`

  // Uses node:http instead of fetch, which normalizes headers and refuses some that a hostile client would send.
  async function send(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders = {},
    body?: string | Buffer
  ): Promise<Answer> {
    // One connection per request: a connection that the server closed on a refusal would break the next request.
    const outgoing = request(`${url}${path}`, { method, headers, agent: false })
    // The server may answer and close while the client still writes; only the presence of an answer counts.
    outgoing.on('error', () => {}).end(body)
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    const received = await text(incoming)
    return { status: incoming.statusCode ?? 0, headers: incoming.headers, text: received, body: parseJson(received) }
  }

  const post = (path: string, form: Form, headers: OutgoingHttpHeaders = {}) =>
    send(
      'POST',
      path,
      { ...formType, ...headers },
      typeof form === 'string' || Buffer.isBuffer(form) ? form : new URLSearchParams(form).toString()
    )

  const token = (form: Form, headers?: OutgoingHttpHeaders) => post('/token', form, headers)

  const refresh = (refresh_token: string, form: Record<string, string> = {}, headers?: OutgoingHttpHeaders) =>
    token({ grant_type: 'refresh_token', refresh_token, ...form }, headers)

  return {
    app,
    clock,
    config,
    alice,
    url,
    send,
    post,
    token,
    refresh,

    /** The answer to a login of alice, with the members of `form` added or replaced. */
    logIn: (form: Record<string, string> = {}, headers?: OutgoingHttpHeaders) =>
      token({ ...passwordForm, ...form }, headers),

    /** The tokens of a fresh login of alice. */
    async tokens(form: Record<string, string> = {}, headers?: OutgoingHttpHeaders): Promise<Tokens> {
      return (await token({ ...passwordForm, ...form }, headers)).body
    },

    /** The answer of the authorization challenge endpoint. */
    challenge: (form: Form, headers?: OutgoingHttpHeaders) => post('/authorize-challenge', form, headers),

    /** Enrols an authenticator app for alice: its codes, and the tokens of the login that enrolled it. */
    enrol: () => enrol({ app, clock }),

    me: (accessToken: string) => send('GET', '/users/me', bearer(accessToken)),

    /** A confidential client, by default with every grant, and its HTTP Basic header. */
    async confidential(
      name = 'web',
      {
        grants = ['password', 'refresh_token', 'client_credentials', 'authorization_code'],
        scopes = ['me', 'introspect']
      } = {}
    ) {
      const { client, secret = '' } = await app.clientAdmin.create({ name, confidential: true, grants, scopes })
      return { id: client.id, secret, headers: basic(client.id, secret) }
    },

    /** The `client_id` of a public client. */
    async publicClient(
      name = 'phone',
      { grants = ['password', 'refresh_token', 'authorization_code'], scopes = ['me'] } = {}
    ) {
      const { client } = await app.clientAdmin.create({ name, confidential: false, grants, scopes })
      return client.id
    },

    /** A token with these claims and header, signed with the server's key. */
    async mint(claims: JWTPayload, header: Partial<JWTHeaderParameters> = {}) {
      const { kid, alg, privatePem } = app.keys.signer()
      return await new SignJWT(claims)
        .setProtectedHeader({ alg, kid, typ: 'at+jwt', ...header })
        .sign(await importPKCS8(privatePem, alg), { crit: { 'https://example.com/known': true } })
    },

    /** The published keys as jose fetches them; the issuer's address is redirected to our socket. */
    remoteKeys: (jwksUri: string) =>
      createRemoteJWKSet(new URL(jwksUri), {
        [customFetch]: (address, options) => fetch(`${url}${new URL(address).pathname}`, options as RequestInit)
      })
  }
}

export const passwordForm = { grant_type: 'password', username: 'alice', password }

function parseJson(text: string) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Asserts the headers that keep tokens out of caches (RFC 6749 §5.1). */
export function assertUncached(t: Test, { headers }: Answer) {
  t.equal(headers['cache-control'], 'no-store')
  t.equal(headers.pragma, 'no-cache')
}

/** Asserts a complete successful token response (RFC 6749 §5.1) with this scope. */
export function assertTokens(t: Test, answer: Answer, { scope = 'me', refreshable = true } = {}) {
  t.equal(answer.status, 200, answer.text)
  t.match(answer.headers['content-type'], /^application\/json(; charset=utf-8)?$/)
  assertUncached(t, answer)
  const { access_token, refresh_token, refresh_token_timeout, authorization_expires_in, ...rest } = answer.body ?? {}
  t.same(rest, { token_type: 'Bearer', expires_in: 600, scope })
  const expirations = [refresh_token_timeout, authorization_expires_in]
  t.same(new Set(expirations.map(value => typeof value)), new Set([refreshable ? 'number' : 'undefined']))
  t.match(access_token, /^[\w-]+\.[\w-]+\.[\w-]+$/)
  t.equal(typeof refresh_token, refreshable ? 'string' : 'undefined')
}

/** Asserts a complete refusal by an OAuth endpoint (RFC 6749 §5.2): status, body, headers, the challenge of a 401. */
export function assertRefused(t: Test, answer: Answer, error: string, status = 400, challenge?: string) {
  t.equal(answer.status, status, answer.text)
  t.match(answer.headers['content-type'], /^application\/json(; charset=utf-8)?$/)
  assertUncached(t, answer)
  t.same(Object.keys(answer.body ?? {}).sort(), ['error', 'error_description'])
  t.equal(answer.body?.error, error)
  t.match(answer.body?.error_description, /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
  t.equal(answer.headers['www-authenticate'], challenge)
}

/** The challenge to a client that did not authenticate. */
export const basicChallenge = 'Basic realm="sallyport", charset="UTF-8"'

/** Asserts `invalid_client` with its challenge. */
export const assertInvalidClient = (t: Test, answer: Answer) =>
  assertRefused(t, answer, 'invalid_client', 401, basicChallenge)

const statusOf: Record<string, number> = { invalid_request: 400, invalid_token: 401, insufficient_scope: 403 }
const titleOf: Record<number, string> = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden' }

/** Asserts a complete refusal by a protected resource (RFC 6750 §3): the problem and the matching challenge. */
export function assertBearerRefused(t: Test, answer: Answer, error?: string, more: Record<string, string> = {}) {
  const status = error === undefined ? 401 : statusOf[error]
  t.equal(answer.status, status, answer.text)
  t.match(answer.headers['content-type'], /^application\/problem\+json(; charset=utf-8)?$/)
  t.equal(answer.headers['cache-control'], 'no-store')
  const { detail, ...rest } = answer.body ?? {}
  const code = error ?? 'missing_token'
  t.same(rest, { type: 'about:blank', title: titleOf[Number(status)], status, code, instance: '/users/me' })
  t.match(detail, /^[\x20-\x7e]+$/)
  // A quoted string in a header contains no quotation marks; the detail of a problem may.
  const description = { error_description: String(detail).replaceAll('"', "'") }
  t.same(challengeOf(answer), {
    scheme: 'Bearer',
    realm: 'sallyport',
    ...(error === undefined ? {} : { error, ...description, ...more })
  })
}

/** Scheme and parameters of the first challenge of a `WWW-Authenticate` header. */
export function challengeOf({ headers }: Answer): Record<string, string> {
  const [, scheme = '', list = ''] = /^(\S+) (.*?)(?:, DPoP .*)?$/.exec(headers['www-authenticate'] ?? '') ?? []
  const parameters = [...list.matchAll(/(\w+)="([^"]*)"(?:, )?/g)].map(([, name, value]) => [name, value])
  return { scheme, ...Object.fromEntries(parameters) }
}
