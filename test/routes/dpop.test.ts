import { decodeJwt } from 'jose'
import t from 'tap'
import { build } from '../../src/app.ts'
import { basic, bearer, password, postForm, testConfig } from '../support/app.ts'
import { createDpopWorld, errorOf, nonceOf, proofClaims, provedHeaders } from '../support/dpop.ts'
import { databaseUrl } from '../support/engines.ts'
import { select as selectFrom } from '../support/select.ts'
import { execute } from '../support/store.ts'

const logIn = { grant_type: 'password', username: 'alice', password }
const invalidGrant = [400, 'invalid_grant']
const select = (url: string) => selectFrom(url, 'SELECT id FROM spent')

t.test('A thief without the key cannot end a bound login, and leaves one event an hour (RFC 9449 §5)', async t => {
  const { app, owner, thief, logIn, refresh, events, clock } = await createDpopWorld(t, { limits: ['refresh=5'] })
  const { refresh_token: first, access_token } = await logIn(owner)
  const answer = (await refresh(owner, first)).json()
  const { refresh_token: second } = answer
  t.strictSame(decodeJwt(answer.access_token).cnf, { jkt: owner.jkt })
  clock.advance(60)
  for (let n = 0; n < 3; n++)
    for (const stolen of [first, second])
      for (const signer of [undefined, thief]) t.strictSame(await errorOf(refresh(signer, stolen)), invalidGrant)
  const headers = provedHeaders(app, owner, ['GET', '/users/me'], access_token)
  t.equal((await app.inject({ url: '/users/me', headers })).statusCode, 200)
  t.equal((await refresh(owner, second)).statusCode, 200, 'the thief has used up none of its refreshes')
  const { sid } = decodeJwt(access_token)
  const found = await events('token.key_refused')
  t.match(found, [{ actor: null, subject: decodeJwt(access_token).sub, ip: '127.0.0.1', detail: { session: sid } }])
  clock.advance(3600)
  await refresh(thief, second)
  t.equal((await events('token.key_refused')).length, 2)
})

t.test('The owner of the key who uses an old token ends the login, as without a key (RFC 9700 §4.14.2)', async t => {
  const { owner, logIn, refresh, clock, events } = await createDpopWorld(t)
  const { refresh_token: first } = await logIn(owner)
  const { refresh_token: second } = (await refresh(owner, first)).json()
  clock.advance(31)
  t.strictSame(await errorOf(refresh(owner, first)), invalidGrant)
  t.strictSame(await errorOf(refresh(owner, second)), invalidGrant)
  t.equal((await events('token.reuse_detected')).length, 1)
})

t.test('The first proof binds a login that began without one (RFC 9449 §5)', async t => {
  const { app, owner, logIn, refresh } = await createDpopWorld(t)
  const { access_token, refresh_token: first } = await logIn()
  const { refresh_token: second, token_type } = (await refresh(owner, first)).json()
  t.equal(token_type, 'DPoP')
  const old = await app.inject({ url: '/users/me', headers: bearer(access_token) })
  t.equal(old.statusCode, 200, 'the old access token is a bearer token until its end')
  t.strictSame(await errorOf(refresh(undefined, second)), invalidGrant)
  t.equal((await refresh(owner, first)).statusCode, 200, 'a retry with the key')
  t.equal((await refresh(owner, second)).statusCode, 200)
  t.equal((await app.sessions.ofUser(String(decodeJwt(access_token).sub)))[0]?.jkt, owner.jkt)
})

t.test('A thief who binds a login is found out when its owner refreshes (RFC 9700 §4.14.2)', async t => {
  const { owner, thief, logIn, refresh, clock, events } = await createDpopWorld(t)
  for (const seconds of [1, 60])
    for (const signer of [undefined, owner]) {
      const { refresh_token: copied } = await logIn()
      const { refresh_token: bound } = (await refresh(thief, copied)).json()
      clock.advance(seconds)
      t.strictSame(await errorOf(refresh(signer, copied)), invalidGrant)
      t.strictSame(await errorOf(refresh(thief, bound)), invalidGrant, `ended after ${seconds} s`)
    }
  const detected = await events('token.reuse_detected')
  t.strictSame(
    detected.map(({ actor }) => actor),
    [null, null, null, null]
  )
})

t.test('A bound token stays bound where the database has lost its last refresh', async t => {
  const { owner, thief, logIn, refresh, config } = await createDpopWorld(t)
  const { refresh_token: first } = await logIn()
  const { refresh_token: second } = (await refresh(owner, first)).json()
  await execute(config.databaseUrl, 'UPDATE sessions SET jkt = NULL, counter = 0')
  for (const signer of [undefined, thief]) t.strictSame(await errorOf(refresh(signer, second)), invalidGrant)
})

t.test('Refresh tokens of a confidential client are not bound, its access tokens are (RFC 9449 §5)', async t => {
  const { app, owner, thief, logIn, refresh, events } = await createDpopWorld(t)
  const grants = ['password', 'refresh_token']
  const made = await app.clientAdmin.create({ name: 'web', confidential: true, grants, scopes: ['me'] })
  const headers = basic(made.client.id, String(made.secret))
  let { access_token, refresh_token } = await logIn(owner, {}, headers)
  t.strictSame(decodeJwt(access_token).cnf, { jkt: owner.jkt })
  for (const signer of [thief, undefined]) {
    ;({ access_token, refresh_token } = (await refresh(signer, refresh_token, {}, headers)).json())
    t.strictSame(decodeJwt(access_token).cnf, signer && { jkt: signer.jkt })
  }
  t.strictSame(await events('token.key_refused'), [])
})

t.test('A proof that is replayed at another node is refused (RFC 9449 §11.1)', async t => {
  const url = await databaseUrl(t)
  const { app, owner, clock } = await createDpopWorld(t, { databaseUrl: url })
  const other = await build({ config: testConfig({ databaseUrl: url }), now: clock.now })
  t.teardown(() => other.close())
  const send = (node: typeof app, dpop: string) => postForm(node, '/token', logIn, { dpop })
  const [dpop, second] = [1, 2].map(() => owner.prove(proofClaims(app, ['POST', '/token']))) as [string, string]
  t.equal((await send(app, dpop)).statusCode, 200)
  t.strictSame(await errorOf(send(other, dpop)), [400, 'invalid_dpop_proof'])
  const both = await Promise.all([send(app, second), send(other, second)])
  t.strictSame(both.map(({ statusCode }) => statusCode).sort(), [200, 400], 'two nodes at once')
})

t.test('A proof is remembered until it has expired, and then deleted (RFC 9449 §11.1)', async t => {
  const { app, owner, post, clock, config, logIn: begin } = await createDpopWorld(t)
  for (const form of [
    { ...logIn, password: 'wrong horse battery staple' },
    { ...logIn, scope: 'no:scope' },
    { grant_type: 'refresh_token', refresh_token: 'x' }
  ])
    t.ok((await post(owner, '/token', form)).statusCode >= 400)
  t.strictSame(await select(config.databaseUrl), [], 'not that of a refused request')
  await begin(owner)
  await app.db.spent.prune(clock.now())
  t.match(await select(config.databaseUrl), [{ id: /^dpop:/ }])
  clock.advance(91)
  await app.db.spent.prune(clock.now())
  t.strictSame(await select(config.databaseUrl), [])
})

t.test('A proof that breaks a check of RFC 9449 §4.3 is refused at both OAuth endpoints', async t => {
  const { app, owner } = await createDpopWorld(t)
  const faults: unknown[] = []
  for (const [path, form] of [
    ['/token', logIn],
    ['/authorize-challenge', { response_type: 'code' }]
  ] as const) {
    const prove = (changes: object = {}) => owner.prove({ ...proofClaims(app, ['POST', path]), ...changes })
    const evil = { htu: `https://evil.example${path}` }
    const refused: [name: string, headers: Record<string, string>, error?: string][] = [
      ['no JWT', { dpop: 'x' }],
      ['an empty header', { dpop: '' }],
      ['htm', { dpop: prove({ htm: 'GET' }) }],
      ['htu', { dpop: prove({ htu: 'https://auth.example.com/revoke' }) }],
      ['the Host', { dpop: prove(evil), host: 'evil.example', 'x-forwarded-host': 'evil.example' }],
      ['iat', { dpop: prove({ iat: proofClaims(app, ['POST', path]).iat - 31 }) }],
      ['nonce', { dpop: prove({ nonce: undefined }) }, 'use_dpop_nonce']
    ]
    for (const [name, headers, error = 'invalid_dpop_proof'] of refused) {
      const answer = await postForm(app, path, form, headers)
      const isRight =
        answer.statusCode === 400 &&
        answer.json().error === error &&
        answer.headers['dpop-nonce'] === nonceOf(app) &&
        !('www-authenticate' in answer.headers)
      if (!isRight) faults.push([path, name, answer.statusCode, answer.body, answer.headers])
    }
  }
  t.strictSame(faults, [])
  const dpop = owner.prove({ ...proofClaims(app, ['POST', '']), htu: 'HTTPS://Auth.Example.com:443/%74oken' })
  t.equal((await postForm(app, '/token?x=1', logIn, { dpop })).statusCode, 200)
})
