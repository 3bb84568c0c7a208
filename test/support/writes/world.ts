import type { FastifyInstance, FastifySchema, InjectOptions, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { Test } from 'tap'
import { lifeOf, type Purpose } from '../../../src/auth/mail/one-time-tokens.ts'
import { adminScopes } from '../../../src/auth/users/user-admin.ts'
import type { Config } from '../../../src/config/config.ts'
import { basic, bearer, createApp, createUser, createVerifiedUser, logIn, withMetrics } from '../app.ts'
import { createAuthenticator, type Faults, type RequestOptions } from '../authenticator.ts'
import { startIdentityProvider } from '../identity-provider.ts'
import { exchangeGrant } from '../personal-tokens.ts'
import { createPkce } from '../pkce.ts'
import { enrol } from '../second-factor.ts'
import { stepUp } from '../step-up.ts'
import { type Limit, limits, usedBefore } from './limits.ts'

/** A request of an attack. */
export interface Ask {
  form?: Record<string, string>
  json?: object
  token?: string
  headers?: Record<string, string>
  /** The parameters of the path. */
  path?: Record<string, string>
  query?: string
  // biome-ignore lint/suspicious/noExplicitAny: as with inject's own json(), the tests say what it is
  answered?: (json: any) => void
}

/** One way to make a route write, and what bounds it from one address prefix and from many. */
export interface Way {
  name: string
  one?: Limit
  many?: Limit
  /** The one address prefix, where it is that of earlier logins. */
  from?: string
  /** What bounds the messages, if that is less. */
  messages?: Limit
  ask: (world: WriteWorld) => Promise<(index: number) => Ask | Promise<Ask>>
}

/** The ways to write by method and URL of the route. */
export type Ways = Record<string, Way[]>

/** The address of the logins that an account of `WriteWorld` has had. */
export const home = '127.0.0.1'

/** The limit of what writes nothing, and of what can be used once. */
export const [nothing, once]: [Limit, Limit] = [
  ['it writes nothing', 0],
  ['it works once', 1]
]

/** A way with one limit, from one address prefix and from many. */
export const limited = (name: string, limit: Limit, ask: Way['ask']): Way => ({ name, one: limit, many: limit, ask })

/** A way that writes nothing, however often and from wherever it is tried. */
export const writesNothing = (name: string, ask: Way['ask']): Way => ({ name, one: nothing, ask })

/** Reads methods that change nothing (RFC 9110 §9.2.1). */
const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * An app with every route, `routes` that may change something and `gets` that may not, and their `schemas`. Each of its
 * makers makes an account or a client of its own, so that no attack meets the counters of another.
 */
export async function createWriteWorld(t: Test, settings: Partial<Config> = {}) {
  const [routes, gets, schemas] = [new Set<string>(), new Set<string>(), new Map<string, FastifySchema>()]
  const collect = fp(async (app: FastifyInstance) => {
    app.addHook('onRoute', ({ method, url, handler, onRequest, schema = {} }: RouteOptions) => {
      // The routes of plugins/http/methods.ts, which refuse every other method.
      if (onRequest !== undefined && onRequest === (handler as unknown)) return
      for (const name of [method].flat()) {
        schemas.set(`${name} ${url}`, schema)
        if (!safe.has(name)) routes.add(`${name} ${url}`)
        else if (name === 'GET') gets.add(url)
      }
    })
  })
  let now = () => new Date()
  const provider = await startIdentityProvider(t, () => now())
  const equipped = {
    ...withMetrics,
    ...limits,
    rpId: 'example.com',
    smtpUrl: 'smtp://127.0.0.1:1',
    console: 'on',
    registration: 'open',
    emailCodes: 'on',
    identityProviders: [provider.setting],
    secondFactor: 'optional',
    docs: 'on',
    accessTokenTtl: 3600,
    ...settings
  } satisfies Partial<Config>
  const made = await createApp(t, equipped, { before: collect })
  const { app, clock } = made
  now = clock.now
  let number = 0
  const next = (name: string) => `${name}${number++}`

  /** An address at a prefix that nothing has come from. */
  const stranger = () => `100.${64 + (number >> 8)}.${number++ & 255}.7`

  /** The parameters that each route was sent, and the values of `grant_type`. */
  const sent = new Set<string>()

  async function send(
    from: string,
    route: string,
    { form, json, token, headers, path = {}, query = '', answered }: Ask
  ) {
    const [method, pattern] = route.split(' ') as [string, string]
    const url = pattern.replace(/:(\w+)/g, (_, name) => String(path[name])) + query
    const payload = form ? String(new URLSearchParams(form)) : json
    for (const name of Object.keys(form ?? {})) sent.add(`${route} ${name}`)
    if (form?.grant_type) sent.add(`${route} grant_type=${form.grant_type}`)
    const type = form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
    const authorization = token === undefined ? {} : bearer(token)
    const answer = await app.inject({
      ...{ method, url, remoteAddress: from, headers: { ...type, ...authorization, ...headers } },
      ...(payload === undefined ? {} : { payload })
    } as InjectOptions)
    answered?.(answer.json())
    return answer
  }

  /** An account with a verified address and a new login, which has the password alone. */
  async function person() {
    const { id, username, email } = await createVerifiedUser(app, next('person'))
    const tokens = await logIn(app, { username })
    clock.advance(1)
    return { id, username, email: String(email), token: tokens.access_token, refreshToken: tokens.refresh_token }
  }

  /** The same with an authenticator app; the login has two factors. */
  async function enrolled() {
    const { id, username } = await createVerifiedUser(app, next('enrolled'))
    const { tokens, ...factor } = await enrol({ app, clock }, { username })
    // Older than now, so that `max_age=0` asks for a step-up.
    clock.advance(1)
    return { id, username, token: tokens.access_token, refreshToken: tokens.refresh_token, factor }
  }

  /** The same with a passkey; `show` makes the form that shows it to an auth session. */
  async function withPasskey() {
    const owner = await person()
    const authenticator = createAuthenticator()
    const post = async (path: string, json: object) =>
      (await send('192.0.2.1', `POST /users/me/passkeys${path}`, { json, token: owner.token })).json()
    const response = authenticator.create(await post('/options', {}))
    const { passkey } = await post('', { name: 'Phone', response })
    await stepUp(app, owner.token)
    const show = (
      { auth_session, passkey }: { auth_session: string; passkey: RequestOptions },
      faults: Faults = {}
    ) => ({
      auth_session,
      passkey: JSON.stringify(authenticator.get(passkey, faults))
    })
    return { ...owner, passkeyId: String(passkey.id), show }
  }

  const { challenge, code_verifier } = createPkce()
  return {
    ...made,
    routes,
    gets,
    schemas,
    send,
    sent,
    next,
    stranger,

    /** An ID token unlike all others. */
    idToken: (claims: Record<string, unknown> = {}) => provider.idToken({ jti: next('token'), ...claims }),

    person,
    enrolled,
    withPasskey,
    pkce: challenge,
    verifier: code_verifier,

    /** A new login at the authorization challenge endpoint. */
    begin: async (form: Record<string, string> = {}) =>
      (
        await send(stranger(), 'POST /authorize-challenge', { form: { response_type: 'code', ...challenge, ...form } })
      ).json(),

    /** An administrator with a new login, who has almost used up what an administrator may do unless `isFresh`. */
    async administrator({ isFresh = false } = {}) {
      const { id, username } = await createUser(app, next('root'), [...adminScopes, 'introspect'])
      for (let n = 0; n < usedBefore && !isFresh; n++) await app.throttle.take('trusted', ['administrator', id])
      return { id, token: (await logIn(app, { username })).access_token }
    },

    /** A confidential client, which has almost used up what a client may do. */
    async client() {
      const { client, secret } = await app.clientAdmin.create({
        name: next('client'),
        confidential: true,
        grants: ['client_credentials'],
        scopes: ['me']
      })
      for (let n = 0; n < usedBefore; n++) await app.throttle.take('trusted', ['client', client.id])
      return { id: client.id, headers: basic(client.id, String(secret)) }
    },

    /** A public client that may exchange tokens. */
    async script() {
      const { client } = await app.clientAdmin.create({
        name: next('script'),
        confidential: false,
        grants: [exchangeGrant],
        scopes: ['me']
      })
      return client
    },

    /** An account that is invited. */
    invited: () => {
      const username = next('invited')
      return app.users.register({ username, email: `${username}@example.com` }, { actor: 'root' })
    },

    /** The token of a link that was mailed to the account. */
    async link(
      id: string,
      purpose: Purpose,
      kind: 'verify_email' | 'reset_password' | 'invitation' | 'factor_added' | 'email_changed'
    ) {
      const user = await app.userAdmin.byId(id)
      const at = app.clock.now()
      const address = String(user.pendingEmail ?? user.email)
      const message = {
        id: app.clock.newId(),
        kind,
        userId: id,
        address,
        createdAt: at,
        nextAttemptAt: at,
        locale: null
      }
      await app.db.mail.queue(message, app.auditEvents.event('user.password_reset_requested'))
      const token = await app.oneTimeTokens.issue(user, purpose, message)
      if (token === undefined || !(lifeOf[purpose] > 0)) throw new Error('There is no link.')
      return token
    }
  }
}

export type WriteWorld = Awaited<ReturnType<typeof createWriteWorld>>
