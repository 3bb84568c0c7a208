import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import pipelining from '../../../plugins/http/pipelining.ts'
import { createApp } from '../../support/app.ts'
import { bareFastify } from '../../support/plugins.ts'
import { openSocket, talk } from '../../support/socket.ts'

const requests = (count: number) =>
  Array.from({ length: count }, (_, n) => `GET /livez HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${n}\r\n\r\n`).join('')
const last = 'GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

test('Requests that are sent without waiting are answered in their order (RFC 9112 §9.3.2)', async t => {
  const { app } = await createApp(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { answers } = await talk(t, app, requests(3) + last)
  t.strictSame(
    answers.map(({ status }) => status),
    Array(4).fill(200)
  )
})

test('A client that has waited for its answers may send as many requests again', async t => {
  const { app } = await createApp(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { send, closed, text } = openSocket(t, app)
  for (let round = 1; round <= 3; round++) {
    send(requests(4))
    while (text().split('HTTP/1.1 200').length <= round * 4) await new Promise(setImmediate)
  }
  send(last)
  t.equal((await closed).answers.length, 13)
})

test('A client that sends four requests and reads nothing costs one answer, and gets all when it reads', async t => {
  const { app } = bareFastify(t)
  await app.register(pipelining)
  // More than the operating system keeps for a connection.
  const large = 'x'.repeat(32 * 1024 * 1024)
  let made = 0
  app.get('/livez', async () => {
    made++
    return large
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { socket, send } = openSocket(t, app)
  socket.removeAllListeners('data').pause()
  send(requests(4))
  const [{ socket: atServer }] = await once(app.server, 'request')
  // A second answer would be made long before the socket has taken as much of the first as it takes.
  for (let left = -1; left !== atServer.writableLength; await sleep(200)) left = atServer.writableLength
  t.equal(made, 1)
  let received = 0
  socket.on('data', chunk => {
    received += chunk.length
  })
  socket.resume()
  while (received < 4 * large.length) await once(socket, 'data')
  t.equal(made, 4)
})

test('A client that sends more than four requests without waiting loses its connection, and no more are read', async t => {
  const { app } = await createApp(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  // A request, one of no route, a URL that cannot be read, and a parameter of a path that is too long.
  for (const url of ['/livez', '/nothing', '/%z', `/users/${'a'.repeat(101)}`]) {
    let read = 0
    const count = () => read++
    app.server.on('request', count)
    const { answers } = await talk(t, app, `GET ${url} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(1400))
    t.ok(answers.length <= 1, `${answers.length} answers`)
    t.equal(read, 5, url)
    app.server.off('request', count)
    t.equal((await talk(t, app, last)).answers[0]?.status, 200, 'others are served')
  }
})
