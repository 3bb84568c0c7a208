import { decodeJwt } from 'jose'
import t from 'tap'
import { createApp, createUser, password, postForm } from '../support/app.ts'
import { createProofSigner, postProved, proofClaims, provedHeaders } from '../support/dpop.ts'
import { engines } from '../support/engines.ts'

const form = { grant_type: 'password', username: 'alice', password }

for (const engine of engines) {
  t.test(`${engine}: a login that began with a proof is bound to its key (RFC 9449 §5, §6.1)`, async t => {
    const { app } = await createApp(t, {}, engine)
    await createUser(app)
    const [owner, thief] = [createProofSigner(), createProofSigner()]
    const answer = await postProved(app, owner, '/token', form)
    t.equal(answer.statusCode, 200, answer.body)
    const { access_token, refresh_token, token_type } = answer.json()
    t.equal(token_type, 'DPoP')
    t.strictSame(decodeJwt(access_token).cnf, { jkt: owner.jkt })

    const refresh = { grant_type: 'refresh_token', refresh_token }
    for (const refused of [postForm(app, '/token', refresh), postProved(app, thief, '/token', refresh)]) {
      const { statusCode, body } = await refused
      t.equal(statusCode, 400)
      t.match(body, /invalid_grant/)
    }
    const refreshed = await postProved(app, owner, '/token', refresh)
    t.equal(refreshed.statusCode, 200, refreshed.body)
    t.equal(refreshed.json().token_type, 'DPoP')

    const me = (headers: Record<string, string>) => app.inject({ url: '/users/me', headers })
    const own = await me(provedHeaders(app, owner, ['GET', '/users/me'], access_token))
    t.equal(own.statusCode, 200, own.body)
    t.equal(own.headers['dpop-nonce'], app.dpop.nonce())
    for (const headers of [
      { authorization: `Bearer ${access_token}` },
      { authorization: `DPoP ${access_token}` },
      provedHeaders(app, thief, ['GET', '/users/me'], access_token),
      { authorization: `DPoP ${access_token}`, dpop: owner.prove(proofClaims(app, ['GET', '/users/me'])) }
    ])
      t.equal((await me(headers)).statusCode, 401)
  })

  t.test(`${engine}: a proof works once at the token endpoint (RFC 9449 §11.1)`, async t => {
    const { app } = await createApp(t, {}, engine)
    await createUser(app)
    const dpop = createProofSigner().prove(proofClaims(app, ['POST', '/token']))
    t.equal((await postForm(app, '/token', form, { dpop })).statusCode, 200)
    const again = await postForm(app, '/token', form, { dpop })
    t.equal(again.statusCode, 400)
    t.match(again.json(), { error: 'invalid_dpop_proof', error_description: /already used/ })
  })
}
