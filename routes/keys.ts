import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { needsRecentLogin, problems } from './refusals.ts'
import { needs, nullable, time } from './shapes.ts'

export type SigningKey = Static<typeof SigningKey>
const SigningKey = Type.Object(
  {
    kid: Type.String({ description: 'The `kid` of tokens', examples: ['NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'] }),
    alg: Type.String({ description: 'The algorithm (RFC 7518 §3.1, RFC 8037)', examples: ['ES256'] }),
    state: Type.Unsafe<'published' | 'signs' | 'verifies' | 'expired'>({
      type: 'string',
      enum: ['published', 'signs', 'verifies', 'expired'],
      description: '`published` before it signs, `verifies` after',
      examples: ['signs']
    }),
    created_at: time('When the key was created'),
    signs_at: time('From when the key may sign'),
    expires_at: nullable(time('When the key leaves the JWKS; null for the newest key'))
  },
  { title: 'SigningKey' }
)

const SigningKeys = Type.Object(
  { items: Type.Array(SigningKey) },
  { title: 'SigningKeys', description: 'Every key, oldest first' }
)

const KeyRotation = Type.Object(
  {
    immediately: Type.Optional(
      Type.Boolean({ description: 'true signs with the new key at once, because the old one has leaked' })
    )
  },
  { title: 'KeyRotation', additionalProperties: false, examples: [{}] }
)

const keys: FastifyPluginAsyncTypebox = async app => {
  app.get(
    '/keys',
    {
      onRequest: app.authenticate('keys:read'),
      schema: {
        operationId: 'listKeys',
        summary: 'List the signing keys, oldest first',
        description: 'Expired keys are included. The JWKS has the public keys of the others.',
        tags: ['administration'],
        security: needs('keys:read'),
        response: { 200: SigningKeys, ...problems(400, 401, 403, 503) }
      }
    },
    async function listKeys() {
      return { items: await app.keys.list() }
    }
  )

  app.post(
    '/keys/rotate',
    {
      onRequest: [app.authenticate('keys:write'), app.administration],
      schema: {
        operationId: 'rotateKeys',
        summary: 'Create a new signing key',
        description: `The new key signs when every cached JWKS has it, and the old one stays published until its last token has expired. With \`immediately\`, verifiers reject new tokens until they fetch the JWKS again. ${needsRecentLogin}`,
        tags: ['administration'],
        security: needs('keys:write'),
        body: KeyRotation,
        response: { 200: SigningKeys, ...problems(400, 401, 403, 413, 415, 429, 503) }
      }
    },
    async function rotateKeys(request) {
      await app.keys.rotate({ ...request.body, ...request.administrator() })
      return { items: await app.keys.list() }
    }
  )
}

export default keys
