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
import { localUrl, pathOf } from '../config/addresses.ts'
import { assertSafe } from '../config/risks.ts'
import type { Requirements } from '../wire/requirements.ts'
import { configFrom } from '../wiring/load-config.ts'
import { type Accounts, createAccounts } from './accounts.ts'
import { type Auth, type AuthenticateHook, type Authentication, createAuthentication } from './authentication.ts'
import { assertMountable, type SallyportOptions } from './mount-options.ts'

/** The interface for the app's own code. */
export interface Sallyport extends Authentication, Accounts {}

declare module 'fastify' {
  interface FastifyInstance {
    /** Accounts, and the check of access tokens, for the app's own code. */
    sallyport: Sallyport
    /** The same as `sallyport.requireScope`, unless the app already had a decorator with this name. */
    authenticate(...requirements: Requirements): AuthenticateHook
  }
  interface FastifyRequest {
    /** The caller, on routes behind `authenticate` or `sallyport.requireScope`. Other routes have none. */
    auth: Auth
  }
}

/** The key in a route's `config` for the function that hands requests over to the service. */
const isHandedOver = Symbol('sallyport')
interface HandedOver {
  [isHandedOver]: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
}

/** Request properties that only the app knows. */
interface Handed {
  id: string
  ip: string | undefined
  url: string
}

/**
 * Sallyport within another Fastify app: its URLs below `prefix`, `app.authenticate` for the app's own routes, and
 * `app.sallyport`. It is a separate server that does not listen; the app hands requests to it, like a proxy. They do
 * not share decorators, hooks, error handlers, schemas and OpenAPI documents. Throws a ConfigError.
 */
const mount: FastifyPluginAsync<SallyportOptions> = async (app, options) => {
  const { prefix = '', now, claims, onUserCreated, onUserChanged, onUserDeleted, onLogin, ...settings } = options
  const functions = { now, claims, onUserCreated, onUserChanged, onUserDeleted, onLogin }
  const { issuer = `${localUrl('127.0.0.1', 3000)}${app.prefix}${prefix}` } = settings
  assertMountable(app, prefix, settings, functions)
  const config = configFrom({ console: 'off', ...settings, issuer })
  for (const risk of assertSafe(config, name => name)) app.log.warn(risk)
  const handed = new WeakMap<object, Handed>()
  const of = (raw: object) => handed.get(raw) as Handed

  const service = await build(
    { config, ...functions },
    {
      isJudged: true,
      logger: false,
      loggerInstance: app.log,
      // The app logs requests, with the same id.
      logController: new LogController({ disableRequestLogging: true }),
      genReqId: raw => of(raw).id,
      rewriteUrl: raw => of(raw).url,
      before: fp(async (inside: FastifyInstance) => {
        // The app knows which proxies are in front of it.
        inside.addHook(
          'onRequest',
          async request => void Object.defineProperty(request, 'ip', { value: of(request.raw).ip })
        )
        // The host belongs to the app, so the app decides on HSTS.
        inside.addHook('onSend', async (_request, reply) => {
          const theirs = reply.raw.getHeader(hsts)
          if (theirs !== undefined) reply.header(hsts, theirs)
        })
      })
    }
  )
  app.addHook('onListen', () => service.beginServing())
  app.addHook('onClose', () => service.close())

  /**
   * Runs before the body is read. Headers that the app's hooks have set are kept, except those that describe a body.
   */
  function handOverTo(url: string) {
    return async (request: FastifyRequest, reply: FastifyReply) => {
      const { id, ip, raw } = request
      handed.set(raw, { id, ip, url: urlOf(url, request) })
      // The app's later hooks, such as onResponse, see the original request.
      for (const name of ['originalUrl', 'url'] as const) Object.defineProperty(request, name, { value: request[name] })
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (bodyHeaders.has(name)) reply.raw.removeHeader(name)
        else reply.raw.setHeader(name, value as string)
      }
      reply.hijack()
      service.routing(raw, reply.raw)
    }
  }
  // RFC 8414 §3.1 puts the issuer's path after the well-known string, outside the prefix.
  const isMetadata = (url: string) => url.startsWith(wellKnown)
  if (app.prefix !== '' && pathOf(config.issuer) !== '') {
    app.log.warn(
      `Clients expect the metadata of ${config.issuer} at ${wellKnown.slice(0, -1)}${pathOf(config.issuer)}, which a plugin in a scope with the prefix ${app.prefix} cannot serve: register Sallyport in a scope without a prefix, and set its own prefix option`
    )
  }
  // Added last, so that the onRequest hooks of the app's plugins, such as a rate limit, run first. The config
  // identifies the route, because some plugins replace the handler.
  app.addHook('onRoute', route => {
    const handOver = (route.config as Partial<HandedOver> | undefined)?.[isHandedOver]
    if (handOver) route.onRequest = [route.onRequest ?? [], handOver].flat()
  })
  for (const url of service.urls()) {
    // Without a prefix, `/` belongs to the app.
    if (url === '/' && prefix === '') continue
    const places = isMetadata(url) && app.prefix === '' ? [url, `${prefix}${url}`] : [`${prefix}${url}`]
    const handler = handOverTo(url)
    const config: object = { [isHandedOver]: handler } satisfies HandedOver
    for (const each of new Set(places)) {
      app.route({ method: methods, url: each, schema: { hide: true }, exposeHeadRoute: false, config, handler })
    }
  }

  const isTaken = app.hasDecorator('authenticate')
  const { requireScope, authenticate } = createAuthentication(service, app, {
    config,
    path: `${app.prefix}${prefix}`,
    hook: isTaken ? 'app.sallyport.requireScope' : 'app.authenticate'
  })
  app.decorateRequest('auth')
  if (!isTaken) app.decorate('authenticate', requireScope)
  app.decorate('sallyport', { requireScope, authenticate, ...createAccounts(service) } satisfies Sallyport)
}

const hsts = 'strict-transport-security'

const wellKnown = '/.well-known/oauth-authorization-server/'

/**
 * Headers that describe a body. Fastify serializes by `content-type`, so that of the app would cause a 500.
 */
const bodyHeaders = new Set(['content-type', 'content-length', 'content-encoding', 'transfer-encoding', 'etag'])

/**
 * The URL of the service for a request that matches the route `url`. It is not a substring of the requested URL,
 * because the app's router may match other spellings: uppercase, percent-encoded, with a host.
 */
function urlOf(url: string, { params, raw }: FastifyRequest): string {
  const values = params as Record<string, string>
  const encode = (text: string) => text.split('/').map(encodeURIComponent)
  const path = url
    .replace(/:(\w+)/g, (_, name) => encode(values[name] as string).join('%2F'))
    .replace('*', () => encode(values['*'] as string).join('/'))
  const { url: asked = '' } = raw
  return asked.includes('?') ? `${path}${asked.slice(asked.indexOf('?'))}` : path
}

/**
 * The plugin: `await app.register(sallyport, { prefix: '/auth', issuer: 'https://example.com/auth' })`. It serves
 * Sallyport below `prefix`, and adds `app.authenticate`, `request.auth` and `app.sallyport`. Rejects with a ConfigError
 * that names every problem of the options.
 */
export const sallyport = fp(mount, { name: 'sallyport', fastify: '5.x' })
