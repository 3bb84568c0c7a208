import t, { type Test } from 'tap'
import cors from '../../../plugins/http/cors.ts'
import { createApp } from '../../support/app.ts'
import { bareFastify } from '../../support/plugins.ts'

const page = 'https://app.example.com'

async function withOrigins(t: Test, origins: string[]) {
  const { app } = bareFastify(t)
  await app.register(cors, { origins })
  app.get('/', async () => 'x')
  return app
}

t.test('By default, pages of other origins cannot read answers', async t => {
  const app = await withOrigins(t, [])
  const answer = await app.inject({ url: '/', headers: { origin: page } })
  t.strictSame(
    Object.keys(answer.headers).filter(name => name.startsWith('access-control-')),
    []
  )
})

t.test('Only pages of allowed origins can read answers (Fetch §3.2)', async t => {
  const app = await withOrigins(t, [page, 'http://localhost:5173'])
  for (const [origin, allowed] of [
    [page, page],
    ['http://localhost:5173', 'http://localhost:5173'],
    ['https://app.example.com.evil.example', undefined],
    ['http://app.example.com', undefined],
    ['null', undefined]
  ] as const) {
    const { headers } = await app.inject({ url: '/', headers: { origin } })
    t.equal(headers['access-control-allow-origin'], allowed, origin)
    t.equal(headers['access-control-allow-credentials'], undefined, 'no cookies are used')
    t.match(headers.vary, /Origin/)
  }
})

t.test('* allows every page (setting CORS_ORIGINS)', async t => {
  const app = await withOrigins(t, ['*'])
  const { headers } = await app.inject({ url: '/', headers: { origin: page } })
  t.equal(headers['access-control-allow-origin'], '*')
  t.equal(
    headers['access-control-expose-headers'],
    'WWW-Authenticate, Retry-After, Location, Link, ETag, X-Request-Id, DPoP-Nonce, Date'
  )
})

t.test('A preflight is answered for /token, /revoke, the account and the documents', async t => {
  const { app } = await createApp(t, { corsOrigins: [page] })
  for (const [url, method] of [
    ['/token', 'POST'],
    ['/revoke', 'POST'],
    ['/users', 'POST'],
    ['/users/me', 'PATCH'],
    ['/users/me/password', 'PUT'],
    ['/users/me/sessions/x', 'DELETE'],
    ['/.well-known/jwks.json', 'GET'],
    ['/.well-known/oauth-authorization-server', 'GET']
  ] as const) {
    const answer = await app.inject({
      method: 'OPTIONS',
      url,
      headers: {
        origin: page,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization'
      }
    })
    // A 204 must not have Content-Length, which the plugin sends (RFC 9110 §8.6).
    t.equal(answer.statusCode, 200, `${method} ${url}`)
    t.equal(answer.headers['content-length'], '0')
    t.equal(answer.headers['access-control-allow-origin'], page, url)
    t.match(answer.headers['access-control-allow-methods'], method, url)
    t.equal(
      answer.headers['access-control-allow-headers'],
      'Authorization, Content-Type, DPoP, If-Match, X-Requested-With',
      url
    )
    t.equal(answer.headers['access-control-max-age'], '600', url)
  }
  const refused = await app.inject({ url: '/users/me', headers: { origin: page } })
  t.equal(refused.statusCode, 401)
  t.equal(refused.headers['access-control-allow-origin'], page, 'the page can read the error')
})
