import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { describeScopes } from '../../src/auth/resources.ts'
import { pathOf } from '../../src/config/addresses.ts'
import type { Config } from '../../src/config/config.ts'
import { nameShapes } from '../../src/named-shapes.ts'
import { packageVersion } from '../../src/package.ts'
import { docsTheme, withViewport } from '../../src/pages/docs-page.ts'
import { pageHeaders, permissionsPolicy, self } from '../../src/pages/page-headers.ts'

// `app.swagger()`: the OpenAPI 3.1 document, generated from the schemas of the routes. `/docs`: Swagger UI, served from
// this package.
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { issuer } = config
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Sallyport',
          version: packageVersion,
          description: introduction,
          contact: { name: 'The operator of this server' },
          license: { name: 'MIT', identifier: 'MIT' }
        },
        // Absolute, because generators and API clients do not resolve it against the address of the document.
        servers: [{ url: issuer, description: 'This server' }],
        tags: [
          { name: 'account', description: 'Your own account and logins' },
          { name: 'administration', description: 'For administrators' },
          { name: 'oauth', description: 'Tokens: RFC 6749, RFC 7009, RFC 7662' },
          { name: 'discovery', description: 'Metadata and public keys: RFC 8414, RFC 7517' },
          { name: 'health', description: 'Health checks' }
        ],
        components: {
          securitySchemes: {
            password: {
              type: 'oauth2',
              description: 'Log in with username and password; leave the client fields blank.',
              flows: {
                password: { tokenUrl: `${issuer}/token`, refreshUrl: `${issuer}/token`, scopes: describeScopes(config) }
              }
            },
            client: { type: 'http', scheme: 'basic', description: 'Client id and secret (RFC 6749 §2.3.1)' }
          }
        }
      },
      refResolver: {
        // SDK generators use the titles of the shapes as type names.
        buildLocalReference: ({ title }) => String(title)
      },
      transformObject: document =>
        nameShapes((document as Extract<typeof document, { openapiObject: object }>).openapiObject)
    })
    await app.register(async pages => {
      await pages.register(helmet, pageHeaders({ loads }))
      pages.addHook('onRequest', async (_request, reply) => void reply.header('Permissions-Policy', permissionsPolicy))
      pages.onDemand(['/docs', '/docs/*'], async docs => {
        const { default: swaggerUi } = await import('@fastify/swagger-ui')
        // Swagger UI requires the plugin that generates the document.
        const document = async (inside: FastifyInstance) => void inside.decorate('swagger', app.swagger)
        await docs.register(fp(document, { name: '@fastify/swagger' }))
        docs.addHook('onSend', async (_request, _reply, payload) =>
          typeof payload === 'string' ? withViewport(payload) : payload
        )
        await docs.register(swaggerUi, {
          routePrefix: '/docs',
          // Behind a proxy that serves the issuer under a path, browsers need that path in every URL.
          indexPrefix: pathOf(issuer),
          uiConfig: {
            // Without the top bar, which can load any document into a page where users enter passwords.
            layout: 'BaseLayout',
            persistAuthorization: false,
            tryItOutEnabled: true,
            displayRequestDuration: true,
            syntaxHighlight: { theme: 'obsidian' },
            requestInterceptor: withoutCredentials
          },
          theme: docsTheme,
          transformSpecification: document => forPage(document, pathOf(issuer))
        })
      })
    })
  },
  { name: 'openapi', dependencies: ['on-demand'] }
)

/**
 * The document for the page. Its addresses are relative, because the policy of the page allows only the origin that the
 * browser has opened, which may not be that of the issuer. It lacks HTTP Basic: the Authorize dialog would begin in its
 * fields, and people would enter their own username and password there. It lacks the empty requirement of operations
 * that need no login, for which the lock would be closed before a login. Changes `document`, which is a copy.
 */
function forPage(document: Readonly<Record<string, unknown>>, base: string) {
  const { info, servers, components, paths } = document as unknown as PageDocument
  const url = `${base}/openapi.json`
  info.description = `[${url}](${url}), for generators and API clients\n\n${info.description}`
  for (const server of servers) server.url = base || '/'
  Object.assign(components.securitySchemes.password.flows.password, {
    tokenUrl: `${base}/token`,
    refreshUrl: `${base}/token`
  })
  delete components.securitySchemes.client
  for (const operation of Object.values(paths).flatMap(path => Object.values(path)))
    if (operation.security)
      operation.security = operation.security.filter(scheme => Object.keys(scheme).length > 0 && !('client' in scheme))
  return document
}

/** The members of the document that the page changes. */
interface PageDocument {
  info: { description: string }
  servers: { url: string }[]
  components: { securitySchemes: { password: { flows: { password: object } }; client?: object } }
  paths: Record<string, Record<string, { security?: object[] }>>
}

/** Swagger UI loads its own files. Its style sheet contains the icons. */
const loads = { 'script-src': [self], 'style-src': [self], 'img-src': [self, 'data:'], 'connect-src': [self] }

const introduction = `OAuth 2.0 token server for first-party clients. To try it on this page:

1. Create an account: \`POST /users\`, Execute.
2. Press Authorize and log in with its username and password. The code of an authenticator app, if the account has
   one, goes after the password. Leave the client fields blank. Without a scope, you get all that your account
   may have but those that administer this server.
3. \`GET /users/me\`, Execute.`

/** Runs in the browser. Without it, a 401 opens the browser's own login dialog and the page waits. */
/* c8 ignore next 4 */
function withoutCredentials(request: { credentials?: string }) {
  request.credentials = 'omit'
  return request
}
