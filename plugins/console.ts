import { statSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import helmet from '@fastify/helmet'
import fp from 'fastify-plugin'
import { Problem } from '../src/base/errors.ts'
import { packageFolder } from '../src/base/package.ts'
import { pathOf } from '../src/config/addresses.ts'
import { html } from '../src/pages/html.ts'
import { pageHeaders, permissionsPolicy, self } from '../src/pages/page-headers.ts'
import type { File } from './http/on-demand.ts'

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
      const forget = pages.onDemand(['/console/assets/*'], () => readAssets(join(built, 'assets')))
      let page = ''
      let builtAt: number | undefined
      // With `npm run dev`, the build replaces the page, and open pages ask for it every second, which is not logged.
      pages.get('/console/*', { schema: { hide: true }, logLevel: 'warn' }, async (_request, reply) => {
        // At once, which takes a few microseconds: a turn in another thread takes longer than the whole answer.
        const mtimeMs = statSync(index, { throwIfNoEntry: false })?.mtimeMs ?? refuseUnbuilt()
        if (mtimeMs !== builtAt) {
          const addressed = (await readFile(index, 'utf8')).replaceAll('"/console/', `"${pathOf(issuer)}/console/`)
          // A function, because a text could contain patterns such as `$&`.
          page = addressed.replaceAll('{{site}}', () => site)
          builtAt = mtimeMs
          forget()
        }
        return reply.type('text/html; charset=utf-8').send(page)
      })
    })
  },
  { name: 'console', dependencies: ['on-demand'] }
)

/** The assets by path, each as it was built and in both codings. */
async function readAssets(folder: string) {
  const names = (await readdir(folder).catch(refuseUnbuilt)).filter(name => !/\.(br|gz)$/.test(name))
  const read = async (name: string) => {
    const [body, br, gzip] = await Promise.all(['', '.br', '.gz'].map(end => readFile(join(folder, name + end))))
    const type = name.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8'
    const file = { type, body, coded: { br, gzip }, cacheControl: 'public, max-age=31536000, immutable' }
    return [`/console/assets/${name}`, file as File] as const
  }
  return new Map(await Promise.all(names.map(read)))
}

function refuseUnbuilt(): never {
  throw new Problem('temporarily_unavailable', 'The console has not been built. Run `npm run build`.')
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
