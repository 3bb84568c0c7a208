import { type Test, test } from 'tap'
import docs from '../../../plugins/http/docs.ts'
import onDemand from '../../../plugins/http/on-demand.ts'
import openapi from '../../../plugins/http/openapi.ts'
import { testConfig } from '../../support/app.ts'
import { bareFastify } from '../../support/plugins.ts'

async function createApp(t: Test) {
  const { app } = bareFastify(t)
  await app.register(onDemand)
  const config = testConfig()
  await app.register(openapi, { config })
  await app.register(docs, { issuer: config.issuer })
  app.get('/api', async () => ({}))
  return app
}

const pageHeaders = {
  'content-security-policy':
    "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;connect-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0'
}

/** The headers that depend on the connection, the file or the clock. */
const others = new Set([
  ...['connection', 'date', 'content-type', 'content-length'],
  ...['cache-control', 'etag', 'vary']
])
const ownHeaders = (headers: object) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !others.has(name)))

test('The page and its resources run no scripts or styles of other origins, and cannot be framed (CSP 3)', async t => {
  const app = await createApp(t)
  for (const url of [
    '/docs',
    '/docs/',
    '/docs/json',
    '/docs/static/swagger-initializer.js',
    '/docs/static/index.css',
    '/docs/static/theme/sallyport.css',
    '/docs/static/theme/sallyport.js'
  ]) {
    const answer = await app.inject(url)
    t.equal(answer.statusCode, 200, url)
    t.strictSame(ownHeaders(answer.headers), pageHeaders, url)
  }
})

test('The page finds all that it loads, and nothing else is answered', async t => {
  const app = await createApp(t)
  const { body } = await app.inject('/docs/')
  const loaded = Array.from(body.matchAll(/(?:src|href)="\.([^"]+)"/g), ([, path]) => `/docs${path}`)
  t.ok(loaded.length > 6)
  for (const url of [...loaded, '/docs/json']) t.equal((await app.inject(url)).statusCode, 200, url)
  for (const url of ['/docs/yaml', '/docs/static/swagger-ui.js', '/docs/static/%2e%2e/package.json', '/docs/static/'])
    t.equal((await app.inject(url)).statusCode, 404, url)
})

test('Answers other than pages have none of these headers', async t => {
  const app = await createApp(t)
  for (const url of ['/api', '/nothing', '/docs-of-others']) {
    t.strictSame(ownHeaders((await app.inject(url)).headers), {}, url)
  }
})
