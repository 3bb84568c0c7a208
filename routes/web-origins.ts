import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'

const WebOrigins = Type.Object(
  { origins: Type.Array(Type.String({ examples: ['https://app.example.com'] })) },
  { title: 'WebOrigins', description: 'The origins whose pages may use the passkeys (WebAuthn Level 3 §5.11)' }
)

/** `rpOrigins` may have origins of apps. */
const webOrigins: FastifyPluginAsyncTypebox<{ rpOrigins: string[] }> = async (app, { rpOrigins }) => {
  app.get(
    '/.well-known/webauthn',
    {
      schema: {
        tags: ['discovery'],
        security: [],
        operationId: 'getWebOrigins',
        summary: 'Get the origins that may use the passkeys',
        description: 'WebAuthn Level 3 §5.11. Browsers read it at the RP ID, for pages of other domains.',
        response: { 200: WebOrigins, ...problems(400) }
      }
    },
    async function getWebOrigins() {
      return { origins: rpOrigins.filter(origin => origin.startsWith('http')) }
    }
  )
}

export default webOrigins
