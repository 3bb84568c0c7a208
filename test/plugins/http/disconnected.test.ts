import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import disconnected from '../../../plugins/http/disconnected.ts'
import { bareFastify } from '../../support/plugins.ts'

/** A server whose route hands out its signal and answers when the test says so. */
async function listen(t: Test) {
  const { app } = bareFastify(t)
  await app.register(disconnected)
  let answer: () => void = () => {}
  const mayAnswer = new Promise<void>(resolve => {
    answer = resolve
  })
  const arrived = new Promise<AbortSignal>(resolve => {
    app.post('/', async (_request, reply) => {
      resolve(reply.disconnected())
      await mayAnswer
      return { ok: true }
    })
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  return { app, port, arrived, answer }
}

const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n'

t.test('The signal aborts when a client closes the connection before its answer', async t => {
  const { port, arrived, answer } = await listen(t)
  const socket = connect(port, '127.0.0.1')
  socket.write(`${head}\r\n{}`)
  const signal = await arrived
  t.equal(signal.aborted, false, 'not aborted after the body was read')
  const aborted = once(signal, 'abort')
  socket.destroy()
  await aborted
  t.equal(signal.aborted, true)
  answer()
})

t.test('The signal does not abort when the connection closes after the answer', async t => {
  const { app, port, arrived, answer } = await listen(t)
  const answered = fetch(`http://127.0.0.1:${port}`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json', connection: 'close' }
  })
  const signal = await arrived
  answer()
  t.strictSame(await (await answered).json(), { ok: true })
  await app.close()
  t.equal(signal.aborted, false)
})

t.test('The signal is aborted at once if the client has already disconnected', async t => {
  const { app } = bareFastify(t)
  await app.register(disconnected)
  const signal = new Promise<AbortSignal>(resolve => {
    app.get('/', async (_request, reply) => {
      await once(reply.raw, 'close')
      resolve(reply.disconnected())
    })
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  app.server.once('request', () => socket.destroy())
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  t.equal((await signal).aborted, true)
})
