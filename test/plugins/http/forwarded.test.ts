import t, { type Test } from 'tap'
import { createApp, createUser, password, postForm } from '../../support/app.ts'

const proxy = '10.0.0.1'
const logIn = { grant_type: 'password', username: 'alice', password }

/**
 * An app that trusts these proxies. Its function resolves to the address that a login stores when a proxy sends this
 * X-Forwarded-For, or to the refusal.
 */
async function createProxied(t: Test, trustProxy: string[]) {
  const { app } = await createApp(t, { trustProxy })
  const { id } = await createUser(app)
  return async (forwarded?: string) => {
    const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
    const answer = await postForm(app, '/token', logIn, headers, proxy)
    const [session] = await app.sessions.ofUser(id)
    await app.sessions.endAll(id)
    return answer.statusCode === 200 ? session?.ip : answer
  }
}

t.test('The client address may have a port or brackets, which are removed (setting TRUST_PROXY)', async t => {
  const addressOf = await createProxied(t, ['10.0.0.0/8'])
  for (const [forwarded, address] of [
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:4711', '203.0.113.9'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['::ffff:203.0.113.9', '::ffff:203.0.113.9'],
    ['203.0.113.9:4711, 10.0.0.2:80', '203.0.113.9'],
    ['  203.0.113.9:4711 ,10.0.0.2', '203.0.113.9'],
    ['', proxy],
    // As far as twenty proxies.
    [`203.0.113.9${', 10.0.0.2'.repeat(19)}`, '203.0.113.9'],
    [`203.0.113.9${', 10.0.0.2'.repeat(20)}`, '10.0.0.2'],
    [undefined, proxy]
  ] as const) {
    t.equal(await addressOf(forwarded), address, String(forwarded))
  }
})

t.test('A request is refused when its client address is no IP address (setting TRUST_PROXY)', async t => {
  const addressOf = await createProxied(t, ['10.0.0.0/8'])
  for (const forwarded of ['unknown', '203.0.113.9, nonsense', '203.0.113:80', '[::1', '1.2.3.4:', '999.1.1.1'])
    t.match(await addressOf(forwarded), { statusCode: 400 }, forwarded)
  const { app } = await createApp(t, { trustProxy: [proxy] })
  const headers = { 'x-forwarded-for': 'nonsense' }
  const refused = await postForm(app, '/token', logIn, headers, proxy)
  t.match(refused.json(), {
    error: 'invalid_request',
    error_description: 'X-Forwarded-For does not have the IP address of the client.'
  })
  const problem = await app.inject({ url: '/users/me', remoteAddress: proxy, headers })
  t.equal(problem.statusCode, 400)
  for (const answer of [refused, problem]) {
    t.match(answer.headers, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-request-id': /./ })
  }
  t.match(problem.json(), { detail: 'X-Forwarded-For does not have the IP address of the client.' })
})

t.test(
  'X-Forwarded-For is read from the proxies of TRUST_PROXY only, and what the client wrote does not matter',
  async t => {
    const addressOf = await createProxied(t, ['10.0.0.0/8'])
    for (const forwarded of [
      'nonsense, 203.0.113.9',
      '198.51.100.1:1, 203.0.113.9:4711',
      'a,,b, 203.0.113.9, 10.0.0.2'
    ]) {
      t.equal(await addressOf(forwarded), '203.0.113.9', forwarded)
    }
    for (const trusted of [[], ['192.0.2.1']]) t.equal(await (await createProxied(t, trusted))('nonsense'), proxy)
  }
)
