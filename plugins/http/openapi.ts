import swagger from '@fastify/swagger'
import fp from 'fastify-plugin'
import { describeScopes } from '../../src/auth/resources.ts'
import { nameShapes } from '../../src/base/http/named-shapes.ts'
import { packageVersion } from '../../src/base/package.ts'
import type { Config } from '../../src/config/config.ts'

// `app.swagger()`: the OpenAPI 3.1 document, generated from the schemas of the routes.
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
  },
  { name: 'openapi' }
)

const introduction = `OAuth 2.0 token server for first-party clients. To try it on this page:

1. Create an account: \`POST /users\`, Execute.
2. Press Authorize and log in with its username and password. The code of an authenticator app, if the account has
   one, goes after the password. Leave the client fields blank. Without a scope, you get all that your account
   may have but those that administer this server.
3. \`GET /users/me\`, Execute.`
