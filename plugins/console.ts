import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import helmet from '@fastify/helmet'
import fp from 'fastify-plugin'
import { pathOf } from '../src/config/addresses.ts'
import { Problem } from '../src/errors.ts'
import { packageFolder } from '../src/package.ts'
import { html } from '../src/pages/html.ts'
import { pageHeaders, permissionsPolicy, self } from '../src/pages/page-headers.ts'

// The web console at `/console/`, from the folder `built`: every path answers the same page, whose script reads the
// path, with the name of the site from the first paint on. The build gives its assets new names when they change, so
// browsers keep them.
export default fp<{ issuer: string; siteName: string | undefined; built?: string }>(
  async (app, { issuer, siteName = new URL(issuer).host, built = ownBuild }) => {
    const site = html`${siteName}`.html
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
        const addressed = page.replaceAll('"/console/', `"${pathOf(issuer)}/console/`)
        // A function, because a text could contain patterns such as `$&`.
        return reply.type('text/html; charset=utf-8').send(addressed.replaceAll('{{site}}', () => site))
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
