import Fastify, {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyServerOptions,
  LogController
} from 'fastify'
import fp from 'fastify-plugin'
import console from '../plugins/console.ts'
import databaseClock from '../plugins/database-clock.ts'
import db from '../plugins/db.ts'
import connections from '../plugins/http/connections.ts'
import cors from '../plugins/http/cors.ts'
import disconnected from '../plugins/http/disconnected.ts'
import docs from '../plugins/http/docs.ts'
import drain from '../plugins/http/drain.ts'
import errors, { answerError, createAnswerClientError } from '../plugins/http/errors.ts'
import etag from '../plugins/http/etag.ts'
import form from '../plugins/http/form.ts'
import forwarded from '../plugins/http/forwarded.ts'
import headers, { createSetHeaders } from '../plugins/http/headers.ts'
import host from '../plugins/http/host.ts'
import pages from '../plugins/http/html-pages.ts'
import json from '../plugins/http/json.ts'
import methods from '../plugins/http/methods.ts'
import onDemand from '../plugins/http/on-demand.ts'
import openapi from '../plugins/http/openapi.ts'
import pipelining, { mayWait } from '../plugins/http/pipelining.ts'
import serialization from '../plugins/http/serialization.ts'
import validation from '../plugins/http/validation.ts'
import jwt from '../plugins/jwt.ts'
import keys from '../plugins/keys.ts'
import liveSessions from '../plugins/live-sessions.ts'
import mail from '../plugins/mail.ts'
import metrics from '../plugins/metrics.ts'
import nodes from '../plugins/nodes.ts'
import oauth from '../plugins/oauth.ts'
import outage from '../plugins/outage.ts'
import overview from '../plugins/overview.ts'
import passwords from '../plugins/passwords.ts'
import pruning from '../plugins/pruning.ts'
import recentLogin from '../plugins/recent-login.ts'
import sealing from '../plugins/sealing.ts'
import services from '../plugins/services.ts'
import serving from '../plugins/serving.ts'
import texts from '../plugins/texts.ts'
import visitor from '../plugins/visitor.ts'
import webhooks from '../plugins/webhooks.ts'
import auditRoutes from '../routes/audit.ts'
import authorizeChallengeRoute from '../routes/authorize-challenge.ts'
import clientRoutes from '../routes/clients.ts'
import consoleRedirects from '../routes/console-redirects.ts'
import emailRoutes from '../routes/email.ts'
import eventRoute from '../routes/events.ts'
import factorRoutes from '../routes/factors.ts'
import healthRoutes from '../routes/health.ts'
import pageRoutes from '../routes/html-pages.ts'
import identityRoutes from '../routes/identities.ts'
import introspectRoute from '../routes/introspect.ts'
import invitationRoute from '../routes/invitation.ts'
import keyRoutes from '../routes/keys.ts'
import meRoutes from '../routes/me.ts'
import openapiRoute from '../routes/openapi.ts'
import overviewRoute from '../routes/overview.ts'
import passkeyRegistration from '../routes/passkey-registration.ts'
import passkeyRoutes from '../routes/passkeys.ts'
import passwordRoutes from '../routes/password.ts'
import personalTokenRoutes from '../routes/personal-tokens.ts'
import revokeRoute from '../routes/revoke.ts'
import sessionRoutes from '../routes/sessions.ts'
import setupRoute from '../routes/setup.ts'
import { shapes } from '../routes/shapes.ts'
import tokenRoute from '../routes/token.ts'
import administrationRoutes from '../routes/user-admin.ts'
import userRoutes from '../routes/users.ts'
import verifyRoute from '../routes/verify.ts'
import webOrigins from '../routes/web-origins.ts'
import webhookRoutes from '../routes/webhooks.ts'
import wellKnownRoutes from '../routes/well-known.ts'
import wellKnownFiles from '../routes/well-known-files.ts'
import { jwksMaxAge } from './auth/keys/keys.ts'
import { ConfigError } from './base/errors.ts'
import { keepHiddenClasses } from './base/hidden-classes.ts'
import { pathOf } from './config/addresses.ts'
import { assertSafe } from './config/risks.ts'
import { readWellKnown } from './config/well-known.ts'
import { loggerOptions, newRequestId } from './logging/logging.ts'
import type { ServiceOptions } from './wiring/service-options.ts'

/** Limits on what a client may send (bytes), and on how long it may take (milliseconds). */
export const limits = {
  bodyLimit: 16 * 1024,
  requestTimeout: 30_000,
  /** For an idle connection. Longer than the longest wait for a hash. */
  connectionTimeout: 60_000,
  /** Longer than proxies keep their connections, so that the proxies close them first. */
  keepAliveTimeout: 72_000,
  http: {
    maxHeaderSize: 8 * 1024,
    headersTimeout: 10_000,
    connectionsCheckingInterval: 1000,
    // plugins/http/host.ts refuses a request without Host, with a body.
    requireHostHeader: false
  }
}

/** The whole service: first the decorators of the instance, then the routes. */
const service: FastifyPluginAsync<ServiceOptions> = async (app, options) => {
  const { config } = options
  await app.register(pipelining)
  await app.register(outage)
  await app.register(errors)
  await app.register(headers, { issuer: config.issuer })
  await app.register(host)
  if (config.trustProxy.length > 0) await app.register(forwarded)
  await app.register(metrics, { isOn: config.metrics !== undefined })
  await app.register(drain)
  await app.register(disconnected)
  await app.register(cors, { origins: config.corsOrigins })
  await app.register(json)
  await app.register(validation)
  await app.register(serialization)
  await app.register(methods)
  await app.register(serving)
  await app.register(db, { config })
  await app.register(passwords, { config })
  await app.register(services, options)
  await app.register(connections, { config })
  await app.register(databaseClock)
  await app.register(nodes)
  await app.register(sealing)
  await app.register(pruning, { config })
  await app.register(liveSessions)
  await app.register(keys)
  await app.register(texts, { config })
  await app.register(visitor)
  await app.register(jwt, { config })
  await app.register(recentLogin)
  await app.register(mail, { config })
  await app.register(webhooks, { config })
  await app.register(oauth, { config })
  await app.register(overview, { config })
  await app.register(onDemand)
  if (config.docs === 'on') {
    await app.register(openapi, { config })
    await app.register(docs, { issuer: config.issuer })
  }

  const issuerPath = pathOf(config.issuer)
  for (const shape of shapes) app.addSchema(shape)
  await app.register(healthRoutes)
  await app.register(async documents => {
    await documents.register(etag)
    await documents.register(wellKnownRoutes, { jwksMaxAge, issuerPath })
    if (config.wellKnown !== undefined) {
      const { files, problems } = readWellKnown(config.wellKnown, config.issuer)
      // The files may have changed since the settings were checked.
      if (problems.length > 0) throw new ConfigError(problems)
      await documents.register(wellKnownFiles, { files })
    }
  })
  if (config.docs === 'on') await app.register(openapiRoute)
  await app.register(async endpoints => {
    await endpoints.register(form)
    await endpoints.register(tokenRoute)
    await endpoints.register(authorizeChallengeRoute)
    await endpoints.register(revokeRoute)
    await endpoints.register(introspectRoute)
  })
  await app.register(userRoutes, { registration: config.registration, issuerPath })
  await app.register(meRoutes)
  if (config.secondFactor !== 'off') await app.register(factorRoutes)
  await app.register(sessionRoutes)
  await app.register(personalTokenRoutes)
  await app.register(identityRoutes)
  if (app.passkeys) {
    await app.register(passkeyRegistration)
    await app.register(passkeyRoutes)
    await app.register(webOrigins, { rpOrigins: config.rpOrigins })
  }
  await app.register(auditRoutes)
  await app.register(eventRoute)
  await app.register(overviewRoute)
  await app.register(keyRoutes)
  await app.register(verifyRoute, { audience: config.audience })
  await app.register(emailRoutes)
  await app.register(passwordRoutes)
  await app.register(async forPeople => {
    await forPeople.register(pages, { config })
    await forPeople.register(pageRoutes)
  })
  if (config.console === 'on') {
    await app.register(setupRoute, { issuerPath })
    await app.register(console, { issuer: config.issuer, siteName: config.siteName })
    await app.register(consoleRedirects, { issuerPath })
  }
  await app.register(administrationRoutes)
  await app.register(invitationRoute)
  await app.register(clientRoutes, { issuerPath })
  await app.register(webhookRoutes)
  app.refuseOtherMethods()
}

/**
 * Builds a Fastify server with the service, ready but not listening. `before` is registered first, for example the
 * plugin that `startTracing` returns. Logs a warning for each insecure setting, unless it `isJudged`: the caller has
 * done so. Rejects when the server cannot start.
 */
export async function build(
  options: ServiceOptions,
  {
    logger = {},
    before,
    isJudged = false,
    ...server
  }: FastifyServerOptions & { before?: FastifyPluginAsync | undefined; isJudged?: boolean } = {}
): Promise<FastifyInstance> {
  const { config } = options
  const risks = isJudged ? [] : assertSafe(config)
  const setHeaders = createSetHeaders(config.issuer)
  const app = Fastify({
    ...limits,
    trustProxy: config.trustProxy.length > 0 ? config.trustProxy : false,
    logger: logger && {
      ...loggerOptions(config, { isTerminal: false }),
      // Fastify refuses both.
      ...((logger as { file?: string }).file === undefined ? {} : { stream: undefined }),
      ...(logger as object)
    },
    genReqId: newRequestId,
    // Fastify prepares log lines even below the log level, which would take a fifth of the time of `GET /users/me`.
    logController: new LogController({ disableRequestLogging: !logsRequests.has(config.logLevel) }),
    frameworkErrors: (error, request, reply) =>
      mayWait(request.raw.socket, reply.raw) && answerError.call(app, error, request, setHeaders(request, reply)),
    clientErrorHandler: createAnswerClientError(config.issuer),
    forceCloseConnections: 'idle',
    // Startup steps have their own limits, such as the wait for PostgreSQL, and a migration can be slow.
    pluginTimeout: 0,
    // Requests that arrive while the server closes are still served.
    return503OnClosing: false,
    ...server
  } as FastifyServerOptions) as unknown as FastifyInstance
  keepHiddenClasses()
  for (const risk of risks) app.log.warn(risk)
  try {
    if (before) await app.register(before)
    // Not encapsulated, so that the decorators are on the server itself.
    await app.register(fp(service), options)
    await app.ready()
    // An expectation that the server does not know is ignored (RFC 9110 §10.1.1). Node.js would answer without headers.
    app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  } catch (error) {
    await app.close()
    throw error
  }
  return app
}

/** The log levels at which Fastify writes its two lines for a request. */
const logsRequests = new Set(['trace', 'debug', 'info'])
