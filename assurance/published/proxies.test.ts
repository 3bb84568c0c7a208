import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { Agent, request } from 'node:https'
import { connect, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { freePort } from '../../test/support/free-port.ts'
import { skipWithoutProgram } from '../support/debian.ts'
import { proxies, startProxy } from '../support/proxy.ts'

// A proxy must not send a request twice if a node may have served it: a password would be counted twice, and a refresh
// token would be used twice. Stubs take the place of the nodes, because a node cannot be killed at the right moment.

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'

/** The fate of the next requests: each dies with its node, which resets the connection, until `deaths` is 0. */
interface Fate {
  deaths: number
  /** Each request that a node has received whole, but for those of /readyz. */
  seen: string[]
}

/** Listens in the place of a node; returns a function that stops it. */
async function startStub(t: Test, port: number, fate: Fate) {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => {}))
    let received = ''
    socket.setEncoding('latin1').on('data', text => {
      received += text
      const [head = '', body] = received.split('\r\n\r\n')
      if (body === undefined || body.length < Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)) return
      received = ''
      const line = head.slice(0, head.indexOf(' HTTP/'))
      if (line === 'GET /readyz') return socket.write(ok)
      fate.seen.push(line)
      if (fate.deaths-- > 0) socket.resetAndDestroy()
      else socket.write(ok)
    })
  }).listen(port, '127.0.0.1')
  const stop = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  t.teardown(stop)
  await once(server, 'listening')
  return stop
}

/** Every method that the server has, with a body where the API has one. */
const requests: Record<string, { body?: string; twice: boolean }> = {
  'GET /users/me': { twice: true },
  'HEAD /users/me': { twice: true },
  'POST /token': { body: 'grant_type=password&username=alice&password=secret', twice: false },
  'POST /keys/rotate': { twice: false },
  'PUT /users/me/password': { body: '{}', twice: false },
  'PATCH /users/me': { body: '{}', twice: false },
  'DELETE /users/me': { twice: false },
  'OPTIONS /token': { twice: false }
}

type Protocol = 'HTTP/1.1' | 'HTTP/2'
type Send = (line: string, body?: string) => Promise<number | undefined>

/** A client with one connection, kept open, that sends no request again by itself; rejects when it gets no response. */
function createClient(t: Test, protocol: Protocol, url: string, ca = ''): Send {
  const tls = { ca, servername: 'login.example.com' }
  if (protocol === 'HTTP/2') {
    const session = connectHttp2(url, tls)
    t.teardown(() => session.destroy())
    return async (line, body) => {
      const [method, path] = line.split(' ')
      const stream = session.request({ ':method': method, ':path': path }, { endStream: body === undefined })
      if (body !== undefined) stream.end(body)
      const [headers] = await once(stream, 'response')
      stream.resume()
      return headers[':status']
    }
  }
  const agent = new Agent({ ...tls, keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  return async (line, body = '') => {
    const [method, path] = line.split(' ')
    const headers = { 'content-length': Buffer.byteLength(body) }
    const [response] = await once(request(`${url}${path}`, { agent, method, headers }).end(body), 'response')
    await once(response.resume(), 'end')
    return response.statusCode
  }
}

for (const name of proxies) {
  for (const protocol of ['HTTP/1.1', 'HTTP/2'] as const) {
    t.test(
      `${name} repeats what a node may have served only if it reads, over ${protocol}`,
      { skip: skipWithoutProgram(name) },
      async t => {
        const [port, ...ports] = [await freePort(), await freePort(), await freePort()]
        const fate: Fate = { deaths: 0, seen: [] }
        const [stopFirst] = [await startStub(t, ports[0] as number, fate), await startStub(t, ports[1] as number, fate)]
        // HAProxy takes turns by itself while it has no other requests.
        const options = { takesTurns: name === 'nginx', tls: true }
        const proxy = await startProxy(t, name, { port, nodes: ports as [number, number] }, options)
        const client = createClient(t, protocol, proxy.url, proxy.certificate)
        const send = async (line: string, body?: string) => ({
          status: await client(line, body),
          seen: fate.seen.splice(0)
        })

        for (const [line, { body, twice }] of Object.entries(requests)) {
          for (let n = 0; n < 2; n++) {
            // One for each node, so that the next request finds a used connection to either, if the proxy keeps them.
            for (let node = 0; node < 2; node++)
              t.strictSame(await send(line, body), { status: 200, seen: [line] }, line)
            fate.deaths = 1
            const expected = twice ? { status: 200, seen: [line, line] } : { status: 502, seen: [line] }
            t.strictSame(await send(line, body), expected, `${line} whose node dies`)
            fate.deaths = 0
          }
        }

        stopFirst()
        for (const [line, { body }] of Object.entries(requests)) {
          for (let n = 0; n < 2; n++) {
            t.strictSame(await send(line, body), { status: 200, seen: [line] }, `${line}, after a refused connection`)
          }
        }
      }
    )
  }
}

t.test('nginx accepts 100 requests of one address at once', { skip: skipWithoutProgram('nginx') }, async t => {
  const [port, node] = [await freePort(), await freePort()]
  const fate: Fate = { deaths: 0, seen: [] }
  await startStub(t, node, fate)
  await startProxy(t, 'nginx', { port, nodes: [node, node] })

  /** Begins a request, and resolves to the first answer, before the body. */
  const begin = async (localAddress: string) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress })
    t.teardown(() => socket.destroy())
    socket.write('POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n')
    const [answer] = await once(socket, 'data')
    return String(answer).slice(9, 12)
  }
  const statuses = await Promise.all(Array.from({ length: 101 }, () => begin('127.0.0.1')))
  t.strictSame(statuses.sort(), [...Array(100).fill('100'), '429'])
  t.equal(await begin('127.0.0.2'), '100', 'another address')
  t.strictSame(fate.seen, [])
})

t.test('HAProxy accepts 100 connections of one address', { skip: skipWithoutProgram('haproxy') }, async t => {
  const [port, node] = [await freePort(), await freePort()]
  await startStub(t, node, { deaths: 0, seen: [] })
  await startProxy(t, 'haproxy', { port, nodes: [node, node] })

  /** Resolves to whether the proxy answers a new connection, which stays open. */
  const isServed = async (localAddress: string) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress })
    t.teardown(() => socket.destroy())
    // A closed connection is an error, now or when it is written to.
    socket.on('error', () => {}).on('end', () => socket.destroy(new Error('closed')))
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    return once(socket, 'data').then(
      () => true,
      () => false
    )
  }
  for (let n = 1; n <= 100; n++) t.ok(await isServed('127.0.0.1'), `connection ${n}`)
  t.notOk(await isServed('127.0.0.1'), 'one more')
  t.ok(await isServed('127.0.0.2'), 'another address')
})
