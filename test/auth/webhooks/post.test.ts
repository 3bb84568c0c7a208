import type { lookup } from 'node:dns'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createPost } from '../../../src/auth/webhooks/post.ts'
import { createReceiverRules } from '../../../src/auth/webhooks/receiver-address.ts'

/** A receiver on this machine, and how many requests and connections it has seen. */
async function withReceiver(t: Test, answer: RequestListener) {
  const seen = { requests: 0, connections: 0, body: '' }
  const server = createServer((request, response) => {
    seen.requests++
    request.on('data', chunk => (seen.body += chunk))
    request.on('end', () => answer(request, response))
  })
  server.on('connection', () => seen.connections++)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { seen, url: `http://localhost:${(server.address() as AddressInfo).port}/events` }
}

/** Resolves every name to these addresses, one list after the other. */
const resolving = (...answers: string[][]) =>
  ((_host: string, _options: object, done: (error: null, addresses: object[]) => void) =>
    done(
      null,
      (answers.shift() ?? []).map(address => ({ address, family: 4 }))
    )) as unknown as typeof lookup

const never = new AbortController().signal

function withPost(t: Test, resolve?: typeof lookup, loopback = true, limitMs?: number) {
  const poster = createPost(createReceiverRules({ hosts: [], loopback }), { resolve, limitMs })
  t.teardown(poster.close)
  return (url: string, stop = never) => poster.post(url, { 'content-type': 'application/json' }, '{"a":"ä"}', stop)
}

t.test('The body arrives whole, connections are kept, and the status is the answer', async t => {
  const { seen, url } = await withReceiver(t, (_request, response) => void response.writeHead(204).end())
  const post = withPost(t)
  t.strictSame([await post(url), await post(url)], [204, 204])
  t.strictSame(seen, { requests: 2, connections: 1, body: '{"a":"ä"}{"a":"ä"}' })
})

t.test('No redirect is followed', async t => {
  const target = await withReceiver(t, (_request, response) => void response.end())
  const { url } = await withReceiver(
    t,
    (_request, response) => void response.writeHead(307, { location: target.url }).end()
  )
  t.equal(await withPost(t)(url), 307)
  t.equal(target.seen.requests, 0)
})

t.test('Of a body without end, only the beginning is read', async t => {
  let sent = 0
  const { url } = await withReceiver(t, (_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384))) sent += 16_384
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  })
  t.equal(await withPost(t)(url), 200)
  t.ok(sent < 20_000_000, `${sent} bytes`)
})

t.test('A receiver that hangs, hangs in its body or closes is a failure, and a stop ends the wait', async t => {
  const hanging = await withReceiver(t, () => {})
  const slow = await withReceiver(t, (_request, response) => void response.writeHead(200).write('x'))
  const closing = await withReceiver(t, request => void request.socket.destroy())
  const post = withPost(t, undefined, true, 200)
  await t.rejects(post(hanging.url), { message: 'no answer within 10 s' })
  await t.rejects(post(slow.url), { message: 'no answer within 10 s' })
  await t.rejects(post(closing.url), { code: 'ECONNRESET' })
  const stop = new AbortController()
  const waiting = withPost(t)(hanging.url, stop.signal)
  setTimeout(() => stop.abort(), 20)
  await t.rejects(waiting, { name: 'AbortError' })
})

t.test('A receiver that answers with another protocol has not accepted the event', async t => {
  const { url } = await withReceiver(t, request => {
    request.socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: foo\r\nconnection: upgrade\r\n\r\n')
  })
  t.equal(await withPost(t)(url), 101)
})

t.test('A kept connection that the receiver has closed is replaced by a new one', async t => {
  const { seen, url } = await withReceiver(t, (request, response) => {
    response.writeHead(204).end()
    // As a server does whose keep-alive timeout is over: the client may not have noticed when it sends again.
    setTimeout(() => request.socket.destroy(), 0)
  })
  const post = withPost(t)
  for (let n = 0; n < 20; n++) t.equal(await post(url), 204)
  t.ok(seen.requests >= 20)
})

t.test('A name is resolved once for each connection, and a forbidden address is not reached', async t => {
  const { seen, url } = await withReceiver(
    t,
    (_request, response) => void response.writeHead(204, { connection: 'close' }).end()
  )
  const changed = url.replace('localhost', 'crm.localhost')
  const post = withPost(t, resolving(['127.0.0.1'], ['169.254.169.254'], ['127.0.0.1', '10.0.0.1']))
  t.equal(await post(changed), 204)
  for (const address of ['169.254.169.254', '10.0.0.1'])
    await t.rejects(post(changed), { name: 'ForbiddenReceiver', message: 'its address is not public' }, address)
  t.equal(seen.requests, 1)
})

t.test('The rules hold for a URL that was accepted when they were others', async t => {
  const { seen, url } = await withReceiver(t, (_request, response) => void response.end())
  const post = withPost(t, undefined, false)
  await t.rejects(post(url), { name: 'ForbiddenReceiver' })
  await t.rejects(post(url.replace('http://localhost', 'https://127.0.0.1')), { name: 'ForbiddenReceiver' })
  t.equal(seen.connections, 0)
})
