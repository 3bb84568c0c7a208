import { gunzipSync, gzipSync } from 'node:zlib'
import { type Test, test } from 'tap'
import errors from '../../../plugins/http/errors.ts'
import headers from '../../../plugins/http/headers.ts'
import onDemand, { type File } from '../../../plugins/http/on-demand.ts'
import outage from '../../../plugins/outage.ts'
import { bareFastify } from '../../support/plugins.ts'
import { assertProblem } from '../../support/problem.ts'

async function createApp(t: Test, load: () => Promise<Map<string, File>>) {
  const { app, log } = bareFastify(t)
  await app.register(headers, { issuer: 'http://localhost:3000' })
  for (const plugin of [outage, errors, onDemand]) await app.register(plugin)
  const forget = app.onDemand(['/pages', '/pages/*'], load)
  await app.ready()
  return { app, log, forget }
}

const type = 'text/plain; charset=utf-8'
const long = 'ten bytes '.repeat(200)
const files = async () =>
  new Map<string, File>([
    ['/pages', { type, body: 'the page' }],
    ['/pages/long.txt', { type, body: long, cacheControl: 'public, max-age=3600' }],
    ['/pages/coded.txt', { type, body: long, coded: { br: Buffer.from('brotli'), gzip: gzipSync('gzip') } }]
  ])

const internal = { detail: 'Internal server error. The cause has been logged.' }

test('The files are loaded at the first request, once, again after a failure, and again once forgotten', async t => {
  let loads = 0
  const { app, log, forget } = await createApp(t, async () => {
    if (++loads === 1) throw new Error('too many open files')
    return files()
  })
  t.equal(loads, 0)
  assertProblem(t, await app.inject('/pages'), 500, '/pages', internal)
  t.match(log.join(''), 'too many open files')
  const answers = await Promise.all([app.inject('/pages'), app.inject('/pages?a=b'), app.inject('/pages/long.txt')])
  t.strictSame(
    answers.map(({ body }) => body),
    ['the page', 'the page', long]
  )
  t.equal(loads, 2)
  forget()
  t.equal((await app.inject('/pages')).body, 'the page')
  t.equal(loads, 3)
})

test('What an internal error says goes to the log only', async t => {
  const { app, log } = await createApp(t, async () => {
    throw new Error('no such file: /secret')
  })
  assertProblem(t, await app.inject('/pages/secret'), 500, '/pages/secret', internal)
  t.match(log.join(''), 'no such file: /secret')
})

test('HEAD and conditions work, and the headers of the app stay where the file has none', async t => {
  const { app } = await createApp(t, files)
  t.match((await app.inject('/pages')).headers, { 'cache-control': 'no-store', 'x-request-id': 'req-1' })
  const url = '/pages/long.txt'
  for (const coding of ['gzip', 'identity']) {
    const accept = { 'accept-encoding': coding }
    const { headers } = await app.inject({ url, headers: accept })
    t.match(headers, { 'cache-control': 'public, max-age=3600', vary: 'Accept-Encoding', 'content-type': type })
    const head = await app.inject({ method: 'HEAD', url, headers: accept })
    t.strictSame([head.statusCode, head.body, head.headers], [200, '', { ...headers, ...ownOf(head.headers) }])
    for (const method of ['GET', 'HEAD'] as const) {
      const same = await app.inject({ method, url, headers: { ...accept, 'if-none-match': String(headers.etag) } })
      const { etag, 'content-type': none, 'content-encoding': neither } = same.headers
      t.strictSame([same.statusCode, same.body, etag, none, neither], [304, '', headers.etag, undefined, undefined])
    }
    const other = await app.inject({ url, headers: { ...accept, 'if-none-match': '"other"' } })
    t.equal(other.statusCode, 200)
  }
})

/** The headers that each response has for itself. */
const ownOf = (headers: Record<string, unknown>) => ({ 'x-request-id': headers['x-request-id'], date: headers.date })

test('A file is sent in the best coding that the client accepts (RFC 9110 §12.5.3)', async t => {
  const { app } = await createApp(t, files)
  const get = async (url: string, accepted?: string) => {
    const sent = accepted === undefined ? {} : { 'accept-encoding': accepted }
    const { headers, rawPayload } = await app.inject({ url, headers: sent })
    t.equal(headers['content-length'], String(rawPayload.length))
    return { coding: headers['content-encoding'], etag: headers.etag, bytes: rawPayload }
  }
  for (const [accepted, coding] of [
    ['gzip, deflate, br', 'br'],
    ['GZIP;q=0.5,br;q=0.000', 'gzip'],
    ['gzip;q=0', undefined],
    ['x-gzip, brr', undefined],
    ['*', undefined],
    [undefined, undefined]
  ] as const)
    t.equal((await get('/pages/coded.txt', accepted)).coding, coding, String(accepted))
  const [plain, gzip] = [await get('/pages/long.txt'), await get('/pages/long.txt', 'br, gzip')]
  t.equal(String(plain.bytes), long)
  t.equal(gzip.coding, 'gzip')
  t.equal(String(gunzipSync(gzip.bytes)), long)
  t.not(plain.etag, gzip.etag, 'an ETag names bytes')
  t.match(await get('/pages', 'gzip'), { coding: undefined, bytes: Buffer.from('the page') }, 'too small to compress')
})

test('A path without a file is answered by the app', async t => {
  const { app } = await createApp(t, files)
  for (const url of ['/pages/', '/pages/none.txt', '/pages//long.txt'])
    assertProblem(t, await app.inject(url), 404, url, { detail: 'This URL does not exist.' })
})
