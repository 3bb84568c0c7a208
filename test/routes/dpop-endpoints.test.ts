import { decodeJwt } from 'jose'
import t from 'tap'
import { build } from '../../src/app.ts'
import { basic, bearer, createApp, createUser, password, postForm, testConfig } from '../support/app.ts'
import { createDpopWorld, createProofSigner, errorOf, nonceOf, postProved, provedHeaders } from '../support/dpop.ts'
import { databaseUrl as urlOf } from '../support/engines.ts'
import { createPkce } from '../support/pkce.ts'
import { enrol } from '../support/second-factor.ts'

type Form = Record<string, string>
const alice = { username: 'alice', password }
const login = { grant_type: 'password', ...alice }
const invalidGrant = [400, 'invalid_grant']
const invalidSession = [400, 'invalid_session']

t.test('Of logins on one server', async t => {
  const world = await createDpopWorld(t)

  t.test('A code is redeemed with the key of its request, or that of dpop_jkt (RFC 9449 §10)', async t => {
    const { owner, thief, begin, redeem } = world
    const ways: Record<string, () => ReturnType<typeof begin>> = {
      'a proof': () => begin(owner),
      dpop_jkt: () => begin(undefined, { ...alice, dpop_jkt: owner.jkt }),
      both: () => begin(owner, { ...alice, dpop_jkt: owner.jkt })
    }
    for (const [name, ask] of Object.entries(ways)) {
      const { authorization_code: code } = (await ask()).json()
      for (const signer of [undefined, thief]) t.strictSame(await errorOf(redeem(signer, code)), invalidGrant, name)
      const tokens = (await redeem(owner, code)).json()
      t.strictSame(decodeJwt(tokens.access_token).cnf, { jkt: owner.jkt }, name)
    }
    const { authorization_code: unbound } = (await begin(undefined)).json()
    t.equal((await redeem(thief, unbound)).json().token_type, 'DPoP', 'an unbound code is bound by its first proof')
  })

  t.test('dpop_jkt is the thumbprint of the key of the proof (RFC 9449 §10)', async t => {
    const { owner, thief, begin } = world
    t.strictSame(await errorOf(begin(owner, { ...alice, dpop_jkt: thief.jkt })), [400, 'invalid_dpop_proof'])
    for (const dpop_jkt of ['x', `${owner.jkt}=`, `${owner.jkt}A`, owner.jkt.slice(1)])
      t.strictSame(await errorOf(begin(undefined, { ...alice, dpop_jkt })), [400, 'invalid_request'], dpop_jkt)
  })

  t.test('A step-up of a bound login needs its key (RFC 9449 §5)', async t => {
    const { owner, thief, resume, redeem, logIn, refresh, clock } = world
    const { refresh_token } = await logIn(owner)
    clock.advance(1)
    t.strictSame(await errorOf(refresh(thief, refresh_token, { max_age: '0' })), invalidGrant)
    const { auth_session } = (await refresh(owner, refresh_token, { max_age: '0' })).json()
    t.strictSame(await errorOf(resume(thief, { auth_session, password })), invalidSession)
    const named = resume(undefined, { auth_session, password, dpop_jkt: owner.jkt })
    t.strictSame(await errorOf(named), invalidSession)
    const { authorization_code: code } = (await resume(owner, { auth_session, password })).json()
    t.strictSame(await errorOf(redeem(thief, code)), invalidGrant)
    t.equal((await redeem(owner, code)).json().token_type, 'DPoP')
  })

  t.test(
    'A step-up with a proof binds the login, and a login that was bound since needs the key (RFC 9449 §5)',
    async t => {
      const { owner, resume, redeem, logIn, refresh, clock } = world
      for (const isBoundSince of [false, true]) {
        const { refresh_token } = await logIn()
        clock.advance(1)
        const { auth_session } = (await refresh(undefined, refresh_token, { max_age: '0' })).json()
        const answer = await resume(isBoundSince ? undefined : owner, { auth_session, password })
        const { authorization_code: code } = answer.json()
        if (isBoundSince) t.equal((await refresh(owner, refresh_token)).statusCode, 200)
        t.strictSame(await errorOf(redeem(undefined, code)), invalidGrant)
        const raised = (await redeem(owner, code)).json()
        t.strictSame(await errorOf(refresh(undefined, raised.refresh_token)), invalidGrant)
        t.equal((await refresh(owner, raised.refresh_token)).json().token_type, 'DPoP')
      }
    }
  )

  t.test('Revocation of a bound token reads no proof, not even a broken or an old one', async t => {
    const { app, owner, thief, logIn, post } = world
    const { access_token: caller } = await logIn(undefined, { scope: 'introspect' })
    const isActive = async (token: string) =>
      (await postForm(app, '/introspect', { token }, bearer(caller))).json().active
    const old = owner.prove({ htm: 'POST', htu: 'https://auth.example.com/revoke', iat: 0 })
    for (const revoke of [
      ...['no proof', old].map(dpop => (token: string) => postForm(app, '/revoke', { token }, { dpop })),
      ...[undefined, owner, thief].map(signer => (token: string) => post(signer, '/revoke', { token }))
    ]) {
      const { refresh_token } = await logIn(owner)
      const answer = await revoke(refresh_token)
      t.equal(answer.statusCode, 200)
      t.notOk(await isActive(refresh_token))
    }
  })

  t.test('A client with dpop_bound_access_tokens always proves a key (RFC 9449 §5.2)', async t => {
    const { app, owner, begin, redeem, post, refresh, logIn } = world
    const grants = ['password', 'refresh_token', 'authorization_code']
    const { client } = await app.clientAdmin.create({ name: 'spa', confidential: false, grants, scopes: ['me'] })
    const as = { client_id: client.id }
    const { refresh_token, access_token } = await logIn(undefined, as)
    const { authorization_code: before } = (await begin(undefined, { ...alice, ...as })).json()
    await app.clientAdmin.update(client.id, { dpop_bound_access_tokens: true })
    const payload = { current_password: password, new_password: `${password} too` }
    const headers = bearer(access_token)
    const unbound = await app.inject({ method: 'PUT', url: '/users/me/password', payload, headers })
    t.equal(unbound.statusCode, 409, 'a new password brings no bearer token either')
    t.equal((await app.inject({ url: '/users/me', headers })).statusCode, 200, 'nothing ends')

    for (const refusal of [
      await post(undefined, '/token', { ...login, ...as }),
      await refresh(undefined, refresh_token, as),
      await redeem(undefined, before, as),
      await begin(undefined, { ...alice, ...as })
    ]) {
      t.strictSame([refusal.statusCode, refusal.json().error], [400, 'invalid_dpop_proof'])
      t.equal(refusal.headers['dpop-nonce'], nonceOf(app))
    }
    t.equal((await refresh(owner, refresh_token, as)).json().token_type, 'DPoP', 'its logins are bound one by one')
    t.equal((await begin(owner, { ...alice, ...as })).statusCode, 200)
    t.equal((await begin(undefined, { ...alice, ...as, dpop_jkt: owner.jkt })).statusCode, 200)
    t.equal((await redeem(owner, before, as)).statusCode, 200)

    await app.clientAdmin.update(client.id, { dpop_bound_access_tokens: false })
    t.equal((await logIn(undefined, as)).token_type, 'Bearer')
  })
})

t.test('An auth session whose key was only named continues with the name, until a proof comes', async t => {
  const { owner, thief, begin, resume, redeem, ...world } = await createDpopWorld(t)
  const factor = await enrol(world)
  const { jkt: dpop_jkt } = owner
  const asked = async (answer: ReturnType<typeof begin>) => (await answer).json().auth_session
  const auth_session = await asked(begin(undefined, { ...alice, dpop_jkt }))
  const otp = factor.code()
  for (const [signer, form] of [
    [undefined, {}],
    [thief, {}],
    [undefined, { dpop_jkt: thief.jkt }]
  ] as const)
    t.strictSame(await errorOf(resume(signer, { auth_session, otp, ...form })), invalidSession)
  const proved = await asked(resume(owner, { auth_session }))
  const named = resume(undefined, { auth_session: proved, otp, dpop_jkt })
  t.strictSame(await errorOf(named), invalidSession, 'after a proof')
  const again = await asked(resume(undefined, { auth_session, dpop_jkt }))
  const { authorization_code: code } = (await resume(undefined, { auth_session: again, otp, dpop_jkt })).json()
  t.strictSame(await errorOf(redeem(undefined, code)), invalidGrant)
  t.equal((await redeem(owner, code)).statusCode, 200)
  world.clock.advance(60)
  const next = await asked(begin(undefined, { ...alice, dpop_jkt }))
  t.equal((await resume(owner, { auth_session: next, otp: factor.code() })).statusCode, 200, 'with a proof')
})

t.test('Introspection names the key of access and refresh tokens (RFC 9449 §6.2)', async t => {
  const { app, owner, logIn } = await createDpopWorld(t)
  const { access_token: caller } = await logIn(undefined, { scope: 'introspect' })
  const describe = async (token: string) => (await postForm(app, '/introspect', { token }, bearer(caller))).json()
  const bound = await logIn(owner)
  t.match(await describe(bound.access_token), { active: true, token_type: 'DPoP', cnf: { jkt: owner.jkt } })
  t.match(await describe(bound.refresh_token), { token_type: 'refresh_token', cnf: { jkt: owner.jkt } })
  const unbound = await logIn()
  for (const token of [unbound.access_token, unbound.refresh_token]) t.notOk('cnf' in (await describe(token)))
  const logins = await app.inject({ url: '/users/me/sessions', headers: bearer(unbound.access_token) })
  const isBound = logins.json().items.map((session: { dpop_bound: boolean }) => session.dpop_bound)
  t.strictSame(isBound.sort(), [false, false, true], 'a login says whether it is bound')
})

t.test('A new password keeps the key of the login (RFC 9449 §5)', async t => {
  const { app, owner, thief, logIn, refresh } = await createDpopWorld(t)
  const grants = ['password', 'refresh_token']
  const made = await app.clientAdmin.create({ name: 'web', confidential: true, grants, scopes: ['me'] })
  const url = '/users/me/password'
  let current_password = password
  for (const [as, status] of [
    [{}, 400],
    [basic(made.client.id, String(made.secret)), 200]
  ] as const) {
    const { access_token } = await logIn(owner, { password: current_password }, as)
    const payload = { current_password, new_password: `${current_password} too` }
    const headers = provedHeaders(app, owner, ['PUT', url], access_token)
    const answer = await app.inject({ method: 'PUT', url, payload, headers })
    current_password = payload.new_password
    t.match(answer.json(), { token_type: 'DPoP' }, answer.body)
    t.strictSame(decodeJwt(answer.json().access_token).cnf, { jkt: owner.jkt })
    t.equal((await refresh(thief, answer.json().refresh_token, {}, as)).statusCode, status)
  }
})

t.test('DPOP=off issues no token to a client that needs bound ones (RFC 9449 §5.2)', async t => {
  const { app, owner, begin, post } = await createDpopWorld(t, { dpop: 'off' })
  const grants = ['password', 'authorization_code']
  const made = { name: 'spa', confidential: false, grants, scopes: ['me'], dpop_bound_access_tokens: true }
  const { client } = await app.clientAdmin.create(made)
  const as = { client_id: client.id }
  for (const signer of [undefined, owner])
    for (const answer of [post(signer, '/token', { ...login, ...as }), begin(signer, { ...alice, ...as })])
      t.strictSame(await errorOf(answer), [400, 'unauthorized_client'])
})

t.test('DPOP=off ignores dpop_jkt, and ends auth sessions and codes of a key', async t => {
  const databaseUrl = await urlOf(t)
  const { clock, owner, begin } = await createDpopWorld(t, { databaseUrl })
  const { auth_session } = (await begin(owner, {})).json()
  const { authorization_code: code } = (await begin(owner)).json()
  t.equal(typeof code, 'string')
  const off = await build({ config: testConfig({ databaseUrl, dpop: 'off' }), now: clock.now })
  t.teardown(() => off.close())
  const { challenge, code_verifier } = createPkce()
  const ask = (form: Form) => postForm(off, '/authorize-challenge', { ...challenge, ...form })
  t.strictSame(await errorOf(ask({ auth_session, ...alice })), invalidSession)
  const redemption = { grant_type: 'authorization_code', code, code_verifier }
  t.strictSame(await errorOf(postForm(off, '/token', redemption)), invalidGrant)
  const unbound = await ask({ response_type: 'code', ...alice, dpop_jkt: 'no thumbprint' })
  const redeemed = await postForm(off, '/token', { ...redemption, code: unbound.json().authorization_code })
  t.equal(redeemed.json().token_type, 'Bearer')
})

t.test('A retry whose proof cannot be remembered is answered, and the log says so', async t => {
  const lines: string[] = []
  const logger = { stream: { write: (line: string) => void lines.push(line) } } as never
  const { app } = await createApp(t, { logLevel: 'error' }, { logger })
  await createUser(app)
  const owner = createProofSigner()
  const { refresh_token } = (await postProved(app, owner, '/token', login)).json()
  const refresh = () => postProved(app, owner, '/token', { grant_type: 'refresh_token', refresh_token })
  await refresh()
  app.db.spent.add = async () => {
    throw new Error('the store is ill')
  }
  t.equal((await refresh()).json().token_type, 'DPoP')
  t.match(
    lines.map(line => JSON.parse(line)),
    [{ msg: 'failed to remember a DPoP proof', err: { message: 'the store is ill' } }]
  )
})
