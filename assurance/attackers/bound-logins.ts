import { sha256 } from '../../src/base/secrets.ts'
import { bearer, password } from '../../test/support/app.ts'
import { createProofSigner, type ProofSigner } from '../../test/support/dpop.ts'
import { createPkce } from '../../test/support/pkce.ts'
import { type Answer, type Attacker, type Attempt, claimsOf, refusal } from './attacker.ts'
import { issuer } from './world.ts'

const aim = 'another account'
type Form = Record<string, string>

/** The nonce that the server asks for. */
const nonceOf = async ({ ask }: Attacker) =>
  String((await ask('/revoke', { form: { token: 'x' }, headers: { dpop: 'x' }, expect: [200] })).headers['dpop-nonce'])

/** A proof of `signer` for a request, with a new nonce. */
async function proofFor(attacker: Attacker, signer: ProofSigner, [method, path]: [string, string], token?: string) {
  const jti = String(attacker.random.below(1e15))
  const claims = { jti, htm: method, htu: issuer + path, iat: Math.floor(Date.now() / 1000) }
  return signer.prove({ ...claims, nonce: await nonceOf(attacker), ...(token && { ath: sha256(token) }) })
}

/** Posts a form with a new proof of `signer`. */
const postAs = async (attacker: Attacker, signer: ProofSigner, path: string, form: Form, expect: readonly number[]) =>
  attacker.ask(path, { form, headers: { dpop: await proofFor(attacker, signer, ['POST', path]) }, expect })

/** A login that its owner has bound to a key, and everything of it that a thief may copy, but for the key. */
async function boundLogin(attacker: Attacker) {
  const [owner, { username }, { challenge, code_verifier }] = [
    createProofSigner(),
    await attacker.recruit(),
    createPkce()
  ]
  const first = (await postAs(attacker, owner, '/token', { grant_type: 'password', username, password }, [200])).json
  const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token }
  const usedProof = await proofFor(attacker, owner, ['POST', '/token'])
  const second = (await attacker.ask('/token', { form: refresh, headers: { dpop: usedProof }, expect: [200] })).json
  const begin = { response_type: 'code', ...challenge }
  const { auth_session } = (await postAs(attacker, owner, '/authorize-challenge', begin, [403])).json
  const { authorization_code: code } = (
    await postAs(attacker, owner, '/authorize-challenge', { ...begin, username, password }, [200])
  ).json
  const { access_token } = second
  const resourceProof = await proofFor(attacker, owner, ['GET', '/users/me'], access_token)
  return {
    owner,
    username,
    access_token: String(access_token),
    tokens: [first.refresh_token, second.refresh_token].map(String),
    latest: String(second.refresh_token),
    authSession: { auth_session, username, password, ...challenge },
    redemption: { grant_type: 'authorization_code', code, code_verifier },
    usedProof,
    resourceProof
  }
}

/** Fails unless the owner's login is as it was: refreshes, with the key that it began with. */
async function assertUnharmed(
  attacker: Attacker,
  { owner, latest, access_token }: Awaited<ReturnType<typeof boundLogin>>
) {
  const form = { grant_type: 'refresh_token', refresh_token: latest }
  const { json } = await postAs(attacker, owner, '/token', form, [200])
  if (claimsOf(json.access_token).cnf.jkt !== owner.jkt) throw new Error('the login has another key')
  const dpop = await proofFor(attacker, owner, ['GET', '/users/me'], access_token)
  await attacker.ask('/users/me', { headers: { authorization: `DPoP ${access_token}`, dpop }, expect: [200] })
}

const without = (answer: Answer, what: string) => {
  if (answer.status < 300) throw new Error(`${what} works without the key`)
}

/** Attempts of a thief who has copied everything of a bound login but its key. */
export const boundLoginAttempts: Attempt[] = [
  {
    aim,
    name: 'use each token of a bound login without its key, with another key, and with proofs of its owner',
    async run(attacker) {
      const { ask } = attacker
      const stolen = await boundLogin(attacker)
      const { access_token: token, owner } = stolen
      const thief = createProofSigner()
      const forms: [string, Form][] = [
        ...stolen.tokens.map((refresh_token): [string, Form] => [
          '/token',
          { grant_type: 'refresh_token', refresh_token }
        ]),
        ['/authorize-challenge', stolen.authSession],
        ['/token', stolen.redemption],
        ['/token', { grant_type: 'refresh_token', refresh_token: stolen.latest, max_age: '0' }]
      ]
      for (const [path, form] of forms) {
        without(await ask(path, { form }), `${path} ${form.grant_type}`)
        without(await postAs(attacker, thief, path, form, refusal), path)
        without(await ask(path, { form: { ...form, dpop_jkt: thief.jkt } }), path)
        for (const dpop of [stolen.usedProof, stolen.resourceProof, `${stolen.usedProof}, ${stolen.usedProof}`])
          without(await ask(path, { form, headers: { dpop } }), path)
        // The key of the owner in the header, and a signature of the thief.
        const [header] = stolen.usedProof.split('.')
        const [, payload, signature] = (await proofFor(attacker, thief, ['POST', path])).split('.')
        without(await ask(path, { form, headers: { dpop: `${header}.${payload}.${signature}` } }), path)
      }

      const ways: Form[] = [
        bearer(token),
        { authorization: `DPoP ${token}` },
        { authorization: `DPoP ${token}`, dpop: stolen.usedProof },
        { authorization: `DPoP ${token}`, dpop: await proofFor(attacker, thief, ['GET', '/users/me'], token) },
        { ...bearer(token), dpop: stolen.resourceProof }
      ]
      for (const headers of ways) await ask('/users/me', { headers })
      // The proof of one request is for no other, whatever the header says about the host.
      const replayed = { authorization: `DPoP ${token}`, dpop: stolen.resourceProof }
      await ask('/users/me', { method: 'PATCH', json: { full_name: 'x' }, headers: replayed })
      for (const path of ['/users/me/sessions', '/users/me/activity', '/users/me/'])
        await ask(path, { headers: { ...replayed, 'x-forwarded-host': 'evil.example' } })
      await ask('/introspect', { form: { token }, headers: replayed })
      if (owner.jkt === thief.jkt) throw new Error('one key')
      await assertUnharmed(attacker, stolen)
    }
  },
  {
    aim: 'freeze',
    name: 'use up the refreshes of a bound login, or end it, without its key',
    async run(attacker) {
      const stolen = await boundLogin(attacker)
      const thief = createProofSigner()
      const dpop = await proofFor(attacker, thief, ['POST', '/token'])
      await attacker.many(700, 16, index =>
        attacker.ask('/token', {
          form: { grant_type: 'refresh_token', refresh_token: String(stolen.tokens[index % 2]) },
          ...(index % 3 === 0 && { headers: { dpop } })
        })
      )
      const { sid } = claimsOf(stolen.access_token)
      const found = await attacker.world.rows(
        `SELECT seq FROM audit WHERE action = 'token.key_refused' AND CAST(detail AS text) LIKE '%${sid}%'`
      )
      if (found.length !== 1) throw new Error(`${found.length} events of a bound token without its key`)
      await assertUnharmed(attacker, stolen)
    }
  },
  {
    aim: 'fill',
    name: 'send proofs that lead to nothing, so that each is remembered',
    async run(attacker) {
      const { ask, many, world } = attacker
      const count = async () => Number((await world.rows('SELECT count(*) AS n FROM spent'))[0]?.n)
      const [signer, before, nonce] = [createProofSigner(), await count(), await nonceOf(attacker)]
      const claims = { htm: 'POST', htu: `${issuer}/token`, nonce }
      await many(2000, 16, index => {
        const iat = Math.floor(Date.now() / 1000)
        const dpop = signer.prove({ ...claims, jti: `${index}`, iat, ...(index % 4 === 0 && { nonce: 'x' }) })
        return ask('/token', { form: { grant_type: 'refresh_token', refresh_token: 'x' }, headers: { dpop } })
      })
      if ((await count()) !== before) throw new Error('proofs of refused requests were remembered')
    }
  }
]
