import {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
  LogController
} from 'fastify'
import fp from 'fastify-plugin'
import { methods } from '../../plugins/http/methods.ts'
import { build } from '../app.ts'
import type { AccessTokenClaims } from '../auth/tokens/access-token-claims.ts'
import type { Caller } from '../auth/tokens/access-tokens.ts'
import type { Registration, User } from '../auth/users/user.ts'
import { describeUser } from '../auth/users/user-description.ts'
import { localUrl, pathOf } from '../config/addresses.ts'
import { configFrom } from '../config/config.ts'
import { Problem } from '../errors.ts'
import { checkScopes } from '../resource-server/options.ts'
import { assertMountable, assertRegistration, type SallyportOptions } from './mount-options.ts'

/** Who a request is from. */
export interface Auth {
  /** `null` where a client acts for itself. */
  user: User | null
  client_id: string
  session_id: string
  /** What the token allows and the user still may. */
  scopes: string[]
  claims: AccessTokenClaims
}

/** An `onRequest` hook of routes of every kind of server, since it looks at no more than this of a request. */
export type AuthenticateHook = (
  request: { headers: { authorization?: string | undefined }; auth: Auth },
  reply: { headers(values: Record<string, string>): unknown }
) => Promise<void>

/** What is there for the app's own code. */
export interface Sallyport {
  /**
   * A hook that lets requests pass whose access token has all of `scopes`, and puts who they are from on `request.auth`. Throws
   * for what is not a scope of RFC 6749 §3.3.
   */
  requireScope(...scopes: string[]): AuthenticateHook
  /** Who an access token speaks for; `undefined` when it is missing, invalid, expired or revoked. */
  authenticate(token: string | undefined): Promise<Auth | undefined>
  /** Makes an account by the rules of `POST /users`, also where `registration` is closed. Throws a Problem. */
  createUser(registration: Registration): Promise<User>
  /** The user with this id or username. Throws a Problem with status 404. */
  findUser(idOrUsername: string): Promise<User>
}

declare module 'fastify' {
  interface FastifyInstance {
    sallyport: Sallyport
    /** The same as `sallyport.requireScope`, unless the app has had something of this name before. */
    authenticate(...scopes: string[]): AuthenticateHook
  }
  interface FastifyRequest {
    auth: Auth
  }
}

/** The `config` of a route whose requests are handed over, and what does it. */
const isHandedOver = Symbol('sallyport')
interface HandedOver {
  [isHandedOver]: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
}

/** What the service is told of a request that it cannot know by itself. */
interface Handed {
  id: string
  ip: string
  url: string
}

/**
 * Sallyport within another Fastify app: its URLs beneath `prefix`, `app.authenticate` for the app's own routes, and
 * `app.sallyport`. It is a server of its own that never listens; the app hands it the requests that are for it, as a proxy
 * would. So neither sees the other's decorators, hooks, error handler, schemas and documents. Throws a ConfigError.
 */
const mount: FastifyPluginAsync<SallyportOptions> = async (app, options) => {
  const { prefix = '', now, claims, onUserCreated, onLogin, ...settings } = options
  const { issuer = `${localUrl('127.0.0.1', 3000)}${app.prefix}${prefix}` } = settings
  assertMountable(app, prefix, settings, { now, claims, onUserCreated, onLogin })
  const config = configFrom({ ...settings, issuer })
  const handed = new WeakMap<object, Handed>()
  const of = (raw: object) => handed.get(raw) as Handed

  const service = await build(
    { config, now, claims, onUserCreated, onLogin },
    {
      logger: false,
      loggerInstance: app.log,
      // The app writes the lines of a request, with the same id.
      logController: new LogController({ disableRequestLogging: true }),
      genReqId: raw => of(raw).id,
      rewriteUrl: raw => of(raw).url,
      before: fp(async (inside: FastifyInstance) => {
        // Only the app knows which proxies are in front of it.
        inside.addHook(
          'onRequest',
          async request => void Object.defineProperty(request, 'ip', { value: of(request.raw).ip })
        )
      })
    }
  )
  app.addHook('onListen', () => service.beginServing())
  app.addHook('onClose', () => service.close())

  /** Before anything of the request is read. Headers that the app's hooks have set go along, except those of a body. */
  function handOverTo(url: string) {
    return async (request: FastifyRequest, reply: FastifyReply) => {
      const { id, ip, raw } = request
      handed.set(raw, { id, ip, url: urlOf(url, request) })
      // The hooks of the app that are still to come, such as onResponse, see the request as it was.
      for (const name of ['originalUrl', 'url'] as const) Object.defineProperty(request, name, { value: request[name] })
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (bodyHeaders.has(name)) reply.raw.removeHeader(name)
        else reply.raw.setHeader(name, value as string)
      }
      reply.hijack()
      service.routing(raw, reply.raw)
    }
  }
  // RFC 8414 §3.1 puts the issuer's path behind the well-known string, out of reach of the prefix.
  const isMetadata = (url: string) => url.startsWith(wellKnown)
  if (app.prefix !== '' && pathOf(config.issuer) !== '') {
    app.log.warn(
      `${wellKnown.slice(0, -1)}${pathOf(config.issuer)}, where clients look for the metadata of ${config.issuer}, is out of reach of a plugin in a scope with the prefix ${app.prefix}: register Sallyport in a scope without one, with the prefix in its options`
    )
  }
  // The last of the onRoute hooks, so that those of the app's plugins, a rate limit for one, have added theirs before. Some
  // put another handler in the place of the route's, so that a route is not to be known by it.
  app.addHook('onRoute', route => {
    const handOver = (route.config as Partial<HandedOver> | undefined)?.[isHandedOver]
    if (handOver) route.onRequest = [route.onRequest ?? [], handOver].flat()
  })
  for (const url of urlsFor(app, service.urls())) {
    const places = isMetadata(url) && app.prefix === '' ? [url, `${prefix}${url}`] : [`${prefix}${url}`]
    const handler = handOverTo(url)
    const config: object = { [isHandedOver]: handler } satisfies HandedOver
    for (const each of new Set(places)) {
      app.route({ method: methods, url: each, schema: { hide: true }, exposeHeadRoute: false, config, handler })
    }
  }

  const describe = ({ user, session, scopes, claims }: Caller): Auth => ({
    user: user && describeUser(user),
    client_id: session.clientId,
    session_id: session.id,
    scopes,
    // The next request with this token gets them too.
    claims: structuredClone(claims)
  })
  const isTaken = app.hasDecorator('authenticate')
  const requireScope: Sallyport['requireScope'] = (...scopes) => {
    checkScopes(scopes, isTaken ? 'app.sallyport.requireScope' : 'app.authenticate')
    return async (request, reply) => {
      try {
        // What the query of the app's own routes means is for the app to say.
        request.auth = describe(await service.callerOf({ headers: request.headers, query: {} }, scopes))
      } catch (error) {
        // The app's error handler may know nothing of `headers` on an error.
        if (error instanceof Problem) reply.headers(error.headers)
        throw error
      }
    }
  }
  app.decorateRequest('auth')
  if (!isTaken) app.decorate('authenticate', requireScope)
  app.decorate('sallyport', {
    requireScope,
    async authenticate(token) {
      // Where it comes from, such as the query of a WebSocket, there may be none, or two.
      const caller = typeof token === 'string' ? await service.accessTokens.authenticate(token) : undefined
      return caller && describe(caller)
    },
    async createUser(registration) {
      assertRegistration(registration)
      return describeUser(await service.users.register(registration, {}))
    },
    findUser: async text => describeUser(await service.userAdmin.byIdOrName(text))
  } satisfies Sallyport)
}

const wellKnown = '/.well-known/oauth-authorization-server/'

/** Headers that describe a body. Fastify serializes by `content-type`: one that the app has set makes JSON a 500. */
const bodyHeaders = new Set(['content-type', 'content-length', 'content-encoding', 'transfer-encoding', 'etag'])

/** The URLs that the app's router tells apart. */
function urlsFor(app: FastifyInstance, urls: string[]): string[] {
  const { ignoreTrailingSlash, routerOptions } = app.initialConfig
  if (!ignoreTrailingSlash && !routerOptions?.ignoreTrailingSlash) return urls
  return urls.filter(url => !url.endsWith('/') || !urls.includes(url.slice(0, -1)))
}

/**
 * The URL of the service that a request is for, whose route is `url` there. It is not cut from what was asked for, which the
 * app's router may match however it is written: in capitals, with % codes, with a host in front.
 */
function urlOf(url: string, { params, raw }: FastifyRequest): string {
  const values = params as Record<string, string>
  const encode = (text: string) => text.split('/').map(encodeURIComponent)
  const path = url
    .replace(/:(\w+)/, (_, name) => encode(values[name] as string).join('%2F'))
    .replace('*', () => encode(values['*'] as string).join('/'))
  const { url: asked = '' } = raw
  return asked.includes('?') ? `${path}${asked.slice(asked.indexOf('?'))}` : path
}

/** The plugin: `await app.register(sallyport, { prefix: '/auth', issuer: 'https://example.com/auth' })`. */
export const sallyport = fp(mount, { name: 'sallyport', fastify: '5.x' })
