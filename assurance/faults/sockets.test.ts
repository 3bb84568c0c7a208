import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import { type Test, test } from 'tap'
import { build } from '../../src/app.ts'
import { problemCodeOf } from '../../src/base/errors.ts'
import type { Config } from '../../src/config/config.ts'
import { createUser, password, testConfig } from '../../test/support/app.ts'
import { call, figures, spread } from '../../test/support/faults.ts'
import { type Conversation, drip, openSocket, type RawAnswer, talk } from '../../test/support/socket.ts'

/** A server on a socket with its usual limits, or with shorter ones for the test. */
async function startServer(t: Test, settings: Partial<Config> = {}, server: FastifyServerOptions = {}) {
  const app = await build({ config: testConfig({ docs: 'on', ...settings }) }, server)
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  return { app, url: `http://127.0.0.1:${port}` }
}

/** Limits shorter than those of src/app.ts, and still long enough for a slow machine to answer valid requests. */
const short = {
  requestTimeout: 3000,
  connectionTimeout: 4000,
  http: { maxHeaderSize: 8 * 1024, headersTimeout: 2500, connectionsCheckingInterval: 100 }
}

const titles: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large'
}

/** Exactly one answer, a problem with this status, and then the end of the connection. */
function assertRefused(t: Test, { answers, text }: Conversation, status: number, detail: string, name: string) {
  t.equal(answers.length, 1, `${name}: one answer`)
  const { headers, body, ...answer } = answers[0] ?? ({ status: 0, headers: {}, body: '{}' } as RawAnswer)
  t.equal(answer.status, status, name)
  t.match(headers['content-type'], /^application\/problem\+json/, name)
  t.equal(headers['cache-control'], 'no-store', name)
  t.equal(headers.connection, 'close', name)
  const { instance: _, ...problem } = JSON.parse(body || '{}')
  t.strictSame(
    problem,
    { type: 'about:blank', title: titles[status], status, code: problemCodeOf(status), detail },
    name
  )
  t.notMatch(text, /node_modules|\bat .*:\d+:\d+/, name)
}

/** Repeats a valid request until `fault` is over, and fails the test unless each answer is 200. */
async function meanwhile<T>(t: Test, url: string, fault: () => Promise<T>) {
  const [took, statuses] = [[] as number[], new Set<number>()]
  let isOver = false
  const asking = (async () => {
    while (!isOver) {
      const { status, ms } = await call(`${url}/readyz`)
      statuses.add(status)
      took.push(ms)
      await sleep(10)
    }
  })()
  const result = await fault().finally(() => {
    isOver = true
  })
  await asking
  t.same([...statuses], [200], 'valid requests were answered meanwhile')
  return { result, took }
}

const get = 'GET /livez HTTP/1.1\r\nHost: a\r\n'
const form = 'POST /token HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n'
const notHttp = 'The request is not valid HTTP.'
const tooSlow = 'The request did not arrive in time.'

test('A client that sends nothing, or one header after another, is disconnected after ten seconds', async t => {
  const { app, url } = await startServer(t)
  const silent = openSocket(t, app)
  const slow = openSocket(t, app)
  const dripping = drip(slow.socket, `${get}X: ${'a'.repeat(1000)}`, 100)
  const { result, took } = await meanwhile(t, url, () => Promise.all([silent.closed, slow.closed]))
  await dripping
  for (const [index, name] of ['no byte', 'dripped headers'].entries()) {
    const conversation = result[index] as Conversation
    assertRefused(t, conversation, 408, tooSlow, name)
    t.ok(conversation.ms >= 9500, `${name}: not before`)
  }
  const closed = `closed after ${result.map(({ ms }) => Math.round(ms)).join(' and ')} ms`
  figures(t, 'no byte, headers dripped (limit 10 s)', 2, 0, `${closed}; others ${spread(took)}`)
})

test('A slow body is 408; idle connections and connections that do not read are closed (shortened limits)', async t => {
  const { app, url } = await startServer(t, {}, short)
  const slow = openSocket(t, app)
  slow.send(`${form}Content-Length: 1000\r\n\r\n`)
  const dripping = drip(slow.socket, 'a'.repeat(1000), 50)
  const idle = openSocket(t, app)
  idle.send(`${get}\r\n`)
  const deaf = openSocket(t, app)
  deaf.socket.pause()
  // Far more answers than the system's buffers hold, and the client reads none of them.
  const asked = `${get.replace('/livez', '/openapi.json')}\r\n`.repeat(400)
  deaf.send(asked)
  const { result, took } = await meanwhile(t, url, async () => {
    const conversation = await slow.closed
    while ((await connections(app)) > 2) await sleep(20)
    return conversation
  })
  await dripping
  assertRefused(t, result, 408, tooSlow, 'dripped body')
  figures(t, 'body dripped, idle, never reading (limits 3 s, 4 s)', 3, 0, `others ${spread(took)}`)
})

const connections = (app: FastifyInstance) =>
  new Promise<number>((resolve, reject) =>
    app.server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  )

test('More than 8 KiB of headers are 431, more than 16 KiB of body 413, however they are sent', async t => {
  const { app } = await startServer(t)
  const headers = 'The headers are larger than 8 KiB.'
  assertRefused(t, await talk(t, app, `${get}X: ${'a'.repeat(9000)}\r\n\r\n`), 431, headers, 'one header')
  const many = Array.from({ length: 900 }, (_, index) => `X${index}: ${'a'.repeat(12)}\r\n`).join('')
  assertRefused(t, await talk(t, app, `${get}${many}\r\n`), 431, headers, 'many headers')
  assertRefused(t, await talk(t, app, `GET /${'a'.repeat(9000)} HTTP/1.1\r\n`), 431, headers, 'the URL')

  const json = 'POST /users HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n'
  const big = JSON.stringify({ username: 'a'.repeat(17_000) })
  const chunk = `1000\r\n${'a'.repeat(4096)}\r\n`
  for (const [name, bytes] of [
    ['with its length', `${json}Content-Length: ${big.length}\r\n\r\n${big}`],
    ['announced and not sent', `${json}Content-Length: 999999999\r\n\r\n{`],
    ['chunked', `${json}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}0\r\n\r\n`],
    ['chunked without an end', `${json}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}`]
  ] as const) {
    const { answers } = await talk(t, app, bytes)
    t.same(
      answers.map(({ status }) => status),
      [413],
      name
    )
    t.match(JSON.parse(answers[0]?.body ?? '{}'), { title: 'Content Too Large', status: 413, instance: '/users' }, name)
  }
})

test('Bytes after a too small Content-Length never become a second request', async t => {
  const { app } = await startServer(t, {}, short)
  const { answers } = await talk(t, app, `${form}Content-Length: 5\r\n\r\ngrant_type=password&username=a`)
  // The rest is not HTTP; if it is read before the first request is answered, its refusal is the only answer.
  t.ok(answers.length <= 2 && answers.every(({ status }) => status === 400), 'the rest is not HTTP')
  t.equal(answers.at(-1)?.headers.connection, 'close')
  const { answers: longer } = await talk(t, app, `${form}Content-Length: 500\r\n\r\ngrant_type=password`)
  t.same(
    longer.map(({ status }) => status),
    [408],
    'the server waits for the missing bytes, up to the limit'
  )
})

test('A request that could be read as two is 400, and the connection is closed (RFC 9112 §6.3, §11.2)', async t => {
  const { app, url } = await startServer(t)
  const smuggled = `${get}\r\n`
  const rows: [name: string, bytes: string][] = [
    [
      'Content-Length and Transfer-Encoding',
      `${form}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`
    ],
    [
      'Transfer-Encoding and Content-Length',
      `${form}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${smuggled}`
    ],
    ['two lengths that differ', `${form}Content-Length: 4\r\nContent-Length: 5\r\n\r\na=bcd${smuggled}`],
    ['two lengths that are the same', `${form}Content-Length: 4\r\nContent-Length: 4\r\n\r\na=bc${smuggled}`],
    ['a list of lengths', `${form}Content-Length: 4, 4\r\n\r\na=bc${smuggled}`],
    ['a length with a sign', `${form}Content-Length: +4\r\n\r\na=bc${smuggled}`],
    ['a length in hexadecimal', `${form}Content-Length: 0x4\r\n\r\na=bc${smuggled}`],
    ['a negative length', `${form}Content-Length: -1\r\n\r\n${smuggled}`],
    ['a length that is too long', `${form}Content-Length: 99999999999999999999999\r\n\r\n${smuggled}`],
    ['an unknown transfer coding', `${form}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['chunked that is not the last coding', `${form}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a blank before the colon', `${form}Content-Length : 4\r\n\r\na=bc${smuggled}`],
    ['a chunk size that is not one', `${form}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n${smuggled}`],
    ['a chunk size with a sign', `${form}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n${smuggled}`],
    ['a chunk longer than it says', `${form}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n${smuggled}`],
    ['a folded header', `GET /livez HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n${smuggled}`],
    ['a folded Transfer-Encoding', `${form}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['line feeds alone', `GET /livez HTTP/1.1\nHost: a\n\n${smuggled}`],
    ['a carriage return alone', `GET /livez HTTP/1.1\rHost: a\r\r${smuggled}`],
    ['a NUL in a header', `GET /livez HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n${smuggled}`],
    ['a version that there is not', `GET /livez HTTP/3.7\r\nHost: a\r\n\r\n${smuggled}`],
    ['the start of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['the start of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['bytes', '\x00\xff\x80\r\n\r\n'],
    ['an empty method', ' /livez HTTP/1.1\r\n\r\n']
  ]
  const { took } = await meanwhile(t, url, async () => {
    for (const [name, bytes] of rows) assertRefused(t, await talk(t, app, bytes), 400, notHttp, name)
  })
  for (const [hosts, detail] of [
    ['', 'Send a Host header.'],
    ['Host: a\r\nHost: b\r\n', 'Send one Host header.'],
    ['Host: a/b\r\n', 'The Host header is not a host name or an IP address.']
  ] as const)
    assertRefused(t, await talk(t, app, `GET /livez HTTP/1.1\r\n${hosts}\r\n${smuggled}`), 400, detail, hosts)
  figures(t, 'request smuggling and garbage', rows.length, 0, `400 and closed; others ${spread(took)}`)
})

test('Pipelined requests are answered in order, and a half-closed connection is closed', async t => {
  const { app } = await startServer(t)
  await createUser(app)
  const login = `grant_type=password&username=alice&password=${encodeURIComponent(password)}`
  const pipe = openSocket(t, app)
  pipe.send(
    `${form}Content-Length: ${login.length}\r\n\r\n${login}${get}\r\n${get.replace('/livez', '/nothing')}Connection: close\r\n\r\n`
  )
  t.same(
    (await pipe.closed).answers.map(({ status }) => status),
    [200, 200, 404]
  )

  // Node.js gives up on a client that has closed its sending side, so an answer exists only if it was quick.
  const half = openSocket(t, app)
  half.socket.end(`${get}\r\n`)
  const { answers: quick } = await half.closed
  t.ok(
    quick.every(({ status }) => status === 200),
    'a half-closed connection is closed'
  )
  const cut = openSocket(t, app)
  cut.socket.end(`${form}Content-Length: 100\r\n\r\ngrant_type`)
  const { answers } = await cut.closed
  t.ok(
    answers.every(({ status }) => status === 400),
    'half a body is not taken for a whole one'
  )
})

test('A thousand idle connections do not slow down the others', async t => {
  const { app, url } = await startServer(t, {}, short)
  const idle = Array.from({ length: 1000 }, () => openSocket(t, app))
  const { took } = await meanwhile(t, url, async () => {
    await Promise.all(idle.map(({ socket }) => once(socket, 'connect')))
    await Promise.all(idle.map(({ closed }) => closed))
  })
  figures(t, 'a thousand idle connections', 1000, 0, `all closed; others ${spread(took)}`)
})
