import type { IncomingMessage } from 'node:http'
import {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type onRequestHookHandler
} from 'fastify'
import fp from 'fastify-plugin'
import { methods } from '../plugins/methods.ts'
import { localUrl } from './addresses.ts'
import { build } from './app.ts'
import type { AccessTokenClaims } from './auth/access-token-claims.ts'
import type { Caller } from './auth/access-tokens.ts'
import type { Extensions } from './auth/extensions.ts'
import type { Registration, User } from './auth/user.ts'
import { type Config, ConfigError, configFrom } from './config.ts'
import { Problem } from './errors.ts'

/** What belongs to the app that listens, and is therefore no option here. */
const serverSettings = [
  'host',
  'port',
  'workers',
  'maxConnections',
  'drainDelay',
  'metricsPort',
  'metricsHost',
  'otelExporterOtlpEndpoint',
  'logLevel'
] as const satisfies (keyof Config)[]

/** The settings, as members: `accessTokenTtl` is `ACCESS_TOKEN_TTL`. */
export type SallyportOptions = Partial<Omit<Config, (typeof serverSettings)[number]>> &
  Extensions & {
    /** What comes before every path, such as `/auth`; `issuer` should be the public URL of this place. */
    prefix?: string
    /** The clock. */
    now?: (() => Date) | undefined
  }

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

/** What the app's own code can do without HTTP. */
export interface Sallyport {
  /** Who an access token speaks for; `undefined` when it is invalid, expired or revoked. */
  authenticate(token: string): Promise<Auth | undefined>
  /** Makes an account by the rules of `POST /users`, also where `registration` is closed. Throws a Problem. */
  createUser(registration: Registration): Promise<User>
  /** The user with this id or username. Throws a Problem with status 404. */
  findUser(idOrUsername: string): Promise<User>
}

declare module 'fastify' {
  interface FastifyInstance {
    sallyport: Sallyport
    /** Lets a request pass whose access token has all of `scopes`, and puts who it is from on `request.auth`. */
    authenticate(...scopes: string[]): onRequestHookHandler
  }
  interface FastifyRequest {
    auth: Auth
  }
}

/**
 * Sallyport within another Fastify app: its URLs beneath `prefix`, `app.authenticate` for the app's own routes, and
 * `app.sallyport`. It is a server of its own that never listens; the app hands it the requests that are for it, as a proxy
 * would. So neither sees the other's decorators, hooks, error handler, schemas and documents. Throws a ConfigError.
 */
const mount: FastifyPluginAsync<SallyportOptions> = async (app, options) => {
  const { prefix = '', now, claims, onUserCreated, onLogin, ...settings } = options
  assertMountable(app, prefix, settings)
  const config = configFrom({ issuer: `${localUrl('127.0.0.1', 3000)}${app.prefix}${prefix}`, ...settings })
  const ids = new WeakMap<IncomingMessage, string>()
  const place = `${app.prefix}${prefix}`

  const service = await build(
    { config, now, claims, onUserCreated, onLogin },
    {
      logger: false,
      loggerInstance: app.log,
      // The app writes the lines of a request, with the same id.
      logController: new LogController({ disableRequestLogging: true }),
      genReqId: raw => ids.get(raw as IncomingMessage) as string,
      rewriteUrl: ({ url = '' }) => (url.startsWith(place) ? url.slice(place.length) : url)
    }
  )
  app.addHook('onListen', () => service.beginServing())
  app.addHook('onClose', () => service.close())

  /** Before anything of the request is read; what the app's hooks have put on the reply goes along. */
  async function handOver({ id, raw }: FastifyRequest, reply: FastifyReply) {
    ids.set(raw, id)
    reply.raw.setHeaders(new Map(Object.entries(reply.getHeaders()) as [string, string][]))
    reply.hijack()
    service.routing(raw, reply.raw)
  }
  // RFC 8414 §3.1 puts the issuer's path behind the well-known string, out of reach of the prefix.
  const outside = (url: string) => app.prefix === '' && url.endsWith(new URL(config.issuer).pathname)
  // The last of the onRoute hooks, so that those of the app's plugins, a rate limit for one, have added theirs before.
  app.addHook('onRoute', route => {
    if (route.handler === handOver) route.onRequest = [route.onRequest ?? [], handOver].flat()
  })
  for (const url of service.urls()) {
    const places = url.startsWith(wellKnown) && outside(url) ? [url, `${prefix}${url}`] : [`${prefix}${url}`]
    for (const each of new Set(places)) {
      app.route({
        method: methods,
        url: each,
        schema: { hide: true },
        exposeHeadRoute: false,
        handler: handOver
      })
    }
  }

  const describe = ({ user, session, scopes, claims }: Caller): Auth => ({
    user: user && service.users.describe(user),
    client_id: session.clientId,
    session_id: session.id,
    scopes,
    claims
  })
  app.decorateRequest('auth')
  app.decorate('authenticate', (...scopes: string[]) => async (request: FastifyRequest, reply: FastifyReply) => {
    try {
      request.auth = describe(await service.callerOf(request, scopes))
    } catch (error) {
      // The app's error handler may know nothing of `headers` on an error.
      if (error instanceof Problem) reply.headers(error.headers)
      throw error
    }
  })
  app.decorate('sallyport', {
    async authenticate(token) {
      const caller = await service.accessTokens.authenticate(token)
      return caller && describe(caller)
    },
    createUser: async registration => service.users.describe(await service.users.register(registration, {})),
    findUser: async text => service.users.describe(await service.administration.byIdOrName(text))
  } satisfies Sallyport)
}

const wellKnown = '/.well-known/oauth-authorization-server/'

function assertMountable(app: FastifyInstance, prefix: string, settings: object) {
  const problems: string[] = serverSettings
    .filter(name => name in settings)
    .map(name => `${name} is for the app that listens, and no option of the plugin`)
  if (!/^(\/[^/\s?#]+)*$/.test(prefix)) {
    problems.push(`prefix is ${JSON.stringify(prefix)}: expected a path such as /auth, without a slash at its end`)
  }
  const taken = ['sallyport', 'authenticate'].filter(name => app.hasDecorator(name))
  if (app.hasRequestDecorator('auth')) taken.push('request.auth')
  if (taken.length > 0) {
    problems.push(`this app has ${taken.join(' and ')} already: register Sallyport in a scope of its own, once`)
  }
  if (problems.length > 0) throw new ConfigError(problems)
}

/** The plugin: `await app.register(sallyport, { prefix: '/auth', issuer: 'https://example.com/auth' })`. */
export const sallyport = fp(mount, { name: 'sallyport', fastify: '5.x' })
