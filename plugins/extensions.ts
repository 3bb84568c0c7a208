import fp from 'fastify-plugin'
import { createExtensionPoints, type ExtensionPoints } from '../src/auth/extensions/extension-points.ts'
import type { Extensions } from '../src/auth/extensions/extensions.ts'

// `app.extensions`: runs the code that an embedding program gives.
declare module 'fastify' {
  interface FastifyInstance {
    extensions: ExtensionPoints
  }
}

export default fp<{ extensions: Extensions }>(
  async (app, { extensions }) => {
    const onFailure = (error: unknown, name: string) => app.log.error({ err: error }, `the extension ${name} failed`)
    app.decorate('extensions', createExtensionPoints(extensions, onFailure))
  },
  { name: 'extensions' }
)
