import type { RequestListener } from 'node:http'
import t, { type Test } from 'tap'
import { startSite } from '../../../test/support/site.ts'
import { createBoundWorld } from './support/bound-client.ts'

const orders = { method: 'POST', body: 'two pounds of tea' }

/** An API, and the requests to it: the method, the path, the scheme and the body. */
async function startApi(t: Test, answer: (scheme: string, nonce: unknown) => [status: number, headers?: object]) {
  const received: string[] = []
  const listener: RequestListener = async (request, response) => {
    const scheme = (request.headers.authorization ?? '').replace(/ .*/, '')
    const [, claims] = String(request.headers.dpop ?? '').split('.')
    const { nonce } = claims ? JSON.parse(Buffer.from(claims, 'base64url').toString()) : {}
    let body = ''
    for await (const chunk of request) body += chunk
    received.push(`${request.method} ${request.url} ${scheme} ${body}`.trim())
    const [status, headers = {}] = answer(scheme, nonce)
    response.writeHead(status, { ...headers }).end()
  }
  return { url: await startSite(t, listener), received: () => received.splice(0) }
}

/** An API that knows DPoP, with the nonces of its own (RFC 9449 §9). */
const knowsDpop = (scheme: string, nonce: unknown): [number, object?] => {
  if (scheme !== 'DPoP') return [401, { 'www-authenticate': 'Bearer realm="api", DPoP algs="ES256"' }]
  const challenge = 'DPoP error="use_dpop_nonce", error_description="Send: Authorization: DPoP"'
  return nonce === 'one' ? [200] : [401, { 'www-authenticate': challenge, 'dpop-nonce': 'one' }]
}

/** An API that takes every valid JWT as a bearer token. */
const knowsBearer = (scheme: string): [number, object?] =>
  scheme === 'Bearer'
    ? [200]
    : [401, { 'www-authenticate': 'Bearer error="invalid_request", error_description="DPoP"' }]

t.test('An API gets a bound token as bearer, and with a proof once it asks for DPoP (RFC 9449 §7.2)', async t => {
  const { logIn } = await createBoundWorld(t)
  const [old, api] = [await startApi(t, knowsBearer), await startApi(t, knowsDpop)]
  const client = await logIn({ origins: [old.url, api.url] })
  for (let round = 0; round < 2; round++) t.equal((await client.fetch(`${old.url}/orders`, orders)).status, 200)
  t.strictSame(old.received(), Array(2).fill('POST /orders Bearer two pounds of tea'))

  t.equal((await client.fetch(new Request(`${api.url}/orders`, orders))).status, 200)
  t.equal((await client.fetch(`${api.url}/orders/1`)).status, 200)
  t.strictSame(api.received(), [
    'POST /orders Bearer two pounds of tea',
    'POST /orders DPoP two pounds of tea',
    'POST /orders DPoP two pounds of tea',
    'GET /orders/1 DPoP'
  ])
})

t.test('A login that is not bound goes to every API as bearer, and only once', async t => {
  const { logIn } = await createBoundWorld(t)
  const api = await startApi(t, knowsDpop)
  const client = await logIn({ origins: [api.url], dpop: false })
  t.equal((await client.fetch(`${api.url}/orders`)).status, 401)
  t.strictSame(api.received(), ['GET /orders Bearer'])
})

t.test('An API of the origin of the server may know no DPoP: the path says which scheme it takes', async t => {
  const { url, logIn, sent, network } = await createBoundWorld(t)
  const client = await logIn()
  const api = await startApi(t, knowsBearer)
  const behindOneProxy: typeof fetch = async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : String(input))
    return pathname.startsWith('/api/') ? await fetch(api.url + pathname, init) : await network.fetch(input, init)
  }
  const other = await logIn({ fetch: behindOneProxy })
  for (let round = 0; round < 2; round++) {
    t.equal((await other.fetch(`${url}/api/orders`, orders)).status, 200)
    t.equal((await other.fetch(`${url}/users/me`)).status, 200)
  }
  t.strictSame(api.received(), [
    'POST /api/orders DPoP two pounds of tea',
    'POST /api/orders Bearer two pounds of tea',
    'POST /api/orders Bearer two pounds of tea'
  ])
  sent()
  t.equal((await client.fetch(`${url}/users/me`)).status, 200)
  t.strictSame(sent(), ['GET /users/me DPoP'])
})

t.test('Before a stream, which can be sent once, another request learns the scheme and the nonce', async t => {
  const { logIn } = await createBoundWorld(t)
  const [old, api] = [await startApi(t, knowsBearer), await startApi(t, knowsDpop)]
  const client = await logIn({ origins: [old.url, api.url] })
  const upload = (url: string) => {
    const body = new Blob(['two pounds of tea']).stream()
    return client.fetch(`${url}/orders`, { method: 'POST', body, duplex: 'half' } as RequestInit)
  }
  for (let round = 0; round < 2; round++) {
    t.equal((await upload(old.url)).status, 200)
    t.equal((await upload(api.url)).status, 200)
  }
  t.strictSame(old.received(), [
    'HEAD /orders Bearer',
    'POST /orders Bearer two pounds of tea',
    'POST /orders Bearer two pounds of tea'
  ])
  t.strictSame(api.received(), [
    'HEAD /orders Bearer',
    'HEAD /orders DPoP',
    'HEAD /orders DPoP',
    'POST /orders DPoP two pounds of tea',
    'HEAD /orders DPoP',
    'POST /orders DPoP two pounds of tea'
  ])
})

t.test('A stream is sent even when the request before it fails, and its refusal is the answer', async t => {
  const { logIn } = await createBoundWorld(t)
  let asked = 0
  const api = await startApi(t, scheme => (asked++ === 0 ? [200] : knowsDpop(scheme, 'one')))
  const client = await logIn({
    origins: [api.url],
    fetch: async (input, init) => {
      if (init?.method === 'HEAD') throw new TypeError('fetch failed')
      return await fetch(input, init)
    }
  })
  const upload = () => {
    const body = new Blob(['two pounds of tea']).stream()
    return client.fetch(`${api.url}/orders`, { method: 'POST', body, duplex: 'half' } as RequestInit)
  }
  t.equal((await upload()).status, 200)
  t.equal((await upload()).status, 401)
  t.equal((await upload()).status, 200, 'and the next stream has the right scheme')
})

t.test('An aborted request is not sent with another proof', async t => {
  const { logIn } = await createBoundWorld(t)
  const reason = new Error('no longer needed')
  const controller = new AbortController()
  const api = await startApi(t, scheme => {
    controller.abort(reason)
    return knowsDpop(scheme, undefined)
  })
  const client = await logIn({ origins: [api.url] })
  await t.rejects(client.fetch(`${api.url}/orders`, { signal: controller.signal }), reason)
  t.strictSame(api.received().length, 1)
})

t.test('The token of one API goes there alone, with a proof where it asks for one (RFC 8707, RFC 9449 §7)', async t => {
  const api = await startApi(t, knowsDpop)
  const world = await createBoundWorld(t, { resources: [`${api.url}/orders me`, 'urn:bills me'] })
  const { url, logIn, stored } = world
  const client = await logIn({ origins: [api.url] })
  const orders = client.fetchFor(`${api.url}/orders`)
  t.equal((await orders(`${api.url}/orders/1`)).status, 200)
  t.equal((await client.fetchFor('urn:bills')(`${api.url}/bills`)).status, 200)
  await t.rejects(orders(`${url}/users/me`), /is not in the origins/, 'it is not for the server')
  const { accessToken } = stored().resources[`${api.url}/orders`]
  const refuse = await startApi(t, () => [401, { 'www-authenticate': 'Bearer error="invalid_token"' }])
  t.equal((await (await logIn({ origins: [refuse.url] })).fetchFor(`${api.url}/orders`)(`${refuse.url}/`)).status, 401)
  t.strictSame(refuse.received(), ['GET / Bearer', 'GET / Bearer'], 'a refused token is replaced once')
  t.not(stored().resources[`${api.url}/orders`].accessToken, accessToken)

  await client.signOut()
  t.equal((await orders(`${api.url}/orders/1`)).status, 401)
})

t.test('A stream is not sent again when the nonce has changed since', async t => {
  const { logIn } = await createBoundWorld(t)
  let count = 0
  const challenge = 'DPoP error="use_dpop_nonce"'
  const api = await startApi(t, () => [401, { 'www-authenticate': challenge, 'dpop-nonce': String(count++) }])
  const client = await logIn({ origins: [api.url] })
  await client.fetch(`${api.url}/orders`)
  api.received()
  const body = new Blob(['two pounds of tea']).stream()
  const answer = await client.fetch(`${api.url}/orders`, { method: 'POST', body, duplex: 'half' } as RequestInit)
  t.equal(answer.status, 401)
  t.strictSame(
    api.received().filter(request => request.startsWith('POST')),
    ['POST /orders DPoP two pounds of tea']
  )
})

t.test('The error code of a challenge is not looked for in its texts (RFC 6750 §3)', async t => {
  const { logIn } = await createBoundWorld(t)
  for (const [challenge, requests] of [
    ['Bearer error_description="write error=invalid_token, \\"error=invalid_token\\"", error="insufficient_scope"', 1],
    ['Bearer realm="error=insufficient_scope", error="invalid_token"', 2],
    ['Bearer realm="api", error=invalid_token', 2],
    ['Bearer realm="error=invalid_token"', 1]
  ] as const) {
    const api = await startApi(t, () => [401, { 'www-authenticate': challenge }])
    const client = await logIn({ origins: [api.url], dpop: false })
    t.equal((await client.fetch(`${api.url}/orders`)).status, 401)
    t.equal(api.received().length, requests, challenge)
  }
})
