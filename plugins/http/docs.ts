import helmet from '@fastify/helmet'
import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { pathOf } from '../../src/config/addresses.ts'
import { docsTheme, withViewport } from '../../src/pages/docs-page.ts'
import { pageHeaders, permissionsPolicy, self } from '../../src/pages/page-headers.ts'
import type { File } from './on-demand.ts'

// `/docs`: Swagger UI, with the document of `app.swagger()`. The page loads nothing from elsewhere.
export default fp<{ issuer: string }>(
  async (app, { issuer }) => {
    await app.register(async pages => {
      await pages.register(helmet, pageHeaders({ loads }))
      pages.addHook('onRequest', async (_request, reply) => void reply.header('Permissions-Policy', permissionsPolicy))
      pages.onDemand(['/docs', '/docs/*'], () => takeFiles(app, pathOf(issuer)))
    })
  },
  { name: 'docs', dependencies: ['on-demand', 'openapi'] }
)

/** The page and what it loads, by path, from a server of Swagger UI that does not listen. Throws if one is missing. */
async function takeFiles(app: FastifyInstance, base: string) {
  const files = new Map<string, File>()
  const server = await createServer(app, base)
  async function take(path: string) {
    const { statusCode, headers, rawPayload } = await server.inject(path)
    if (statusCode !== 200) throw new Error(`Swagger UI answers ${statusCode} to ${path}`)
    const type = String(headers['content-type'])
    const body = type.startsWith('text/html') ? withViewport(String(rawPayload)) : rawPayload
    files.set(path, { type, body, cacheControl: headers['cache-control'] })
    return String(body)
  }
  const page = await take('/docs/')
  // It has other addresses, because the page is loaded relative to its own.
  await take('/docs')
  await take('/docs/json')
  for (const [, path] of page.matchAll(/(?:href|src)="\.(\/[^"]+)"/g)) await take(`/docs${path}`)
  await server.close()
  return files
}

async function createServer(app: FastifyInstance, base: string) {
  const server = Fastify()
  // Swagger UI requires the plugin that generates the document.
  const document = async (inside: FastifyInstance) => void inside.decorate('swagger', app.swagger)
  await server.register(fp(document, { name: '@fastify/swagger' }))
  const { default: swaggerUi } = await import('@fastify/swagger-ui')
  await server.register(swaggerUi, {
    routePrefix: '/docs',
    // Behind a proxy that serves the issuer under a path, browsers need that path in every URL.
    indexPrefix: base,
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
    transformSpecification: document => forPage(document, base)
  })
  return server
}

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

/** Runs in the browser. Without it, a 401 opens the browser's own login dialog and the page waits. */
function withoutCredentials(request: { credentials?: string }) {
  request.credentials = 'omit'
  return request
}
