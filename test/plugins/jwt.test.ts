import { constants, sign } from 'node:crypto'
import t from 'tap'
import { StoreError } from '../../src/store/errors.ts'
import { digestOf } from '../../src/wire/jwk.ts'
import { bearer, createApp, createUser, logIn } from '../support/app.ts'
import { assertProblem } from '../support/problem.ts'

t.test('A failing key store during a key look-up is 503, not a bad token (never a false 401)', async t => {
  const { app, clock } = await createApp(t)
  await createUser(app)
  const { access_token } = await logIn(app)
  const [head = '', ...rest] = access_token.split('.')
  const header = { ...JSON.parse(Buffer.from(head, 'base64url').toString()), kid: 'not-known-yet' }
  const unknown = [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.')
  clock.advance(2)
  app.db.keys.published = () => Promise.reject(new StoreError('unavailable', 'gone'))
  const answer = await app.inject({ url: '/users/me', headers: bearer(unknown) })
  assertProblem(t, answer, 503, '/users/me', {
    detail: 'The database is unavailable. Try again in a moment.'
  })
  t.equal((await app.inject({ url: '/users/me', headers: bearer(access_token) })).statusCode, 200)
})

t.test('Each key is used with exactly one algorithm (draft-ietf-oauth-rfc8725bis §3.1, RFC 9864 §2)', async t => {
  for (const [signingAlg, other] of [
    ['EdDSA', 'Ed25519'],
    ['Ed25519', 'EdDSA'],
    ['RS256', 'PS256'],
    ['ES256', 'Ed25519'],
    ['ES256', 'EdDSA']
  ] as const) {
    const { app } = await createApp(t, { signingAlg })
    await createUser(app)
    const { access_token } = await logIn(app)
    const [, payload] = access_token.split('.')
    const { kid, alg, privatePem } = app.keys.signer()
    t.equal(alg, signingAlg)
    const signed = (alg: string) => {
      const input = `${Buffer.from(JSON.stringify({ alg, typ: 'at+jwt', kid })).toString('base64url')}.${payload}`
      const pss = alg === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {}
      const key = { key: privatePem, dsaEncoding: 'ieee-p1363', ...pss } as const
      return `${input}.${sign(digestOf(signingAlg), Buffer.from(input), key).toString('base64url')}`
    }
    const ask = async (alg: string) => (await app.inject({ url: '/users/me', headers: bearer(signed(alg)) })).statusCode
    t.equal(await ask(signingAlg), 200)
    t.equal(await ask(other), 401, `${other} with a key of ${signingAlg}`)
  }
})
