import t from 'tap'
import { createApp } from '../support/app.ts'
import { nonceOf } from '../support/dpop.ts'
import { metadataOf } from '../support/metadata.ts'

t.test('The metadata describes the running server, and may be cached (RFC 8414 §2, §3)', async t => {
  const { app } = await createApp(t, { docs: 'on' })
  const answer = await app.inject('/.well-known/oauth-authorization-server')
  t.equal(answer.statusCode, 200)
  t.match(answer.headers['content-type'], /^application\/json/)
  t.equal(answer.headers['cache-control'], 'public, max-age=300')
  t.strictSame(answer.json(), metadataOf('https://auth.example.com'))
})

t.test('The metadata have the nonce of the first proof, also when they have not changed (RFC 9449 §8.2)', async t => {
  const { app, clock } = await createApp(t)
  const url = '/.well-known/oauth-authorization-server'
  const first = await app.inject(url)
  t.equal(first.headers['dpop-nonce'], nonceOf(app))
  clock.advance(600)
  const again = await app.inject({ url, headers: { 'if-none-match': String(first.headers.etag) } })
  t.equal(again.statusCode, 304)
  t.equal(again.headers['dpop-nonce'], nonceOf(app))
  t.not(again.headers['dpop-nonce'], first.headers['dpop-nonce'])
  const { app: off } = await createApp(t, { dpop: 'off' })
  t.notOk('dpop-nonce' in (await off.inject(url)).headers)
})

t.test('The JWKS contains public keys only, with a lifetime and an ETag (RFC 7517 §5, RFC 9110 §8.8.3)', async t => {
  const { app } = await createApp(t)
  const answer = await app.inject('/.well-known/jwks.json')
  const { kid } = app.keys.signer()
  const [key] = answer.json().keys
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['cache-control'], 'public, max-age=300')
  t.strictSame(answer.json(), {
    keys: [{ kty: 'EC', crv: 'P-256', x: key.x, y: key.y, kid, alg: 'ES256', use: 'sig' }]
  })
  t.match(key, { x: /^.{43}$/, y: /^.{43}$/ })

  const again = await app.inject({
    url: '/.well-known/jwks.json',
    headers: { 'if-none-match': String(answer.headers.etag) }
  })
  t.equal(again.statusCode, 304)
  t.equal(again.body, '')
  await app.keys.rotate()
  const rotated = await app.inject({
    url: '/.well-known/jwks.json',
    headers: { 'if-none-match': String(answer.headers.etag) }
  })
  t.equal(rotated.statusCode, 200)
  t.equal(rotated.json().keys.length, 2)
})

t.test('The JWKS of every algorithm has exactly the public members (RFC 7518 §6)', async t => {
  for (const [signingAlg, members] of [
    ['RS256', ['alg', 'e', 'kid', 'kty', 'n', 'use']],
    ['EdDSA', ['alg', 'crv', 'kid', 'kty', 'use', 'x']],
    ['Ed25519', ['alg', 'crv', 'kid', 'kty', 'use', 'x']]
  ] as const) {
    const { app } = await createApp(t, { signingAlg })
    const [key] = (await app.inject('/.well-known/jwks.json')).json().keys
    t.strictSame([key.alg, Object.keys(key).sort()], [signingAlg, members])
  }
})
