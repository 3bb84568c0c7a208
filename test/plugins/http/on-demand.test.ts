import { once } from 'node:events'
import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { pathToFileURL } from 'node:url'
import files from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'
import { type Test, test } from 'tap'
import drain from '../../../plugins/http/drain.ts'
import errors from '../../../plugins/http/errors.ts'
import headers from '../../../plugins/http/headers.ts'
import onDemand from '../../../plugins/http/on-demand.ts'
import outage from '../../../plugins/outage.ts'
import { bareFastify } from '../../support/plugins.ts'
import { assertProblem } from '../../support/problem.ts'

async function createApp(t: Test, routes: FastifyPluginAsync) {
  const { app, log } = bareFastify(t)
  await app.register(headers, { issuer: 'http://localhost:3000' })
  for (const plugin of [outage, errors, drain, onDemand]) await app.register(plugin)
  app.onDemand(['/pages/*'], routes)
  await app.ready()
  return { app, log }
}

/** An app that serves a folder with the files `ten.txt` and `.hidden`. */
function createFolder(t: Test) {
  const root = pathToFileURL(`${t.testdir({ 'ten.txt': '0123456789', '.hidden': '' })}/`)
  return createApp(t, async pages => {
    await pages.register(files, { root, prefix: '/pages/', maxAge: '1h', dotfiles: 'deny' })
  })
}

const internal = { detail: 'Internal server error. The cause has been logged.' }

test('the plugin is loaded at the first request, once, and again after a failure', async t => {
  let loads = 0
  const { app, log } = await createApp(t, async pages => {
    if (++loads === 1) throw new Error('too many open files')
    pages.get('/pages/one', async () => 'one')
  })
  t.equal(loads, 0)
  assertProblem(t, await app.inject('/pages/one'), 500, '/pages/one', internal)
  t.match(log.join(''), 'too many open files')
  const answers = await Promise.all([app.inject('/pages/one'), app.inject('/pages/one')])
  t.strictSame(
    answers.map(({ body }) => body),
    ['one', 'one']
  )
  t.equal(loads, 2)
})

test('HEAD, ranges and conditions work, and the headers of the app stay where the page has none', async t => {
  const { app } = await createFolder(t)
  const url = '/pages/ten.txt'
  const { statusCode, body, headers } = await app.inject(url)
  t.strictSame([statusCode, body], [200, '0123456789'])
  t.match(headers, { 'content-length': '10', 'cache-control': 'public, max-age=3600', 'x-request-id': 'req-1' })
  const head = await app.inject({ method: 'HEAD', url })
  t.strictSame([head.statusCode, head.body, head.headers['content-length']], [200, '', '10'])
  const part = await app.inject({ url, headers: { range: 'bytes=2-4' } })
  t.strictSame([part.statusCode, part.body, part.headers['content-range']], [206, '234', 'bytes 2-4/10'])
  const same = await app.inject({ url, headers: { 'if-none-match': String(headers.etag) } })
  t.strictSame([same.statusCode, same.body, same.headers['content-type']], [304, '', undefined])
})

test('an error is answered by the app', async t => {
  const { app } = await createFolder(t)
  for (const [path, status, detail, range] of [
    ['none.txt', 404, 'This URL does not exist.'],
    ['.hidden', 403, 'Forbidden'],
    ['ten.txt', 416, 'Range Not Satisfiable', 'bytes=20-']
  ] as const) {
    const url = `/pages/${path}`
    assertProblem(t, await app.inject({ url, headers: range ? { range } : {} }), status, url, { detail })
  }
})

test('a range that a file does not have is refused with its length (RFC 9110 §15.5.17)', async t => {
  const { app } = await createFolder(t)
  const { statusCode, headers } = await app.inject({ url: '/pages/ten.txt', headers: { range: 'bytes=20-' } })
  t.strictSame([statusCode, headers['content-range']], [416, 'bytes */10'])
})

test('what an internal error says goes to the log only', async t => {
  const { app, log } = await createApp(t, async pages => {
    pages.get('/pages/secret', async () => {
      throw new Error('no such file: /secret')
    })
  })
  const url = '/pages/secret'
  assertProblem(t, await app.inject(url), 500, url, internal)
  t.match(log.join(''), 'no such file: /secret')
})

test('a draining app closes the connection', async t => {
  const { app } = await createFolder(t)
  const server = await app.listen({ port: 0, host: '127.0.0.1' })
  app.drain.begin()
  t.equal((await fetch(`${server}/pages/ten.txt`)).headers.get('connection'), 'close')
})

test('a page is sent while it is read, and no longer read once the client is gone', async t => {
  const source = new PassThrough()
  source.write('the beginning')
  const { app } = await createApp(t, async pages => {
    pages.get('/pages/large', async (_request, reply) => reply.send(source))
  })
  await app.listen()
  const { port } = app.server.address() as AddressInfo
  const [response] = await once(get({ port, path: '/pages/large' }), 'response')
  t.equal(String((await once(response, 'data'))[0]), 'the beginning')
  response.destroy()
  await t.resolves(once(source, 'close'))
})
