import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { type Test, test } from 'tap'
import console from '../../plugins/console.ts'
import errors from '../../plugins/http/errors.ts'
import headers from '../../plugins/http/headers.ts'
import onDemand from '../../plugins/http/on-demand.ts'
import outage from '../../plugins/outage.ts'
import { bareFastify } from '../support/plugins.ts'
import { assertProblem } from '../support/problem.ts'

const page = '<!doctype html><title>{{site}}</title><script type="module" src="/console/assets/main-AB12.js"></script>'
const script = 'console.log("the console")'
const build = {
  'index.html': page,
  'licenses.txt': 'licenses',
  assets: {
    'main-AB12.js': script,
    'main-AB12.js.br': brotliCompressSync(script),
    'main-AB12.js.gz': gzipSync(script)
  }
}

async function createApp(
  t: Test,
  {
    issuer = 'https://auth.example.com',
    siteName,
    files = build as NonNullable<Parameters<Test['testdir']>[0]>
  }: { issuer?: string; siteName?: string; files?: NonNullable<Parameters<Test['testdir']>[0]> } = {}
) {
  const folder = t.testdir({ 'secret.txt': 'no file of the console', console: files })
  const { app } = bareFastify(t)
  await app.register(headers, { issuer })
  for (const plugin of [outage, errors, onDemand]) await app.register(plugin)
  await app.register(console, { issuer, siteName, built: join(folder, 'console') })
  return app
}

test('Every path below /console/ answers the page, which is never stored', async t => {
  const app = await createApp(t)
  for (const url of ['/console/', '/console/accounts/1', '/console/clients?q=a', '/console/licenses.txt']) {
    const answer = await app.inject(url)
    t.equal(answer.statusCode, 200, url)
    t.equal(answer.body, page.replace('{{site}}', 'auth.example.com'), url)
    t.match(answer.headers, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }, url)
    const { statusCode, body } = await app.inject({ method: 'HEAD', url })
    t.strictSame([statusCode, body], [200, ''], url)
  }
})

test('The page and its assets load nothing from elsewhere and cannot be framed (CSP 3)', async t => {
  const app = await createApp(t)
  for (const url of ['/console/', '/console/assets/main-AB12.js']) {
    t.match((await app.inject(url)).headers, {
      'content-security-policy':
        "default-src 'none';script-src 'self';style-src 'self';connect-src 'self';img-src 'self' data:;require-trusted-types-for 'script';trusted-types 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY'
    })
  }
})

test('Assets are compressed as the browser accepts, and kept', async t => {
  const app = await createApp(t)
  const url = '/console/assets/main-AB12.js'
  for (const [accepted, encoding, decode] of [
    ['gzip, br', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['identity', undefined, (body: Buffer) => body]
  ] as const) {
    const { statusCode, headers, rawPayload } = await app.inject({ url, headers: { 'accept-encoding': accepted } })
    t.equal(statusCode, 200)
    t.equal(headers['content-encoding'], encoding)
    t.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
    t.match(headers['content-type'], /^(text|application)\/javascript/)
    t.equal(String(decode(rawPayload)), script)
  }
  const { statusCode, body } = await app.inject({ method: 'HEAD', url })
  t.strictSame([statusCode, body], [200, ''])
})

test('A build that replaces the page replaces the assets (npm run dev)', async t => {
  const app = await createApp(t)
  await app.inject('/console/')
  t.equal((await app.inject('/console/assets/main-AB12.js')).body, script)
  const folder = join(t.testdirName, 'console')
  for (const end of ['', '.br', '.gz']) writeFileSync(join(folder, `assets/main-CD34.js${end}`), 'the next')
  writeFileSync(join(folder, 'index.html'), 'the next page')
  utimesSync(join(folder, 'index.html'), new Date(), new Date('2030-01-01'))
  t.equal((await app.inject('/console/')).body, 'the next page')
  t.equal((await app.inject('/console/assets/main-CD34.js')).body, 'the next')
})

test('A missing asset is a 404 that is not stored', async t => {
  const app = await createApp(t)
  const url = '/console/assets/main-CD34.js'
  assertProblem(t, await app.inject(url), 404, url, { detail: 'This URL does not exist.' })
})

test('An issuer with a path prefixes the addresses in the page', async t => {
  const app = await createApp(t, { issuer: 'https://example.com/auth' })
  t.match((await app.inject('/console/')).body, 'src="/auth/console/assets/main-AB12.js"')
})

test('The page names the site, as text whatever it contains', async t => {
  const siteName = '</title>"$&\'<script>alert(1)</script>'
  const { body } = await (await createApp(t, { siteName })).inject('/console/')
  t.match(body, '<title>&#60;/title&#62;&#34;$&#38;&#39;&#60;script&#62;alert(1)&#60;/script&#62;</title>')
  t.equal(body.match(/<script/g)?.length, 1)
})

test('No path leads to a file that is not an asset', async t => {
  const app = await createApp(t)
  for (const way of ['..%2f', '..%5c', '%2e%2e%2f', '%2e%2e%5c', '..%252f', '....//', '%00', '/', '%2f'])
    for (const target of ['index.html', 'licenses.txt', `${way}secret.txt`]) {
      const { statusCode, body } = await app.inject(`/console/assets/${way}${target}`)
      t.ok([400, 403, 404].includes(statusCode), `${way}${target}: ${statusCode}`)
      t.notMatch(body, /no file|licenses$|<script/)
    }
})

test('A console that has not been built says so', async t => {
  const app = await createApp(t, { files: {} })
  for (const url of ['/console/', '/console/accounts'])
    assertProblem(t, await app.inject(url), 503, url, {
      detail: 'The console has not been built. Run `npm run build`.'
    })
})
