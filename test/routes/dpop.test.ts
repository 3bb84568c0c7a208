import { generateKeyPairSync } from 'node:crypto'
import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import { build } from '../../src/app.ts'
import { nonceStepMs } from '../../src/auth/dpop/nonces.ts'
import type { Config } from '../../src/config/config.ts'
import { basic, bearer, createApp, createUser, password, postForm, testConfig } from '../support/app.ts'
import {
  createProofSigner,
  nonceOf,
  type ProofSigner,
  postProved,
  proofClaims,
  provedHeaders
} from '../support/dpop.ts'
import { databaseUrl } from '../support/engines.ts'
import { select as selectFrom } from '../support/select.ts'
import { execute } from '../support/store.ts'

const logIn = { grant_type: 'password', username: 'alice', password }

/** An app with alice, a key and a thief's key, and requests with the proofs of a key or, without one, without proof. */
async function createWorld(t: Test, settings: Partial<Config> = {}) {
  const made = await createApp(t, settings)
  const { app } = made
  await createUser(app, 'alice', ['me', 'introspect'])
  const post = (signer: ProofSigner | undefined, path: string, form: Record<string, string>, headers = {}) =>
    signer ? postProved(app, signer, path, form, headers) : postForm(app, path, form, headers)
  return {
    ...made,
    post,
    owner: createProofSigner(),
    thief: createProofSigner(),
    logIn: async (signer?: ProofSigner, form: Record<string, string> = {}) =>
      (await post(signer, '/token', { ...logIn, ...form })).json(),
    refresh: (signer: ProofSigner | undefined, refresh_token: string, form: Record<string, string> = {}) =>
      post(signer, '/token', { grant_type: 'refresh_token', refresh_token, ...form }),
    me: (headers: Record<string, string>) => app.inject({ url: '/users/me', headers }),
    events: async (action: string) =>
      (await app.audit.page({ limit: 100 })).items.filter(event => event.action === action)
  }
}

const errorOf = async (answer: Promise<{ statusCode: number; json(): { error?: string } }>) => {
  const { statusCode, json } = await answer
  return [statusCode, json().error]
}
const invalidGrant = [400, 'invalid_grant']
const select = (url: string) => selectFrom(url, 'SELECT id FROM spent')
const publicJwk = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })

t.test('a login that began with a proof is bound to its key (RFC 9449 §5, §6.1, §7.1)', async t => {
  const { app, owner, thief, logIn, refresh, me } = await createWorld(t)
  for (const alg of ['ES256', 'Ed25519', 'EdDSA', 'RS256'] as const) {
    const signer = createProofSigner(alg)
    const { access_token, refresh_token } = await logIn(signer)
    t.equal((await me(provedHeaders(app, signer, ['GET', '/users/me'], access_token))).statusCode, 200, alg)
    t.equal((await refresh(signer, refresh_token)).json().token_type, 'DPoP', alg)
  }
  const { access_token, refresh_token } = await logIn(owner)
  t.strictSame(await errorOf(refresh(undefined, refresh_token)), invalidGrant, 'no key')
  t.strictSame(await errorOf(refresh(thief, refresh_token)), invalidGrant, 'another key')
  const refreshed = (await refresh(owner, refresh_token)).json()
  t.strictSame(decodeJwt(refreshed.access_token).cnf, { jkt: owner.jkt })

  const own = await me(provedHeaders(app, owner, ['GET', '/users/me'], access_token))
  t.equal(own.statusCode, 200)
  t.equal(own.headers['dpop-nonce'], nonceOf(app))
  for (const headers of [
    bearer(access_token),
    { authorization: `DPoP ${access_token}` },
    provedHeaders(app, thief, ['GET', '/users/me'], access_token),
    { authorization: `DPoP ${access_token}`, dpop: owner.prove(proofClaims(app, ['GET', '/users/me'])) }
  ])
    t.equal((await me(headers)).statusCode, 401)
})

t.test('a thief without the key cannot end a bound login, and leaves one event an hour (RFC 9449 §5)', async t => {
  const { app, owner, thief, logIn, refresh, me, events, clock } = await createWorld(t, {
    limits: ['refresh=5']
  })
  const { refresh_token: first, access_token } = await logIn(owner)
  const { refresh_token: second } = (await refresh(owner, first)).json()
  clock.advance(60)
  for (let n = 0; n < 5; n++)
    for (const stolen of [first, second])
      for (const signer of [undefined, thief]) t.strictSame(await errorOf(refresh(signer, stolen)), invalidGrant)
  t.equal((await me(provedHeaders(app, owner, ['GET', '/users/me'], access_token))).statusCode, 200)
  t.equal((await refresh(owner, second)).statusCode, 200, 'the thief has used up none of its refreshes')
  const { sid } = decodeJwt(access_token)
  const found = await events('token.key_refused')
  t.match(found, [{ actor: null, subject: decodeJwt(access_token).sub, ip: '127.0.0.1', detail: { session: sid } }])
  clock.advance(3600)
  await refresh(thief, second)
  t.equal((await events('token.key_refused')).length, 2)
})

t.test('the owner of the key who uses an old token ends the login, as without a key (RFC 9700 §4.14.2)', async t => {
  const { owner, logIn, refresh, clock, events } = await createWorld(t)
  const { refresh_token: first } = await logIn(owner)
  const { refresh_token: second } = (await refresh(owner, first)).json()
  clock.advance(31)
  t.strictSame(await errorOf(refresh(owner, first)), invalidGrant)
  t.strictSame(await errorOf(refresh(owner, second)), invalidGrant)
  t.equal((await events('token.reuse_detected')).length, 1)
})

t.test('the first proof binds a login that began without one (RFC 9449 §5)', async t => {
  const { app, owner, logIn, refresh, me } = await createWorld(t)
  const { access_token, refresh_token: first } = await logIn()
  const { refresh_token: second, token_type } = (await refresh(owner, first)).json()
  t.equal(token_type, 'DPoP')
  t.equal((await me(bearer(access_token))).statusCode, 200, 'the old access token is a bearer token until its end')
  t.strictSame(await errorOf(refresh(undefined, second)), invalidGrant)
  t.equal((await refresh(owner, first)).statusCode, 200, 'a retry with the key')
  t.equal((await refresh(owner, second)).statusCode, 200)
  t.equal((await app.sessions.ofUser(String(decodeJwt(access_token).sub)))[0]?.jkt, owner.jkt)
})

t.test('a thief who binds a login is found out when its owner refreshes (RFC 9700 §4.14.2)', async t => {
  for (const seconds of [1, 60])
    for (const withKey of [false, true]) {
      const { owner, thief, logIn, refresh, clock, events } = await createWorld(t)
      const { refresh_token: copied } = await logIn()
      const { refresh_token: bound } = (await refresh(thief, copied)).json()
      clock.advance(seconds)
      t.strictSame(await errorOf(refresh(withKey ? owner : undefined, copied)), invalidGrant)
      t.strictSame(await errorOf(refresh(thief, bound)), invalidGrant, `ended after ${seconds} s`)
      t.match(await events('token.reuse_detected'), [{ actor: null }])
    }
})

t.test('a bound token stays bound where the database has lost its last refresh', async t => {
  const { owner, thief, logIn, refresh, config } = await createWorld(t)
  const { refresh_token: first } = await logIn()
  const { refresh_token: second } = (await refresh(owner, first)).json()
  await execute(config.databaseUrl, 'UPDATE sessions SET jkt = NULL, counter = 0')
  for (const signer of [undefined, thief]) t.strictSame(await errorOf(refresh(signer, second)), invalidGrant)
})

t.test('refresh tokens of a confidential client are not bound, its access tokens are (RFC 9449 §5)', async t => {
  const { app, owner, thief, post, events } = await createWorld(t)
  const grants = ['password', 'refresh_token']
  const { client, secret } = await app.clientAdmin.create({
    name: 'web',
    confidential: true,
    grants,
    scopes: ['me']
  })
  const headers = basic(client.id, String(secret))
  const begun = (await post(owner, '/token', logIn, headers)).json()
  t.strictSame(decodeJwt(begun.access_token).cnf, { jkt: owner.jkt })
  let { refresh_token } = begun
  for (const [signer, cnf] of [
    [thief, { jkt: thief.jkt }],
    [undefined, undefined]
  ] as const) {
    const answer = await post(signer, '/token', { grant_type: 'refresh_token', refresh_token }, headers)
    t.strictSame(decodeJwt(answer.json().access_token).cnf, cnf)
    refresh_token = answer.json().refresh_token
  }
  t.strictSame(await events('token.key_refused'), [])
})

t.test('a proof that is replayed at another node is refused (RFC 9449 §11.1)', async t => {
  const url = await databaseUrl(t)
  const { app, owner, clock } = await createWorld(t, { databaseUrl: url })
  const other = await build({ config: testConfig({ databaseUrl: url }), now: clock.now })
  t.teardown(() => other.close())
  const send = (node: typeof app, dpop: string) => postForm(node, '/token', logIn, { dpop })
  const dpop = owner.prove(proofClaims(app, ['POST', '/token']))
  t.equal((await send(app, dpop)).statusCode, 200)
  t.strictSame(await errorOf(send(other, dpop)), [400, 'invalid_dpop_proof'])

  const second = owner.prove(proofClaims(app, ['POST', '/token']))
  const both = await Promise.all([send(app, second), send(other, second)])
  t.strictSame(both.map(({ statusCode }) => statusCode).sort(), [200, 400], 'two nodes at once')
})

t.test('a proof is remembered until it has expired, and then deleted (RFC 9449 §11.1)', async t => {
  const { app, owner, clock, config, logIn } = await createWorld(t)
  await logIn(owner)
  await app.db.spent.prune(clock.now())
  t.match(await select(config.databaseUrl), [{ id: /^dpop:/ }])
  clock.advance(91)
  await app.db.spent.prune(clock.now())
  t.strictSame(await select(config.databaseUrl), [])
})

t.test('a refused request remembers no proof', async t => {
  const { owner, post, config, logIn: begin } = await createWorld(t)
  for (const form of [
    { ...logIn, password: 'wrong horse battery staple' },
    { ...logIn, scope: 'no:scope' }
  ])
    t.ok((await post(owner, '/token', form)).statusCode >= 400)
  await post(owner, '/token', { grant_type: 'refresh_token', refresh_token: 'x' })
  t.strictSame(await select(config.databaseUrl), [])
  t.equal((await begin(owner)).token_type, 'DPoP')
})

t.test('the nonces of two minutes, of a node ahead and of SECOND_SECRET are accepted (RFC 9449 §8)', async t => {
  const { app, owner, clock } = await createWorld(t)
  const send = async (nonce: unknown, node = app) => {
    const dpop = owner.prove({ ...proofClaims(node, ['POST', '/token']), nonce })
    const { statusCode, headers, ...answer } = await postForm(node, '/token', logIn, { dpop })
    t.equal(headers['dpop-nonce'], nonceOf(node))
    return statusCode === 200 ? 200 : answer.json().error
  }
  const nonce = nonceOf(app)
  clock.advance(nonceStepMs / 1000)
  t.equal(await send(nonce), 200, 'one step old')
  clock.advance(nonceStepMs / 1000)
  t.equal(await send(nonce), 'use_dpop_nonce', 'two steps old')
  for (const wrong of [undefined, '', 1, 'x', nonce.replace(/\d+/, digits => String(Number(digits) + 2))])
    t.equal(await send(wrong), 'use_dpop_nonce', String(wrong))

  const secrets = { secret: 'a new secret of the tests, of 32 bytes', secondSecret: testConfig().secret }
  const changed = await createApp(t, secrets)
  await createUser(changed.app)
  const next = nonceOf(changed.app)
  t.not(nonce, next)
  t.equal(await send(nonce, changed.app), 200, 'a nonce of SECOND_SECRET')
  t.equal(await send(next), 'use_dpop_nonce', 'a nonce of another secret')
})

t.test('every check of RFC 9449 §4.3 refuses at /token, and a right proof passes', async t => {
  const { app, owner } = await createWorld(t)
  const claims = () => proofClaims(app, ['POST', '/token'])
  const { iat } = claims()
  const refused: Record<string, string> = {
    'two headers': `${owner.prove(claims())}, ${owner.prove(claims())}`,
    'more than 4 KB': owner.prove({ ...claims(), filling: 'x'.repeat(4096) }),
    'no JWT': 'x',
    'no header': '',
    typ: owner.prove(claims(), { typ: 'JWT' }),
    'alg none': owner.prove(claims(), { alg: 'none' }),
    'alg HS256': owner.prove(claims(), { alg: 'HS256' }),
    crit: owner.prove(claims(), { crit: ['b64'] }),
    'no jwk': owner.prove(claims(), { jwk: undefined }),
    'the key of another': owner.prove(claims(), { jwk: publicJwk() }),
    'no htm': owner.prove({ ...claims(), htm: undefined }),
    'another htm': owner.prove({ ...claims(), htm: 'GET' }),
    'another path': owner.prove({ ...claims(), htu: 'https://auth.example.com/revoke' }),
    'another host': owner.prove({ ...claims(), htu: 'https://evil.example/token' }),
    'another port': owner.prove({ ...claims(), htu: 'https://auth.example.com:8443/token' }),
    http: owner.prove({ ...claims(), htu: 'http://auth.example.com/token' }),
    'a query': owner.prove({ ...claims(), htu: 'https://auth.example.com/token?' }),
    'a minute ahead': owner.prove({ ...claims(), iat: iat + 60 }),
    'a minute late': owner.prove({ ...claims(), iat: iat - 60 }),
    'no jti': owner.prove({ ...claims(), jti: undefined })
  }
  for (const [name, dpop] of Object.entries(refused)) {
    const answer = await postForm(app, '/token', logIn, { dpop })
    t.match([answer.statusCode, answer.json().error], [400, 'invalid_dpop_proof'], name)
    t.equal(answer.headers['dpop-nonce'], nonceOf(app), name)
    t.notOk('www-authenticate' in answer.headers, name)
  }
  // The Host header is no part of the URL.
  const dpop = owner.prove({ ...claims(), htu: 'https://evil.example/token' })
  const host = { host: 'evil.example', 'x-forwarded-host': 'evil.example', dpop }
  t.equal((await postForm(app, '/token', logIn, host)).json().error, 'invalid_dpop_proof')
  const normal = owner.prove({ ...claims(), htu: 'HTTPS://Auth.Example.com:443/%74oken' })
  t.equal((await postForm(app, '/token', logIn, { dpop: normal })).statusCode, 200)
  t.equal((await postForm(app, '/token?x=1', logIn, { dpop: owner.prove(claims()) })).statusCode, 200)
})

t.test('DPOP=off ends bound logins, and accepts no bound token (RFC 9449 §5, §7.1)', async t => {
  const url = await databaseUrl(t, 'sqlite')
  const { app, owner, logIn, clock } = await createWorld(t, { databaseUrl: url })
  const { access_token, refresh_token } = await logIn(owner)
  const off = await build({ config: testConfig({ databaseUrl: url, dpop: 'off' }), now: clock.now })
  t.teardown(() => off.close())
  const refresh = { grant_type: 'refresh_token', refresh_token }
  t.strictSame(await errorOf(postForm(off, '/token', refresh)), invalidGrant)
  t.strictSame(await errorOf(postProved(off, owner, '/token', refresh)), invalidGrant)
  const headers = provedHeaders(app, owner, ['GET', '/users/me'], access_token)
  const answer = await off.inject({ url: '/users/me', headers })
  t.equal(answer.statusCode, 401)
  t.match(answer.headers['www-authenticate'], /^Bearer /)
  t.notOk((await off.audit.page({ limit: 100 })).items.some(({ action }) => action === 'token.key_refused'))
  t.equal((await app.inject({ url: '/users/me', headers })).statusCode, 200)
})
