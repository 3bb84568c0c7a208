import type { FastifyPluginAsync } from 'fastify'
import type { WellKnownFile } from '../src/config/well-known.ts'

const cacheControl = 'public, max-age=3600'

/** The operator's files. No client of the API reads them, so the OpenAPI document does not have them. */
const wellKnownFiles: FastifyPluginAsync<{ files: WellKnownFile[] }> = async (app, { files }) => {
  for (const { name, type, text } of files)
    app.get(`/.well-known/${name}`, { schema: { hide: true } }, async function getWellKnownFile(_request, reply) {
      reply.headers({ 'Content-Type': type, 'Cache-Control': cacheControl })
      return text
    })
}

export default wellKnownFiles
