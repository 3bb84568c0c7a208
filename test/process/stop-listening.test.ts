import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { test } from 'tap'
import { stopListening } from '../../src/process/stop-listening.ts'

test('a request is answered after the socket has been closed, so that its client does not connect before', async t => {
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
