import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import t from 'tap'
import { createUser, logIn } from '../support/app.ts'
import { createClock } from '../support/clocks.ts'
import { startServer } from '../support/server.ts'

t.test('Jose with a JWKS cached for its max-age verifies every token across a key rotation', async t => {
  const clock = createClock()
  const { app, url } = await startServer(t, { keyRotation: 0, accessTokenTtl: 600 }, clock.now)
  await createUser(app)
  const token = async () => (await logIn(app)).access_token

  // A service that verifies offline and fetches the JWKS again only after its max-age, by the test's clock.
  let fetches = 0
  let fetchedAt = clock.now()
  const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`), {
    cooldownDuration: Number.POSITIVE_INFINITY,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    [customFetch]: async (address, options) => {
      fetches++
      fetchedAt = clock.now()
      const answer = await fetch(address, options)
      t.equal(answer.headers.get('cache-control'), 'public, max-age=300')
      return answer
    }
  })
  const verifiedBy = async (token: string) => {
    if (clock.now().getTime() - fetchedAt.getTime() >= 300_000) await keys.reload()
    const options = { typ: 'at+jwt', issuer: url, audience: url, currentDate: clock.now() }
    return (await jwtVerify(token, keys, options)).protectedHeader.kid
  }

  const [oldKid = ''] = app.keys.jwks().keys.map(key => key.kid)
  t.equal(await verifiedBy(await token()), oldKid, 'before the rotation')

  await app.keys.rotate()
  const newKid = app.keys.jwks().keys.find(key => key.kid !== oldKid)?.kid
  t.ok(newKid, 'the new key is published at once')
  t.equal(await verifiedBy(await token()), oldKid, 'and does not sign yet: caches may lack it')

  clock.advance(299)
  t.equal(await verifiedBy(await token()), oldKid, 'the service still has the first JWKS')
  t.equal(fetches, 1)
  clock.advance(20)
  const lastOld = await token()
  t.equal(await verifiedBy(lastOld), oldKid, 'a second before the new key signs')

  clock.advance(1)
  t.equal(await verifiedBy(await token()), newKid, 'once every cached JWKS has it, the new key signs')
  t.equal(await verifiedBy(lastOld), oldKid, 'and the old one still verifies')
  t.equal(fetches, 2, 'no fetch besides the expected one')

  clock.advance(598)
  t.equal(await verifiedBy(lastOld), oldKid, 'until the last token that it signed expires')
  clock.advance(2)
  await t.rejects(verifiedBy(lastOld), { code: 'ERR_JWT_EXPIRED' })

  clock.advance(320)
  await app.keys.maintain()
  t.same(
    app.keys.jwks().keys.map(key => key.kid),
    [newKid],
    'then the old key is gone from the JWKS'
  )
  t.equal(await verifiedBy(await token()), newKid)
})
