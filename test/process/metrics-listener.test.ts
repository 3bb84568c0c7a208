import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { listenForMetrics } from '../../src/process/metrics-listener.ts'

/** A listener that serves the result of `metrics`, and its URL. */
async function listen(t: Test, metrics: () => Promise<string>) {
  const address = { host: '127.0.0.1', port: 0 }
  const { url, close } = await listenForMetrics({ contentType: 'text/plain; version=0.0.4', metrics }, address)
  t.teardown(close)
  return { close, port: Number(new URL(url).port), url: url.replace(/\/metrics$/, '') }
}

t.test('Only GET and HEAD of /metrics are answered', async t => {
  const { url } = await listen(t, async () => 'up 1\n')
  const answer = await fetch(`${url}/metrics`)
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4')
  t.equal(answer.headers.get('cache-control'), 'no-store')
  t.equal(await answer.text(), 'up 1\n')
  const head = await fetch(`${url}/metrics`, { method: 'HEAD' })
  t.equal(head.status, 200)
  t.equal(await head.text(), '')
  for (const [method, path] of [
    ['POST', '/metrics'],
    ['DELETE', '/metrics'],
    ['GET', '/'],
    ['GET', '/metrics?a=b'],
    ['GET', '/metricss']
  ] as const) {
    const refused = await fetch(`${url}${path}`, { method })
    t.equal(refused.status, 404, `${method} ${path}`)
    t.equal(await refused.text(), '')
  }
})

t.test('A failure to read the metrics is 503, without a reason', async t => {
  const { url } = await listen(t, () => Promise.reject(new Error('the store is ill')))
  const answer = await fetch(`${url}/metrics`)
  t.equal(answer.status, 503)
  t.equal(answer.headers.get('retry-after'), '5')
  t.equal(await answer.text(), '')
})

t.test('Headers of more than 8 KiB are 431 (RFC 6585 §5)', async t => {
  const { port } = await listen(t, async () => 'up 1\n')
  const socket: Socket = connect(port, '127.0.0.1')
  socket.write(`GET /metrics HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(9000)}\r\n\r\n`)
  t.match(await text(socket), /^HTTP\/1\.1 431 /)
})

t.test('A port in use is a ConfigError that names METRICS', async t => {
  const { port } = await listen(t, async () => '')
  const nothing = { contentType: 'text/plain', metrics: async () => '' }
  await t.rejects(listenForMetrics(nothing, { host: '127.0.0.1', port }), {
    name: 'ConfigError',
    problems: [`Port ${port} is already in use. Set METRICS to another port`]
  })
})

t.test('Closing it also closes open connections', async t => {
  const { close, url, port } = await listen(t, async () => '')
  await (await fetch(`${url}/metrics`)).text()
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const closed = once(socket, 'close')
  close()
  await closed
  await t.rejects(fetch(`${url}/metrics`))
})
