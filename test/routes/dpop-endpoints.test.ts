import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import { build } from '../../src/app.ts'
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
import { databaseUrl as urlOf } from '../support/engines.ts'
import { createPkce } from '../support/pkce.ts'
import { enrol } from '../support/second-factor.ts'

type Form = Record<string, string>
const alice = { username: 'alice', password }
const logIn = { grant_type: 'password', ...alice }

/** An app with alice, two keys, and requests with the proof of a key or, without one, without proof. */
async function createWorld(t: Test, settings: Partial<Config> = {}) {
  const made = await createApp(t, settings)
  const { app } = made
  await createUser(app, 'alice', ['me', 'introspect'])
  const { challenge, code_verifier } = createPkce()
  const post = (signer: ProofSigner | undefined, path: string, form: Form, headers: Form = {}) =>
    signer ? postProved(app, signer, path, form, headers) : postForm(app, path, form, headers)
  return {
    ...made,
    post,
    owner: createProofSigner(),
    thief: createProofSigner(),
    begin: (signer: ProofSigner | undefined, form: Form = alice) =>
      post(signer, '/authorize-challenge', { response_type: 'code', ...challenge, ...form }),
    resume: (signer: ProofSigner | undefined, form: Form) =>
      post(signer, '/authorize-challenge', { ...challenge, ...form }),
    redeem: (signer: ProofSigner | undefined, code: string, form: Form = {}) =>
      post(signer, '/token', { grant_type: 'authorization_code', code, code_verifier, ...form }),
    enter: async (signer?: ProofSigner, form: Form = {}, headers: Form = {}) =>
      (await post(signer, '/token', { ...logIn, ...form }, headers)).json()
  }
}

type Answered = { statusCode: number; json(): { error?: string } }
const errorOf = ({ statusCode, json }: Answered) => [statusCode, json().error]
const isActive = (answer: { json(): { active: boolean } }) => answer.json().active

t.test('a code is redeemed with the key of its request, or that of dpop_jkt (RFC 9449 §10)', async t => {
  const { owner, thief, begin, redeem } = await createWorld(t)
  const ways: Record<string, () => ReturnType<typeof begin>> = {
    'a proof': () => begin(owner),
    dpop_jkt: () => begin(undefined, { ...alice, dpop_jkt: owner.jkt }),
    both: () => begin(owner, { ...alice, dpop_jkt: owner.jkt })
  }
  for (const [name, ask] of Object.entries(ways)) {
    const { authorization_code: code } = (await ask()).json()
    for (const signer of [undefined, thief])
      t.strictSame(
        errorOf(await redeem(signer, code)),
        [400, 'invalid_grant'],
        `${name}: ${signer ? 'another' : 'no'} key`
      )
    const tokens = (await redeem(owner, code)).json()
    t.strictSame(decodeJwt(tokens.access_token).cnf, { jkt: owner.jkt }, name)
  }
  const { authorization_code: unbound } = (await begin(undefined)).json()
  t.equal((await redeem(thief, unbound)).json().token_type, 'DPoP', 'an unbound code is bound by its first proof')
})

t.test('dpop_jkt is the thumbprint of the key of the proof (RFC 9449 §10)', async t => {
  const { owner, thief, begin } = await createWorld(t)
  const wrong = await begin(owner, { ...alice, dpop_jkt: thief.jkt })
  t.strictSame(errorOf(wrong), [400, 'invalid_dpop_proof'])
  for (const dpop_jkt of ['x', `${owner.jkt}=`, `${owner.jkt}A`, owner.jkt.slice(1)])
    t.strictSame(errorOf(await begin(undefined, { ...alice, dpop_jkt })), [400, 'invalid_request'], dpop_jkt)
})

t.test('an auth session is continued with its key (draft-ietf-oauth-first-party-apps §9.6.1)', async t => {
  const { owner, thief, begin, resume, redeem, ...world } = await createWorld(t)
  const factor = await enrol(world)
  const { auth_session } = (await begin(owner)).json()
  const otp = factor.code()
  for (const [signer, form] of [
    [undefined, {}],
    [thief, {}],
    [undefined, { dpop_jkt: thief.jkt }],
    [undefined, { dpop_jkt: owner.jkt }]
  ] as const)
    t.strictSame(errorOf(await resume(signer, { auth_session, otp, ...form })), [400, 'invalid_session'])
  const { authorization_code: code } = (await resume(owner, { auth_session, otp })).json()
  t.strictSame(errorOf(await redeem(thief, code)), [400, 'invalid_grant'])
  t.equal((await redeem(owner, code)).statusCode, 200)

  world.clock.advance(60)
  const asked = await world.post(owner, '/token', logIn)
  t.equal(asked.statusCode, 403)
  const form = { auth_session: asked.json().auth_session, otp: factor.code() }
  t.strictSame(errorOf(await resume(thief, form)), [400, 'invalid_session'], 'that of /token')
  const named = await resume(undefined, { ...form, dpop_jkt: owner.jkt })
  t.strictSame(errorOf(named), [400, 'invalid_session'], 'that of /token, with the name of its key')
  t.equal((await resume(owner, form)).statusCode, 200)
})

t.test('an auth session whose key was only named continues with the name, until a proof comes', async t => {
  const { owner, thief, begin, resume, redeem, ...world } = await createWorld(t)
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
    t.strictSame(errorOf(await resume(signer, { auth_session, otp, ...form })), [400, 'invalid_session'])
  const proved = await asked(resume(owner, { auth_session }))
  const wrong = await resume(undefined, { auth_session: proved, otp, dpop_jkt })
  t.strictSame(errorOf(wrong), [400, 'invalid_session'], 'after a proof')
  const again = await asked(resume(undefined, { auth_session, dpop_jkt }))
  const { authorization_code: code } = (await resume(undefined, { auth_session: again, otp, dpop_jkt })).json()
  t.strictSame(errorOf(await redeem(undefined, code)), [400, 'invalid_grant'])
  t.equal((await redeem(owner, code)).statusCode, 200)
  world.clock.advance(60)
  const named = await asked(begin(undefined, { ...alice, dpop_jkt }))
  t.equal((await resume(owner, { auth_session: named, otp: factor.code() })).statusCode, 200, 'with a proof')
})

t.test('a step-up of a bound login needs its key (RFC 9449 §5)', async t => {
  const { owner, thief, resume, redeem, enter, post, clock } = await createWorld(t)
  const { refresh_token } = await enter(owner)
  clock.advance(1)
  const ask = { grant_type: 'refresh_token', refresh_token, max_age: '0' }
  t.strictSame(errorOf(await post(thief, '/token', ask)), [400, 'invalid_grant'])
  const { auth_session } = (await post(owner, '/token', ask)).json()
  t.strictSame(errorOf(await resume(thief, { auth_session, password })), [400, 'invalid_session'])
  const named = await resume(undefined, { auth_session, password, dpop_jkt: owner.jkt })
  t.strictSame(errorOf(named), [400, 'invalid_session'])
  const { authorization_code: code } = (await resume(owner, { auth_session, password })).json()
  t.strictSame(errorOf(await redeem(thief, code)), [400, 'invalid_grant'])
  t.equal((await redeem(owner, code)).json().token_type, 'DPoP')
})

t.test('a step-up with a proof binds the login (RFC 9449 §5)', async t => {
  const { owner, resume, redeem, enter, post, clock } = await createWorld(t)
  const { refresh_token } = await enter()
  clock.advance(1)
  const refresh = { grant_type: 'refresh_token', refresh_token }
  const { auth_session } = (await post(undefined, '/token', { ...refresh, max_age: '0' })).json()
  const { authorization_code: code } = (await resume(owner, { auth_session, password })).json()
  const raised = (await redeem(owner, code)).json()
  const next = { grant_type: 'refresh_token', refresh_token: raised.refresh_token }
  t.strictSame(errorOf(await post(undefined, '/token', next)), [400, 'invalid_grant'])
  t.equal((await post(owner, '/token', next)).json().token_type, 'DPoP')
})

t.test('a login that is bound after its step-up began needs the key too (RFC 9449 §5)', async t => {
  const { owner, resume, redeem, enter, post, clock } = await createWorld(t)
  const { refresh_token } = await enter()
  clock.advance(1)
  const refresh = { grant_type: 'refresh_token', refresh_token }
  const { auth_session } = (await post(undefined, '/token', { ...refresh, max_age: '0' })).json()
  const { authorization_code: code } = (await resume(undefined, { auth_session, password })).json()
  t.equal((await post(owner, '/token', refresh)).statusCode, 200)
  t.strictSame(errorOf(await redeem(undefined, code)), [400, 'invalid_grant'])
  t.equal((await redeem(owner, code)).statusCode, 200)
})

t.test('introspection names the key of access and refresh tokens (RFC 9449 §6.2)', async t => {
  const { app, owner, enter } = await createWorld(t)
  const { access_token: caller } = await enter(undefined, { scope: 'introspect' })
  const describe = async (token: string) => (await postForm(app, '/introspect', { token }, bearer(caller))).json()
  const bound = await enter(owner)
  t.match(await describe(bound.access_token), { active: true, token_type: 'DPoP', cnf: { jkt: owner.jkt } })
  t.match(await describe(bound.refresh_token), { token_type: 'refresh_token', cnf: { jkt: owner.jkt } })
  const unbound = await enter()
  t.notOk('cnf' in (await describe(unbound.access_token)))
  t.notOk('cnf' in (await describe(unbound.refresh_token)))
})

t.test('a bound access token introspects only with a proof (RFC 9449 §7.1)', async t => {
  const { app, owner, thief, enter } = await createWorld(t)
  const { access_token: caller } = await enter(owner, { scope: 'introspect' })
  const { access_token: plain } = await enter(undefined, { scope: 'introspect' })
  const ask = (headers: Form) => postForm(app, '/introspect', { token: plain }, headers)
  const proved = (signer: ProofSigner) => provedHeaders(app, signer, ['POST', '/introspect'], caller)
  const answer = await ask(proved(owner))
  t.ok(isActive(answer), answer.body)
  t.equal(answer.headers['dpop-nonce'], nonceOf(app))
  const { nonce: _, ...claims } = proofClaims(app, ['POST', '/introspect'], { token: caller })
  const wrong: Record<string, [Form, string]> = {
    'as Bearer': [bearer(caller), 'invalid_token'],
    'without a proof': [{ authorization: `DPoP ${caller}` }, 'invalid_dpop_proof'],
    'with another key': [proved(thief), 'invalid_token'],
    'with a proof of another path': [provedHeaders(app, owner, ['POST', '/token'], caller), 'invalid_dpop_proof'],
    'without a nonce': [{ authorization: `DPoP ${caller}`, dpop: owner.prove(claims) }, 'use_dpop_nonce'],
    'unbound as DPoP': [{ ...proved(owner), authorization: `DPoP ${plain}` }, 'invalid_token']
  }
  for (const [name, [headers, error]] of Object.entries(wrong)) {
    const refused = await ask(headers)
    t.strictSame(errorOf(refused), [401, error], name)
    t.match(refused.headers['www-authenticate'], new RegExp(`^DPoP .*error="${error}"`), name)
    const nonce = /^DPoP/.test(String(headers.authorization)) ? nonceOf(app) : undefined
    t.equal(refused.headers['dpop-nonce'], nonce, name)
  }
  t.match((await ask(proved(thief))).headers['www-authenticate'], /algs="ES256 Ed25519 EdDSA RS256"$/)
  t.notOk((await app.audit.page({ limit: 100 })).items.some(({ action }) => /failed/.test(action)))
})

t.test('revocation of a bound token reads no proof, not even a broken or an old one', async t => {
  const { app, owner, thief, enter, post } = await createWorld(t)
  const { access_token: caller } = await enter(undefined, { scope: 'introspect' })
  const active = async (token: string) => isActive(await postForm(app, '/introspect', { token }, bearer(caller)))
  for (const dpop of ['no proof', owner.prove({ htm: 'POST', htu: 'https://auth.example.com/revoke', iat: 0 })]) {
    const { refresh_token: token } = await enter(owner)
    const answer = await postForm(app, '/revoke', { token }, { dpop })
    t.strictSame([answer.statusCode, answer.headers['dpop-nonce']], [200, nonceOf(app)])
    t.notOk(await active(token))
  }
  for (const signer of [undefined, owner, thief]) {
    const { refresh_token } = await enter(owner)
    t.equal((await post(signer, '/revoke', { token: refresh_token })).statusCode, 200)
    t.notOk(await active(refresh_token))
  }
})

t.test('a new password keeps the key of the login (RFC 9449 §5)', async t => {
  const { app, owner, thief, enter, post } = await createWorld(t)
  const grants = ['password', 'refresh_token']
  const made = await app.clientAdmin.create({ name: 'web', confidential: true, grants, scopes: ['me'] })
  const confidential = basic(made.client.id, String(made.secret))
  const url = '/users/me/password'
  let current_password = password
  for (const as of [{}, confidential]) {
    const { access_token } = await enter(owner, { password: current_password }, as)
    const payload = { current_password, new_password: `${current_password} too` }
    const put = (headers: Form) => app.inject({ method: 'PUT', url, payload, headers })
    t.equal((await put(bearer(access_token))).statusCode, 401, 'as Bearer')
    t.equal((await put(provedHeaders(app, thief, ['PUT', url], access_token))).statusCode, 401, 'another key')
    const answer = await put(provedHeaders(app, owner, ['PUT', url], access_token))
    current_password = payload.new_password
    t.match(answer.json(), { token_type: 'DPoP' }, answer.body)
    t.strictSame(decodeJwt(answer.json().access_token).cnf, { jkt: owner.jkt })
    const refresh = { grant_type: 'refresh_token', refresh_token: answer.json().refresh_token }
    const isConfidential = as === confidential
    t.equal((await post(thief, '/token', refresh, as)).statusCode, isConfidential ? 200 : 400)
  }
})

t.test('a login says whether it is bound', async t => {
  const { app, owner, enter } = await createWorld(t)
  const { access_token } = await enter()
  await enter(owner)
  const answer = await app.inject({ url: '/users/me/sessions', headers: bearer(access_token) })
  t.strictSame(
    answer
      .json()
      .items.map((session: { dpop_bound: boolean }) => session.dpop_bound)
      .sort(),
    [false, true]
  )
})

t.test('a client with dpop_bound_access_tokens always proves a key (RFC 9449 §5.2)', async t => {
  const { app, owner, begin, redeem, post, enter } = await createWorld(t)
  const grants = ['password', 'refresh_token', 'authorization_code']
  const { client } = await app.clientAdmin.create({ name: 'spa', confidential: false, grants, scopes: ['me'] })
  const as = { client_id: client.id }
  const { refresh_token, access_token } = await enter(undefined, as)
  const { authorization_code: before } = (await begin(undefined, { ...alice, ...as })).json()
  await app.clientAdmin.update(client.id, { dpop_bound_access_tokens: true })
  const change = { current_password: password, new_password: `${password} too` }
  const unbound = {
    method: 'PUT' as const,
    url: '/users/me/password',
    payload: change,
    headers: bearer(access_token)
  }
  t.equal((await app.inject(unbound)).statusCode, 409, 'a new password brings no bearer token either')
  t.equal((await app.inject({ url: '/users/me', headers: bearer(access_token) })).statusCode, 200, 'nothing ends')

  const refresh = { grant_type: 'refresh_token', refresh_token, ...as }
  const refusals = {
    login: await post(undefined, '/token', { ...logIn, ...as }),
    refresh: await post(undefined, '/token', refresh),
    code: await redeem(undefined, before, as),
    challenge: await begin(undefined, { ...alice, ...as })
  }
  for (const [name, answer] of Object.entries(refusals)) {
    t.strictSame(errorOf(answer), [400, 'invalid_dpop_proof'], name)
    t.equal(answer.headers['dpop-nonce'], nonceOf(app), name)
  }
  t.equal((await post(owner, '/token', refresh)).json().token_type, 'DPoP', 'its logins are bound one by one')
  t.equal((await begin(owner, { ...alice, ...as })).statusCode, 200)
  t.equal((await begin(undefined, { ...alice, ...as, dpop_jkt: owner.jkt })).statusCode, 200)
  t.equal((await redeem(owner, before, as)).statusCode, 200)

  await app.clientAdmin.update(client.id, { dpop_bound_access_tokens: false })
  t.equal((await post(undefined, '/token', { ...logIn, ...as })).json().token_type, 'Bearer')
})

t.test('DPOP=off issues no token to a client that needs bound ones (RFC 9449 §5.2)', async t => {
  const { app, owner, begin, post } = await createWorld(t, { dpop: 'off' })
  const grants = ['password', 'authorization_code']
  const made = { name: 'spa', confidential: false, grants, scopes: ['me'], dpop_bound_access_tokens: true }
  const { client } = await app.clientAdmin.create(made)
  for (const signer of [undefined, owner]) {
    const form = { ...alice, client_id: client.id }
    t.strictSame(errorOf(await post(signer, '/token', { ...form, grant_type: 'password' })), [
      400,
      'unauthorized_client'
    ])
    t.strictSame(errorOf(await begin(signer, form)), [400, 'unauthorized_client'])
  }
})

t.test('DPOP=off ignores dpop_jkt, and ends auth sessions and codes of a key', async t => {
  const databaseUrl = await urlOf(t, 'sqlite')
  const { clock, owner, begin } = await createWorld(t, { databaseUrl })
  const { auth_session } = (await begin(owner, {})).json()
  const { authorization_code: code } = (await begin(owner)).json()
  t.equal(typeof code, 'string')
  const off = await build({ config: testConfig({ databaseUrl, dpop: 'off' }), now: clock.now })
  t.teardown(() => off.close())
  const { challenge, code_verifier } = createPkce()
  const ask = (form: Form) => postForm(off, '/authorize-challenge', { ...challenge, ...form })
  t.strictSame(errorOf(await ask({ auth_session, ...alice })), [400, 'invalid_session'])
  const redemption = { grant_type: 'authorization_code', code, code_verifier }
  t.strictSame(errorOf(await postForm(off, '/token', redemption)), [400, 'invalid_grant'])
  const unbound = await ask({ response_type: 'code', ...alice, dpop_jkt: 'no thumbprint' })
  const redeemed = await postForm(off, '/token', { ...redemption, code: unbound.json().authorization_code })
  t.equal(redeemed.json().token_type, 'Bearer')
})

t.test('a retry whose proof cannot be remembered is answered, and the log says so', async t => {
  const lines: string[] = []
  const logger = { stream: { write: (line: string) => void lines.push(line) } } as never
  const { app } = await createApp(t, { logLevel: 'error' }, { logger })
  await createUser(app)
  const owner = createProofSigner()
  const { refresh_token } = (await postProved(app, owner, '/token', logIn)).json()
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
