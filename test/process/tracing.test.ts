import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import t, { type Test } from 'tap'
import { build } from '../../src/app.ts'
import { packageVersion } from '../../src/base/package.ts'
import { startTracing } from '../../src/process/tracing.ts'
import { password, postForm, testConfig } from '../support/app.ts'
import { builtAlone } from '../support/built.ts'
import { cliEnv } from '../support/cli.ts'
import { startCli } from '../support/cli-process.ts'

interface Attribute {
  key: string
  value: Record<string, unknown>
}

interface Span {
  name: string
  traceId: string
  parentSpanId?: string
  traceState?: string
  kind: number
  status: object
  attributes: Attribute[]
  events: object[]
}

interface Export {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: Span[] }[] }[]
}

const record = (attributes: Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

/** An OTLP/HTTP collector that accepts every export, unless a test gives another `answer`. */
async function createCollector(t: Test, answer = (response: ServerResponse) => void response.end('{}')) {
  const exports: Export[] = []
  const paths: (string | undefined)[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    paths.push(request.url)
    exports.push((await json(request)) as Export)
    server.emit('export')
    answer(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    server,
    paths,
    exports,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => exports.flatMap(({ resourceSpans }) => resourceSpans.flatMap(r => r.scopeSpans.flatMap(s => s.spans)))
  }
}

/** A Fastify whose traces go to `endpoint`; `log` holds its warnings. */
async function createTraced(t: Test, endpoint: string) {
  const log: string[] = []
  const logger = { level: 'warn', stream: { write: (line: string) => void log.push(line) } }
  const app = Fastify({ logger }) as unknown as FastifyInstance
  t.teardown(() => app.close())
  await app.register(await tracingTo(endpoint))
  app.get('/healthy', { config: { otel: false } }, async () => 'ok')
  app.get('/items/:id', async () => 'an item')
  app.get('/broken', broken)
  return { app, log }
}

const tracingTo = async (endpoint: string) =>
  (await startTracing(testConfig({ otelExporterOtlpEndpoint: endpoint }))) as FastifyPluginAsync

const broken = async () => {
  throw new Error('the driver says password=hunter2')
}

/** The complete span that a request has to produce. */
const expected = (name: string, status: number, route?: string, code = 0) => ({
  name,
  // SERVER
  kind: 2,
  status: { code },
  events: [],
  attributes: {
    'http.request.method': name.split(' ')[0],
    ...(route ? { 'http.route': route } : {}),
    'http.response.status_code': status
  }
})

const shown = ({ name, kind, status, events, attributes }: Span) => ({
  name,
  kind,
  status,
  events,
  attributes: record(attributes)
})

t.test('A request is one span with its method, route and status (semantic conventions of HTTP spans)', async t => {
  const collector = await createCollector(t)
  // OTLP exporter, "Endpoint URLs for OTLP/HTTP".
  const { app } = await createTraced(t, `${collector.url}/tenant/`)
  for (const url of ['/items/1', '/broken', '/nothing', '/healthy']) await app.inject(url)
  await app.close()
  t.strictSame(collector.paths, ['/tenant/v1/traces'])
  t.strictSame(collector.spans().map(shown), [
    expected('GET /items/:id', 200, '/items/:id'),
    expected('GET /broken', 500, '/broken', 2),
    expected('GET', 404)
  ])
})

t.test('The service registers the tracing plugin before every other plugin', async t => {
  const collector = await createCollector(t)
  const config = testConfig({ otelExporterOtlpEndpoint: collector.url })
  const app = await build({ config }, { before: await startTracing(config) })
  await app.inject('/users/me')
  await app.close()
  t.strictSame(collector.spans().map(shown), [expected('GET /users/me', 401, '/users/me')])
})

t.test('The service name is sallyport, or OTEL_SERVICE_NAME, with the version of the package', async t => {
  t.teardown(() => {
    delete process.env.OTEL_SERVICE_NAME
  })
  for (const name of ['sallyport', 'login-eu']) {
    if (name !== 'sallyport') process.env.OTEL_SERVICE_NAME = name
    const collector = await createCollector(t)
    const { app } = await createTraced(t, collector.url)
    await app.inject('/items/1')
    await app.close()
    t.strictSame(collector.paths, ['/v1/traces'])
    const [found] = collector.exports.flatMap(({ resourceSpans }) => resourceSpans.map(({ resource }) => resource))
    const { 'telemetry.sdk.version': _, ...resource } = record(found?.attributes ?? [])
    const sdk = { 'telemetry.sdk.language': 'nodejs', 'telemetry.sdk.name': 'opentelemetry' }
    t.strictSame(resource, { 'service.name': name, 'service.version': packageVersion, ...sdk })
  }
})

t.test('A traceparent is continued if it is sampled (W3C Trace Context §3.2)', async t => {
  const collector = await createCollector(t)
  const { app } = await createTraced(t, collector.url)
  const [traceId, parentSpanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
  await app.inject({ url: '/items/1', headers: { traceparent: `00-${traceId}-${parentSpanId}-01` } })
  await app.inject({ url: '/items/2', headers: { traceparent: `00-${traceId}-${parentSpanId}-00` } })
  await app.inject({ url: '/items/3', headers: { traceparent: 'nonsense' } })
  await app.close()
  const [first, second, ...more] = collector.spans()
  t.match(first, { traceId, parentSpanId })
  t.notOk(second?.parentSpanId)
  t.not(second?.traceId, traceId)
  t.strictSame(more, [])
})

t.test('A span contains no input of a user, even after an error', async t => {
  const collector = await createCollector(t)
  const app = await build({ config: testConfig() }, { logger: false, before: await tracingTo(collector.url) })
  t.teardown(() => app.close())
  t.intercept(app.keys, 'jwks', { value: broken })
  const secrets = {
    username: 'alice-in-wonderland',
    password,
    query: 'hunter2',
    path: 'a-link-with-a-code',
    agent: 'curl/8.5.0 of Alice',
    address: '192.0.2.7',
    baggage: 'alices-basket',
    state: 'alices-vendor'
  }
  const headers = {
    'user-agent': secrets.agent,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: `alice=${secrets.state}`,
    baggage: `user=${secrets.baggage}`
  }
  const send = async (status: number, method: 'GET' | 'POST', url: string, payload?: object) => {
    const request = { method, url, headers, remoteAddress: secrets.address, ...(payload ? { payload } : {}) }
    t.equal((await app.inject(request)).statusCode, status, url)
  }
  const account = { username: secrets.username, password }
  await send(201, 'POST', '/users', account)
  await send(409, 'POST', '/users', account)
  await send(400, 'POST', '/users', { ...account, [secrets.query]: true })
  await send(401, 'GET', `/users/me?access_token=${secrets.query}`)
  await send(404, 'GET', `/reset/${secrets.path}?token=${secrets.query}`)
  await send(400, 'GET', `/%zz?token=${secrets.query}`)
  await send(500, 'GET', `/.well-known/jwks.json?token=${secrets.query}`)
  const form = { grant_type: 'password', username: secrets.username, password: `${password}!` }
  t.equal((await postForm(app, '/token', form, headers)).statusCode, 400)
  await app.close()

  t.strictSame(collector.spans().map(shown), [
    expected('POST /users', 201, '/users'),
    expected('POST /users', 409, '/users'),
    expected('POST /users', 400, '/users'),
    expected('GET /users/me', 401, '/users/me'),
    expected('GET', 404),
    expected('GET /.well-known/jwks.json', 500, '/.well-known/jwks.json', 2),
    expected('POST /token', 400, '/token')
  ])
  const sent = JSON.stringify(collector.exports)
  for (const [name, secret] of Object.entries(secrets)) t.notOk(sent.includes(secret), name)
})

t.test('A collector that hangs delays no answer, and the shutdown by at most two seconds', async t => {
  const held: ServerResponse[] = []
  const collector = await createCollector(t, response => void held.push(response))
  const { app } = await createTraced(t, collector.url)
  const isHeld = once(collector.server, 'export')
  // Enough spans to send the first batch early.
  for (let i = 0; i < 512; i++) await app.inject('/items/1')
  await isHeld
  t.equal((await app.inject('/items/1')).statusCode, 200)
  await app.close()
  t.ok(
    held.length > 0 && held.every(response => !response.writableEnded),
    'the collector answered nothing, and the app is closed'
  )
})

t.test('A collector that is down causes one warning and no failed request', async t => {
  const { server, url } = await createCollector(t)
  await new Promise(resolve => server.close(resolve))
  const { app, log } = await createTraced(t, url)
  const statuses = new Set<number>()
  for (let i = 0; i < 1100; i++) statuses.add((await app.inject('/items/1')).statusCode)
  await app.close()
  t.strictSame([...statuses], [200])
  t.equal(log.length, 1, 'one warning for several failed exports')
  t.match(JSON.parse(log[0] as string), { level: 40, msg: 'cannot send traces', err: { message: /./ } })
})

t.test('An endpoint that is not a URL is a ConfigError', async t => {
  await t.rejects(startTracing(testConfig({ otelExporterOtlpEndpoint: 'http://:4318' })), {
    name: 'ConfigError',
    problems: ['OTEL_EXPORTER_OTLP_ENDPOINT is "http://:4318", which is not valid: expected an http or https URL']
  })
})

/** `serve` of the build, in a process that cannot find the OpenTelemetry packages, for the reason `code`. */
function startWithout(t: Test, code: string, endpoint: Record<string, string>) {
  const hook = `const modules = require('node:module')
  const find = modules._resolveFilename
  modules._resolveFilename = (name, ...more) => {
    if (/^@(opentelemetry|fastify.otel)/.test(name)) throw Object.assign(new Error('refused ' + name), { code: '${code}' })
    return find(name, ...more)
  }`
  const [node, ...program] = builtAlone
  return startCli(
    t,
    ['serve'],
    { ...cliEnv(t.testdir({ 'hook.cjs': hook })), ...endpoint },
    {
      command: [node, `--require=${join(t.testdirName, 'hook.cjs')}`, ...program]
    }
  )
}

t.test('Without an endpoint no module of OpenTelemetry is loaded', async t => {
  const { child, exit, out } = startWithout(t, 'MODULE_NOT_FOUND', {})
  await out.until(/listens on/)
  child.kill('SIGTERM')
  t.strictSame(await exit, [0, null])
})

t.test('With an endpoint but without the packages, the start names the packages to install', async t => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }
  t.equal(
    await startWithout(t, 'MODULE_NOT_FOUND', endpoint).err,
    'The settings are not valid: OTEL_EXPORTER_OTLP_ENDPOINT requires packages that are not installed: run npm install @fastify/otel @opentelemetry/api @opentelemetry/exporter-trace-otlp-http @opentelemetry/resources @opentelemetry/sdk-trace-node\n'
  )
  t.match(await startWithout(t, 'BROKEN', endpoint).err, /Error: refused @/)
})
