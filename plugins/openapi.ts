import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import { builtInScopes } from '../src/auth/scopes.ts'

// `app.swagger()`: the OpenAPI 3.1 document, made from the routes' schemas. `/docs`: Swagger UI, from this package.
export default fp(
  async app => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Sallyport',
          version: packageVersion(),
          description: 'OAuth 2.0 token server for first-party clients.',
          license: { name: 'MIT', identifier: 'MIT' }
        },
        servers: [{ url: app.prefix || '/' }],
        tags: [
          { name: 'oauth', description: 'Tokens: RFC 6749, RFC 7009, RFC 7662' },
          { name: 'discovery', description: 'What clients and other services read: RFC 8414, RFC 7517' },
          { name: 'account', description: 'Your own account and logins' },
          { name: 'health', description: 'Probes' }
        ],
        components: {
          securitySchemes: {
            password: {
              type: 'oauth2',
              description: 'Log in with username and password; leave the client fields blank.',
              flows: {
                password: { tokenUrl: `${app.prefix}/token`, refreshUrl: `${app.prefix}/token`, scopes: builtInScopes }
              }
            },
            client: { type: 'http', scheme: 'basic', description: 'Client id and secret (RFC 6749 §2.3.1)' }
          }
        }
      },
      refResolver: {
        // The names of the shapes become the names of the SDK's types.
        buildLocalReference: (json, _baseUri, _fragment, index) => String(json.title ?? json.$id ?? `Shape${index}`)
      }
    })
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: true,
      uiConfig: { persistAuthorization: false, tryItOutEnabled: true, displayRequestDuration: true },
      theme: { title: 'Sallyport API' }
    })
  },
  { name: 'openapi' }
)

/** The version in package.json. */
export function packageVersion(): string {
  const path = fileURLToPath(import.meta.resolve('sallyport/package.json'))
  return String(JSON.parse(readFileSync(path, 'utf8')).version)
}
