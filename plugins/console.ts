import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import helmet from '@fastify/helmet'
import files from '@fastify/static'
import fp from 'fastify-plugin'
import { pathOf } from '../src/config/addresses.ts'
import { Problem } from '../src/errors.ts'
import { pageHeaders, permissionsPolicy, self } from '../src/pages/page-headers.ts'

// The web console at `/console/`, from the folder `built`: every path answers the same page, whose script reads the path.
// The build gives its assets new names when they change, so browsers keep them.
export default fp<{ issuer: string; built?: URL }>(
  async (app, { issuer, built = ownBuild }) => {
    const index = new URL('index.html', built)
    await app.register(async pages => {
      await pages.register(helmet, pageHeaders(issuer, { loads }))
      pages.addHook('onRequest', async (_request, reply) => void reply.header('Permissions-Policy', permissionsPolicy))
      await pages.register(files, {
        root: fileURLToPath(new URL('assets', built)),
        prefix: '/console/assets/',
        index: false,
        decorateReply: false,
        preCompressed: true,
        immutable: true,
        maxAge: '1y'
      })
      let page: string | undefined
      pages.get('/console/*', { schema: { hide: true } }, (_request, reply) => {
        if (!page && !existsSync(index)) throw new Problem(503, 'The console has not been built. Run `npm run build`.')
        // Read at the first visit, so that a server whose console is never opened does not hold it.
        page ??= readFileSync(index, 'utf8').replaceAll('"/console/', `"${pathOf(issuer)}/console/`)
        return reply.type('text/html; charset=utf-8').send(page)
      })
    })
  },
  { name: 'console' }
)

const ownBuild = new URL('dist/console/', import.meta.resolve('sallyport/package.json'))

const loads = {
  'script-src': [self],
  'style-src': [self],
  'connect-src': [self],
  'img-src': [self, 'data:'],
  'require-trusted-types-for': ["'script'"]
}
