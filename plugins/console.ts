import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import helmet from '@fastify/helmet'
import fp from 'fastify-plugin'
import { pathOf } from '../src/config/addresses.ts'
import { Problem } from '../src/errors.ts'
import { packageFolder } from '../src/package.ts'
import { pageHeaders, permissionsPolicy, self } from '../src/pages/page-headers.ts'

// The web console at `/console/`, from the folder `built`: every path answers the same page, whose script reads the
// path. The build gives its assets new names when they change, so browsers keep them.
export default fp<{ issuer: string; built?: string }>(
  async (app, { issuer, built = ownBuild }) => {
    const index = join(built, 'index.html')
    await app.register(async pages => {
      await pages.register(helmet, pageHeaders({ loads }))
      pages.addHook('onRequest', async (_request, reply) => void reply.header('Permissions-Policy', permissionsPolicy))
      pages.onDemand(['/console/assets/*'], async assets => {
        const { default: files } = await import('@fastify/static')
        await assets.register(files, {
          root: join(built, 'assets'),
          prefix: '/console/assets/',
          index: false,
          decorateReply: false,
          preCompressed: true,
          immutable: true,
          maxAge: '1y'
        })
      })
      // With `npm run dev`, the build replaces the page, and open pages ask for it every second, which is not logged.
      pages.get('/console/*', { schema: { hide: true }, logLevel: 'warn' }, async (_request, reply) => {
        const page = await readFile(index, 'utf8').catch(refuseUnbuilt)
        return reply.type('text/html; charset=utf-8').send(page.replaceAll('"/console/', `"${pathOf(issuer)}/console/`))
      })
    })
  },
  { name: 'console', dependencies: ['on-demand'] }
)

function refuseUnbuilt(): never {
  throw new Problem(503, 'The console has not been built. Run `npm run build`.')
}

const ownBuild = join(packageFolder, 'dist/console')

const loads = {
  'script-src': [self],
  'style-src': [self],
  'connect-src': [self],
  'img-src': [self, 'data:'],
  'require-trusted-types-for': ["'script'"],
  'trusted-types': ["'none'"]
}
