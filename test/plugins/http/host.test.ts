import { type Test, test } from 'tap'
import errors from '../../../plugins/http/errors.ts'
import host from '../../../plugins/http/host.ts'
import outage from '../../../plugins/outage.ts'
import { createApp as createWholeApp } from '../../support/app.ts'
import { bareFastify } from '../../support/plugins.ts'
import { talk } from '../../support/socket.ts'

async function createApp(t: Test) {
  const { app } = bareFastify(t)
  for (const plugin of [outage, errors, host]) await app.register(plugin)
  app.get('/', async () => 'x')
  return app
}

test('A Host is a name or an address, with or without a port (RFC 9112 §3.2, RFC 3986 §3.2.2)', async t => {
  const app = await createApp(t)
  const refused: string[] = []
  for (const name of [
    ...['auth.example.com', 'AUTH.example.com:443', 'localhost:3000', 'a_b', 'a.', 'xn--bcher-kva.example', 'a:', ''],
    ...[
      '127.0.0.1',
      '127.0.0.1:80',
      '[::1]',
      '[::1]:3000',
      '[2001:DB8::7]',
      '[::ffff:192.0.2.1]',
      '[v1.a:b]',
      'b%C3%BC'
    ]
  ])
    if ((await app.inject({ url: '/', headers: { host: name } })).statusCode !== 200) refused.push(name)
  t.strictSame(refused, [])
})

test('A Host that is neither is refused, also after one that is valid (RFC 9112 §3.2)', async t => {
  const app = await createApp(t)
  const accepted: string[] = []
  for (const name of [
    ...['a b', 'a/b', 'user@a', 'a?b', 'a#b', 'http://a', 'a\\b', 'a"b', 'a,b c', 'a:b', 'a:80:80', 'ü', 'a%zz', '<a>'],
    ...['::1', '[::1', '::1]', '[]', '[:::1]', '[1.2.3.4]', '[fe80::1%25eth0]', '[::1]a', '[v.a]', '[g::1]']
  ]) {
    await app.inject({ url: '/', headers: { host: 'a' } })
    const answer = await app.inject({ url: '/', headers: { host: name } })
    const { detail } = answer.json()
    if (answer.statusCode !== 400 || !/^The Host header is not a host name/.test(detail)) accepted.push(name)
  }
  t.strictSame(accepted, [])
})

test('There is one Host, except that HTTP/1.0 needs none (RFC 9112 §3.2), and no second Authorization', async t => {
  const { app } = await createWholeApp(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  for (const [version, lines, status, detail] of [
    ['1.1', ['Host: a'], 200],
    ['1.1', ['Host: a', 'X-Forwarded-Host: b, c d', 'From: c'], 200],
    ['1.1', ['Host:'], 200],
    ['1.0', [], 200],
    ['1.1', [], 400, 'Send a Host header.'],
    ['1.1', ['Host: a', 'Host: b'], 400, 'Send one Host header.'],
    ['1.1', ['Host: a', 'Accept: x', 'host: a'], 400, 'Send one Host header.'],
    ['1.1', ['Host:', 'Host:'], 400, 'Send one Host header.'],
    ['1.0', ['Host: a', 'HOST: b'], 400, 'Send one Host header.'],
    ['1.1', ['Host: a', 'Authorization: Bearer a', 'authorization: Bearer b'], 400, 'Send one Authorization header.'],
    ['1.1', ['Host: a', 'Content-Type: a/b', 'Content-Type: a/b'], 400, 'Send one Content-Type header.'],
    ['1.1', ['Host: a', 'Authorization: Bearer a', 'X-Authorizations: b', 'Content-Type: a/b'], 200],
    ['1.0', ['Host: a b'], 400, 'The Host header is not a host name or an IP address.']
  ] as const) {
    const head = [`GET /livez HTTP/${version}`, ...lines, 'Connection: close']
    const { answers } = await talk(t, app, `${head.join('\r\n')}\r\n\r\n`)
    t.equal(answers[0]?.status, status, head.join())
    if (detail) t.equal(JSON.parse(answers[0]?.body ?? '').detail, detail, head.join())
  }
})

test('An expectation that the server does not know is ignored (RFC 9110 §10.1.1)', async t => {
  const { app } = await createWholeApp(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const head = ['GET /livez HTTP/1.1', 'Host: a', 'Expect: the best', 'Connection: close']
  const { answers } = await talk(t, app, `${head.join('\r\n')}\r\n\r\n`)
  t.match(answers[0], { status: 200, headers: { 'x-content-type-options': 'nosniff' } })
})
