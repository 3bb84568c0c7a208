import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { test } from 'tap'
import { stopListening } from '../../src/process/stop-listening.ts'
import { movableTime } from '../support/clocks.ts'

test('A request is answered after the socket has been closed, so that its client does not connect before', async t => {
  const handled: { path: string | undefined; listening: boolean }[] = []
  const server = createServer(({ url: path }, response) => {
    handled.push({ path, listening: server.listening })
    response.end()
  })
  let onces = 0
  server.once('request', () => onces++)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  await once(server, 'connection')
  const send = async (path: string) => {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    const [answer] = await once(socket, 'data')
    t.match(String(answer), /^HTTP\/1\.1 200/)
  }
  const stopped = stopListening(server)
  await send('/held')
  await stopped
  await send('/later')
  t.strictSame(handled, [
    { path: '/held', listening: false },
    { path: '/later', listening: false }
  ])
  t.equal(onces, 1, 'each listener is called as before')
})

/** A server without a socket, which notes how many connections have come when it closes. */
function createFake() {
  let [arrived, closedAfter] = [0, -1]
  const server = Object.assign(new EventEmitter(), {
    arrive: () => ++arrived && server.emit('connection'),
    close() {
      closedAfter = arrived
    }
  })
  return {
    server,
    stop: (pause: () => Promise<unknown>) => stopListening(server as never, pause).then(() => closedAfter)
  }
}

test('The socket is not closed before a pause in which no client connects', async t => {
  const { server, stop } = createFake()
  const pauses = [2, 1, 1, 0]
  const arrived = await stop(async () => {
    for (let left = pauses.shift() ?? 0; left > 0; left--) server.arrive()
  })
  t.equal(arrived, 4)
  t.strictSame(pauses, [])
})

test('It is closed after half a second, even if clients connect in every pause', async t => {
  const move = movableTime(t)
  const { server, stop } = createFake()
  const arrived = await stop(async () => {
    move(100)
    server.arrive()
  })
  t.ok(arrived <= 5, String(arrived))
})

test('It is not closed while turns of the event loop accept pending connections, one in each', async t => {
  const { server, stop } = createFake()
  let pending = 20
  function accept() {
    server.arrive()
    if (--pending > 0) setImmediate(accept)
  }
  t.equal(await stop(async () => pending && accept()), 20)
})
