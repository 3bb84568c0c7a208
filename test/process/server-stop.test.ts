import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'tap'
import { serve } from '../../src/process/server.ts'
import { createUser } from '../support/app.ts'
import { freePort } from '../support/free-port.ts'
import { ignore, sendLogin, settings, startHere } from '../support/serve.ts'

/** Settings with which a server serves on for three seconds after SIGTERM. */
const behindProxy = { trustProxy: ['127.0.0.1'] }

test('SIGTERM stops a server and removes its signal listeners', async t => {
  const before = process.listenerCount('SIGTERM')
  const server = await startHere(t, await settings(t))
  t.equal(process.listenerCount('SIGTERM'), before + 1)
  t.equal((await fetch(`${server.url}/livez`)).status, 200)
  process.emit('SIGTERM', 'SIGTERM')
  t.equal(await server.stopped, 0)
  t.equal(process.listenerCount('SIGTERM'), before)
  await t.rejects(fetch(`${server.url}/livez`))
})

test('After SIGTERM /readyz is 503 and other requests are served for three seconds behind a proxy', async t => {
  const server = await startHere(t, await settings(t, behindProxy))
  await createUser(server.app)
  let hasStopped = false
  const stopped = server.stopped.then(code => {
    hasStopped = true
    return code
  })
  process.emit('SIGTERM', 'SIGTERM')
  const ready = await fetch(`${server.url}/readyz`)
  t.match([ready.status, ready.headers.get('retry-after'), ready.headers.get('connection')], [503, '1', 'close'])
  t.match(ready.headers.get('content-type'), 'application/problem+json')
  t.match(await ready.json(), { type: 'about:blank', status: 503, detail: 'The server is shutting down.' })
  for (const path of ['/livez', '/.well-known/jwks.json', '/nothing']) {
    const answer = await fetch(`${server.url}${path}`)
    t.equal(answer.headers.get('connection'), 'close', path)
    t.equal(answer.status, path === '/nothing' ? 404 : 200, path)
  }
  t.match(await sendLogin(t, server.url).answered, { status: 200, connection: 'close' })
  t.equal(hasStopped, false)
  t.equal(await stopped, 0)
  await t.rejects(fetch(`${server.url}/livez`))
})

test('SIGINT stops without the delay', async t => {
  const server = await startHere(t, await settings(t, behindProxy))
  t.capture(process, 'exit', (() => {}) as never)
  const timers = t.capture(globalThis, 'setTimeout', setTimeout)
  const begun = performance.now()
  process.emit('SIGINT', 'SIGINT')
  t.equal(await server.stopped, 0)
  t.ok(performance.now() - begun < 3000)
  t.equal(
    timers().filter(({ args: [, delay] }) => delay === 10_000).length,
    1,
    'the limit of ten seconds still applies'
  )
})

test('Metrics are served on their own port until the last answer (setting METRICS)', async t => {
  const metrics = `127.0.0.1:${await freePort()}`
  const server = await startHere(t, await settings(t, { metrics, ...behindProxy }))
  const url = `http://${metrics}`
  await fetch(`${server.url}/livez`)
  const answer = await fetch(`${url}/metrics`)
  t.equal(answer.status, 200)
  t.match(answer.headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  t.match(await answer.text(), /^http_request_duration_seconds_count\{method="GET",route="\/livez",status="200"\} 1$/m)
  for (const path of ['/', '/livez', '/token', '/metrics/']) t.equal((await fetch(`${url}${path}`)).status, 404, path)
  t.equal((await fetch(`${server.url}/metrics`)).status, 404, 'the public port does not serve metrics')
  process.emit('SIGTERM', 'SIGTERM')
  t.equal((await fetch(`${url}/metrics`)).status, 200, 'metrics are served during the drain')
  t.equal(await server.stopped, 0)
  await t.rejects(fetch(`${url}/metrics`))
})

test('A metrics port in use stops the start and closes the public port', async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  t.teardown(() => taken.close())
  await once(taken, 'listening')
  const { port: metrics } = taken.address() as { port: number }
  const port = await freePort()
  const config = await settings(t, { port, metrics: `127.0.0.1:${metrics}` })
  await t.rejects(serve(config, ignore), { name: 'ConfigError', problems: [/already in use. Set METRICS/] })
  await t.rejects(fetch(`http://127.0.0.1:${port}/livez`))
})

test('Connections with a request in flight are closed after its answer', async t => {
  const server = await startHere(t, await settings(t))
  await createUser(server.app)
  const { answered } = sendLogin(t, server.url)
  await once(server.app.server, 'request')
  process.emit('SIGTERM', 'SIGTERM')
  t.match(await answered, { status: 200 })
  t.equal(await server.stopped, 0)
})

test('A second signal, and ten seconds without an end, call exit(1)', async t => {
  const server = await startHere(t, await settings(t))
  const exits = t.capture(process, 'exit', ((code: number) => {
    throw new Error(`exit ${code}`)
  }) as never)
  const timers = t.capture(globalThis, 'setTimeout', setTimeout)
  process.emit('SIGTERM', 'SIGTERM')
  const limit = timers().find(({ args: [, delay] }) => delay === 10_000)
  t.throws(() => process.emit('SIGINT', 'SIGINT'), { message: 'exit 1' })
  t.throws(() => limit?.args[0](), { message: 'exit 1' })
  t.same(
    exits().map(({ args }) => args),
    [[1], [1]]
  )
  t.equal(await server.stopped, 0)
})

test('A failure to close the store makes the exit code 1', async t => {
  const server = await startHere(t, await settings(t))
  const { close } = server.app
  server.app.close = (() => Promise.reject(new Error('stuck'))) as never
  process.emit('SIGTERM', 'SIGTERM')
  t.equal(await server.stopped, 1)
  server.app.close = close
})
