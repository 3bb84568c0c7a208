import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { skipWithoutProgram } from '../support/debian.ts'
import { freePort } from '../support/free-port.ts'
import { proxies, startProxy } from '../support/proxy.ts'

// A proxy must not send a request twice if a node may have served it: a password would be counted twice, and a refresh
// token would be used twice. Stubs take the place of the nodes, because a node cannot be killed at the right moment.

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'

/** What happens to the next requests: each dies with its node, which resets the connection, until `deaths` is 0. */
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

for (const name of proxies) {
  t.test(
    `${name} repeats what a node may have served only if it reads`,
    { skip: skipWithoutProgram(name) },
    async t => {
      const [port, ...ports] = [await freePort(), await freePort(), await freePort()]
      const fate: Fate = { deaths: 0, seen: [] }
      const [stopFirst] = [await startStub(t, ports[0] as number, fate), await startStub(t, ports[1] as number, fate)]
      const { url } = await startProxy(t, name, { port, nodes: ports as [number, number] }, { takesTurns: true })
      const send = async (line: string, body?: string) => {
        const [method = '', path] = line.split(' ')
        // HAProxy closes the connection without an answer if both connections, to it and to the node, were used before.
        const { status } = await fetch(`${url}${path}`, { method, ...(body === undefined ? {} : { body }) }).catch(
          () => ({ status: 502 })
        )
        return { status, seen: fate.seen.splice(0) }
      }

      for (const [line, { body, twice }] of Object.entries(requests)) {
        t.match(await send(line, body), { status: 200, seen: [line] }, line)
        // Twice, so that each node is the first once.
        for (let n = 0; n < 2; n++) {
          fate.deaths = 1
          const expected = twice ? { status: 200, seen: [line, line] } : { status: 502, seen: [line] }
          t.strictSame(await send(line, body), expected, `${line} whose node dies`)
        }
        fate.deaths = 0
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
