import type { FastifyInstance } from 'fastify'
import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { basic, bearer, createUser, password, postForm } from '../support/app.ts'
import { createProofSigner, nonceOf, postProved, proofClaims, provedHeaders } from '../support/dpop.ts'
import { createIdentityWorld, exchange } from '../support/identities.ts'
import { exchangeGrant, personalTokenType } from '../support/personal-tokens.ts'
import { createPkce } from '../support/pkce.ts'

type Form = Record<string, string>

/** An app with a request of every grant; each is new, and made with proofs unless `isPlain`. */
async function createGrants(t: Test, dpop: Config['dpop'], { isPlain = false } = {}) {
  const { app, clock, idToken } = await createIdentityWorld(t, { dpop })
  await createUser(app)
  const signer = createProofSigner()
  const post = (path: string, form: Form) => (isPlain ? postForm(app, path, form) : postProved(app, signer, path, form))
  const made = { confidential: true, grants: ['client_credentials'], scopes: ['me'] }
  const job = await app.clientAdmin.create({ name: 'job', ...made })
  const script = await app.clientAdmin.create({ ...made, name: 'script', confidential: false, grants: [exchangeGrant] })
  const { challenge, code_verifier } = createPkce()

  const logIn = { grant_type: 'password', username: 'alice', password }
  const tokens = async () => (await post('/token', logIn)).json()
  const codeOf = async (form: Form) => {
    const { authorization_code: code } = (await post('/authorize-challenge', { ...challenge, ...form })).json()
    return { grant_type: 'authorization_code', code, code_verifier }
  }
  const refresh = (refresh_token: string) => ({ grant_type: 'refresh_token', refresh_token })

  const forms: Record<string, () => Promise<Form>> = {
    password: async () => logIn,
    code: () => codeOf({ response_type: 'code', username: 'alice', password }),
    async 'step-up code'() {
      const { refresh_token } = await tokens()
      clock.advance(1)
      const { auth_session } = (await post('/token', { ...refresh(refresh_token), max_age: '0' })).json()
      return codeOf({ auth_session, password })
    },
    refresh: async () => refresh((await tokens()).refresh_token),
    async retry() {
      const { refresh_token } = await tokens()
      await post('/token', refresh(refresh_token))
      return refresh(refresh_token)
    },
    'client credentials': async () => ({
      grant_type: 'client_credentials',
      client_id: job.client.id,
      client_secret: String(job.secret)
    }),
    async 'personal access token'() {
      const { access_token, token_type } = await tokens()
      const url = '/users/me/tokens'
      const headers =
        token_type === 'DPoP' ? provedHeaders(app, signer, ['POST', url], access_token) : bearer(access_token)
      const created = await app.inject({ method: 'POST', url, headers, payload: { name: 'nightly' } })
      return {
        grant_type: exchangeGrant,
        subject_token: created.json().token,
        subject_token_type: personalTokenType,
        client_id: script.client.id
      }
    },
    'ID token': async () => ({ ...exchange, subject_token: idToken() })
  }
  return { app, signer, forms }
}

/** Lets a node run beside `app` that does not know DPoP. Resolves to what stops it. */
async function startOldNode({ db, nodeFeatures, clock }: FastifyInstance) {
  const [startedAt, seenAt] = [clock.now(), clock.now()]
  await db.nodes.renew({ id: 'old', host: 'b', version: '0.2.0', runtime: '', startedAt, seenAt, features: [] })
  await nodeFeatures.read()
  return async () => {
    await db.nodes.remove('old')
    await nodeFeatures.read()
  }
}

const cnfOf = ({ access_token }: { access_token: string }) => decodeJwt(access_token).cnf

t.test('Every grant binds its tokens to the key of the proof, once for each proof (RFC 9449 §5, §11.1)', async t => {
  const { app, signer, forms } = await createGrants(t, 'optional')
  for (const [name, make] of Object.entries(forms)) {
    const form = await make()
    const claims = proofClaims(app, ['POST', '/token'])
    const send = (changes: object) => postForm(app, '/token', form, { dpop: signer.prove({ ...claims, ...changes }) })
    const asked = await send({ nonce: 'of another server' })
    t.match([asked.statusCode, asked.json().error], [400, 'use_dpop_nonce'], name)
    t.equal(asked.headers['dpop-nonce'], nonceOf(app), 'the refusal has the nonce (§8)')
    t.equal(asked.headers['cache-control'], 'no-store')

    const both = await Promise.all([send({}), send({})])
    const [answer, refused] = both.sort((a, b) => a.statusCode - b.statusCode)
    t.equal(answer.statusCode, 200, `${name}: ${answer.body}`)
    t.equal(answer.json().token_type, 'DPoP', `${name} (§5)`)
    t.strictSame(cnfOf(answer.json()), { jkt: signer.jkt }, `${name} (§6.1)`)
    t.equal(answer.headers['dpop-nonce'], nonceOf(app), 'the next nonce, ahead of time (§8.2)')
    for (const again of [refused, await send({})]) {
      t.match([again.statusCode, again.json().error], [400, 'invalid_dpop_proof'], `${name}: at once, and later`)
      t.match(again.json().error_description, /already used/)
    }
  }
})

t.test('Without a proof, or with DPOP=off, every grant gives bearer tokens (RFC 9449 §5)', async t => {
  for (const [dpop, headers] of [
    ['optional', {}],
    ['off', { dpop: 'no proof' }]
  ] as const) {
    const { app, forms } = await createGrants(t, dpop, { isPlain: true })
    for (const [name, make] of Object.entries(forms)) {
      const answer = await postForm(app, '/token', await make(), headers)
      t.equal(answer.json().token_type, 'Bearer', `${name}: ${answer.body}`)
      t.equal(cnfOf(answer.json()), undefined, name)
      t.notOk('dpop-nonce' in answer.headers)
    }
  }
})

t.test('While a node does not know DPoP, a proof binds only what has to be bound', async t => {
  const { app, signer, forms } = await createGrants(t, 'optional')
  const refresh = async (refresh_token: string) =>
    (await postProved(app, signer, '/token', { grant_type: 'refresh_token', refresh_token })).json()
  const logIn = { grant_type: 'password', username: 'alice', password }
  const bound = (await postProved(app, signer, '/token', logIn)).json()
  const metadata = async () => (await app.inject('/.well-known/oauth-authorization-server')).json()
  const known = await metadata()

  const stop = await startOldNode(app)
  for (const [name, make] of Object.entries(forms)) {
    const answer = await postProved(app, signer, '/token', await make())
    t.equal(answer.json().token_type, 'Bearer', `${name}: ${answer.body}`)
    t.equal(cnfOf(answer.json()), undefined, name)
  }
  const { dpop_signing_alg_values_supported: _, ...rest } = known
  t.strictSame(await metadata(), rest, 'clients do not begin with proofs')
  t.equal((await refresh(bound.refresh_token)).token_type, 'DPoP', 'a bound login stays bound')
  const grants = ['password']
  const made = { name: 'spa', confidential: false, grants, scopes: ['me'], dpop_bound_access_tokens: true }
  const { client } = await app.clientAdmin.create(made)
  const strict = await postProved(app, signer, '/token', { ...logIn, client_id: client.id })
  t.equal(strict.json().token_type, 'DPoP', 'a client that requires it')
  const { refresh_token } = (await postProved(app, signer, '/token', logIn)).json()

  await stop()
  const next = await refresh(refresh_token)
  t.equal(next.token_type, 'DPoP', 'the next refresh binds a login of that time')
  t.match((await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: next.refresh_token })).json(), {
    error: 'invalid_grant'
  })
  t.strictSame(await metadata(), known)
})

t.test('DPOP=required binds every token, whatever other nodes know', async t => {
  const { app, signer, forms } = await createGrants(t, 'required')
  await startOldNode(app)
  for (const make of [forms.password, forms.refresh])
    t.equal((await postProved(app, signer, '/token', (await make?.()) ?? {})).json().token_type, 'DPoP')
})

t.test('DPOP=required refuses every grant without a proof (RFC 9449 §5)', async t => {
  const { app, signer, forms } = await createGrants(t, 'required')
  for (const [name, make] of Object.entries(forms)) {
    const form = await make()
    const { statusCode, headers, ...answer } = await postForm(app, '/token', form)
    t.match([statusCode, answer.json().error], [400, 'invalid_dpop_proof'], name)
    t.equal(headers['dpop-nonce'], nonceOf(app), 'the nonce of the first proof')
    t.equal((await postProved(app, signer, '/token', form)).json().token_type, 'DPoP', `${name}, not used up`)
  }
  const unknown = { ...basic('c_01890000-0000-7000-8000-000000000000', 'wrong'), dpop: 'no proof' }
  const answer = await postForm(app, '/token', { grant_type: 'client_credentials' }, unknown)
  t.match(answer.json(), { error: 'invalid_client' }, 'a client authenticates before its proof is read')
})
