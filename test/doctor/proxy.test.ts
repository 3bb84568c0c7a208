import { test } from 'tap'
import { checkProxy } from '../../src/doctor/proxy.ts'

const issuer = 'https://login.example.com'
const asked: unknown[][] = []
const clientAddress = async (...request: [string[], string, string]) => {
  asked.push(request)
  return '203.0.113.7'
}

test('An https issuer without TRUST_PROXY is a warning: every client looks like the proxy', async t => {
  const [finding] = await checkProxy({ trustProxy: [], issuer }, {}, clientAddress)
  t.match(finding, {
    check: 'proxy',
    level: 'warning',
    text: /^TRUST_PROXY is empty .* share its rate limits\. Set TRUST_PROXY/
  })
})

test('Http without a proxy and https with one are fine', async t => {
  const [none] = await checkProxy({ trustProxy: [], issuer: 'http://localhost:3000' }, {}, clientAddress)
  t.same(none, { check: 'proxy', level: 'ok', text: 'TRUST_PROXY is empty.' })
  const [some] = await checkProxy({ trustProxy: ['10.0.0.0/8', '::1'], issuer }, {}, clientAddress)
  t.same(some, { check: 'proxy', level: 'ok', text: 'TRUST_PROXY is 10.0.0.0/8, ::1.' })
})

test('The check examines the given request, or one through the first proxy', async t => {
  asked.length = 0
  const trustProxy = ['10.0.0.0/8', '192.0.2.1']
  const route = { peer: '192.0.2.1', forwardedFor: '198.51.100.9, 10.0.0.3' }
  const [, seen] = await checkProxy({ trustProxy, issuer }, route, clientAddress)
  await checkProxy({ trustProxy, issuer }, {}, clientAddress)
  await checkProxy({ trustProxy: [], issuer }, {}, clientAddress)
  t.same(asked, [
    [trustProxy, '192.0.2.1', '198.51.100.9, 10.0.0.3'],
    [trustProxy, '10.0.0.0', '203.0.113.7'],
    [[], '127.0.0.1', '203.0.113.7']
  ])
  const [, refused] = await checkProxy({ trustProxy, issuer }, { forwardedFor: 'x' }, async () => undefined)
  t.same(refused, {
    check: 'client-address',
    level: 'warning',
    text: 'A request from 10.0.0.0 with "X-Forwarded-For: x" is refused, because it does not have the IP address of the client.'
  })
  t.same(seen, {
    check: 'client-address',
    level: 'ok',
    text: 'A request from 192.0.2.1 with "X-Forwarded-For: 198.51.100.9, 10.0.0.3" has the client address 203.0.113.7.'
  })
})
