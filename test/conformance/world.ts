import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { FastifyInstance } from 'fastify'
import { createRemoteJWKSet, customFetch, importPKCS8, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import type { Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { basic, bearer, createApp, createUser, password } from '../support/app.ts'
import { enrol } from '../support/second-factor.ts'
import { execute } from '../support/store.ts'

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

/** A server, and the requests of a client by `inject`. */
export async function startWorld(t: Test, settings: Partial<Config> = {}) {
  const server = await createApp(t, { docs: 'on', ...settings })
  return { ...worldOf(server, inject(server.app)), alice: await createUser(server.app) }
}

/** The same for a server that listens on 127.0.0.1, where the bytes of a request matter. */
export async function startOnSocket(t: Test, settings: Partial<Config> = {}): Promise<World> {
  const server = await createApp(t, { docs: 'on', ...settings })
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  return { ...worldOf(server, sendOverSocket(server.app)), alice: await createUser(server.app) }
}

/** Empties the database of the server, and creates alice again. */
export async function renew({ app, config }: Pick<World, 'app' | 'config'>) {
  await execute(config.databaseUrl, 'DELETE FROM users; DELETE FROM clients; DELETE FROM throttle; DELETE FROM spent')
  return await createUser(app)
}

type Send = (
  method: string,
  path: string,
  headers?: OutgoingHttpHeaders,
  body?: string | Buffer | undefined
) => Promise<Answer>

const inject =
  (app: FastifyInstance): Send =>
  async (method, url, headers = {}, payload) => {
    const answer = await app.inject({
      method: method as 'GET',
      url,
      headers,
      ...(payload === undefined ? {} : { payload })
    })
    const { statusCode: status, body: text } = answer
    return { status, headers: answer.headers as IncomingHttpHeaders, text, body: parseJson(text) }
  }

// Uses node:http instead of fetch, which normalizes headers and refuses some that a hostile client would send.
const sendOverSocket =
  ({ server }: FastifyInstance): Send =>
  async (method, path, headers = {}, body) => {
    const { port } = server.address() as AddressInfo
    // One connection per request: a connection that the server closed on a refusal would break the next request.
    const outgoing = request(`http://127.0.0.1:${port}${path}`, { method, headers, agent: false })
    // The server may answer and close while the client still writes; only the presence of an answer counts.
    outgoing.on('error', () => {}).end(body)
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    const received = await text(incoming)
    return { status: incoming.statusCode ?? 0, headers: incoming.headers, text: received, body: parseJson(received) }
  }

function worldOf({ app, clock, config }: Awaited<ReturnType<typeof createApp>>, send: Send) {
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

  const json = (method: string, path: string, body?: object, accessToken?: string) =>
    send(
      method,
      path,
      { 'content-type': 'application/json', ...(accessToken !== undefined && bearer(accessToken)) },
      body && JSON.stringify(body)
    )

  return {
    app,
    clock,
    /** The answer to a request with JSON. */
    json,

    /** The answer to a change of alice's password. */
    changePassword: (accessToken: string, new_password = 'purple monkey dishwasher lamp') =>
      json('PUT', '/users/me/password', { current_password: password, new_password }, accessToken),

    config,
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

    /** The published keys as jose fetches them. */
    remoteKeys: (jwksUri: string) =>
      createRemoteJWKSet(new URL(jwksUri), {
        [customFetch]: async address => new Response((await send('GET', new URL(address).pathname)).text)
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

/** What keeps tokens out of caches (RFC 6749 §5.1). */
const uncached = { cache: 'no-store', pragma: 'no-cache' }
const cachingOf = ({ headers }: Answer) => ({ cache: headers['cache-control'], pragma: headers.pragma })

/** Asserts that no cache keeps the answers. */
export const assertUncached = (t: Test, ...answers: Answer[]) =>
  t.strictSame(answers.map(cachingOf), Array(answers.length).fill(uncached))

const typeOf = ({ headers }: Answer) => headers['content-type']?.replace('; charset=utf-8', '')

/** Asserts a complete successful token response (RFC 6749 §5.1), with `more` members than those of RFC 6749. */
export function assertTokens(
  t: Test,
  answer: Answer,
  { scope = 'me', expires_in = 600, refreshable = true, more = {} } = {}
) {
  const { access_token, refresh_token, refresh_token_timeout, authorization_expires_in, ...rest } = answer.body ?? {}
  const refreshing = [refresh_token, refresh_token_timeout, authorization_expires_in].map(value => typeof value)
  t.strictSame(
    { status: answer.status, type: typeOf(answer), ...cachingOf(answer), ...rest, refreshing },
    {
      ...{ status: 200, type: 'application/json', ...uncached, token_type: 'Bearer', expires_in, scope, ...more },
      refreshing: refreshable ? ['string', 'number', 'number'] : Array(3).fill('undefined')
    }
  )
  t.match(access_token, /^[\w-]+\.[\w-]+\.[\w-]+$/)
}

/** Asserts complete refusals by an OAuth endpoint (RFC 6749 §5.2): status, body, headers, the challenge of a 401. */
export function assertRefused(t: Test, answers: Answer | Answer[], error: string, status = 400, challenge?: string) {
  const refusals = [answers].flat().map(answer => {
    const { error_description, ...rest } = answer.body ?? {}
    const isDescribed = /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(error_description ?? '')
    const header = answer.headers['www-authenticate']
    return { status: answer.status, type: typeOf(answer), ...cachingOf(answer), ...rest, isDescribed, header }
  })
  const refusal = { status, type: 'application/json', ...uncached, error, isDescribed: true, header: challenge }
  t.strictSame(refusals, Array(refusals.length).fill(refusal))
}

/** The challenge to a client that did not authenticate. */
export const basicChallenge = 'Basic realm="sallyport", charset="UTF-8"'

/** Asserts `invalid_client` with its challenge. */
export const assertInvalidClient = (t: Test, answers: Answer | Answer[]) =>
  assertRefused(t, answers, 'invalid_client', 401, basicChallenge)

const statusOf: Record<string, number> = { invalid_request: 400, invalid_token: 401, insufficient_scope: 403 }
const titleOf: Record<number, string> = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden' }

/** Asserts complete refusals by a protected resource (RFC 6750 §3): the problem and the matching challenge. */
export function assertBearerRefused(
  t: Test,
  answers: Answer | Answer[],
  error?: string,
  more: Record<string, string> = {}
) {
  const status = error === undefined ? 401 : Number(statusOf[error])
  const problem = { type: 'about:blank', title: titleOf[status], status, code: error ?? 'missing_token' }
  const refusals = [answers].flat().map(answer => {
    const { detail, ...rest } = answer.body ?? {}
    const isDescribed = /^[\x20-\x7e]+$/.test(detail ?? '')
    // A quoted string in a header contains no quotation marks; the detail of a problem may.
    const { error_description = '', ...challenge } = challengeOf(answer)
    const isSame = error_description === (error === undefined ? '' : String(detail).replaceAll('"', "'"))
    const caching = answer.headers['cache-control']
    return { sent: [answer.status, typeOf(answer), caching], ...rest, isDescribed, isSame, challenge }
  })
  const refusal = {
    sent: [status, 'application/problem+json', 'no-store'],
    ...{ ...problem, instance: '/users/me', isDescribed: true, isSame: true },
    challenge: { scheme: 'Bearer', realm: 'sallyport', ...(error === undefined ? {} : { error, ...more }) }
  }
  t.strictSame(refusals, Array(refusals.length).fill(refusal))
}

/** Scheme and parameters of the first challenge of a `WWW-Authenticate` header. */
export function challengeOf({ headers }: Answer): Record<string, string> {
  const [, scheme = '', list = ''] = /^(\S+) (.*?)(?:, DPoP .*)?$/.exec(headers['www-authenticate'] ?? '') ?? []
  const parameters = [...list.matchAll(/(\w+)="([^"]*)"(?:, )?/g)].map(([, name, value]) => [name, value])
  return { scheme, ...Object.fromEntries(parameters) }
}
