import { test } from 'tap'
import { createApp } from '../../support/app.ts'
import { openSocket, talk } from '../../support/socket.ts'

const requests = (count: number) =>
  Array.from({ length: count }, (_, n) => `GET /livez HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${n}\r\n\r\n`).join('')
const last = 'GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

test('requests that are sent without waiting are answered in their order (RFC 9112 §9.3.2)', async t => {
  const { app } = await createApp(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { answers } = await talk(t, app, requests(10) + last)
  t.strictSame(
    answers.map(({ status }) => status),
    Array(11).fill(200)
  )
})

test('and a client that has waited before may send as many again', async t => {
  const { app } = await createApp(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { send, closed, text } = openSocket(t, app)
  for (let round = 1; round <= 3; round++) {
    send(requests(10))
    while (text().split('HTTP/1.1 200').length <= round * 10) await new Promise(setImmediate)
  }
  send(last)
  t.equal((await closed).answers.length, 31)
})

test('a client that sends more than sixteen without waiting loses its connection', async t => {
  const { app } = await createApp(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  let handled = 0
  app.server.on('request', (_request, response) => response.once('finish', () => handled++))
  await talk(t, app, requests(1400))
  t.ok(handled <= 16, `${handled} requests were answered`)
  t.equal((await talk(t, app, last)).answers[0]?.status, 200, 'others are served')
})
