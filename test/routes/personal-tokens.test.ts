import t, { type Test } from 'tap'
import { callWith } from '../support/administrator.ts'
import { createApp, createUser, logIn, postForm } from '../support/app.ts'
import { type EngineName, engines } from '../support/engines.ts'

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const type = 'urn:sallyport:token-type:personal-access-token'

/** An app with the API scope `reports:read`, alice, and a public client that may exchange tokens. */
async function withAlice(t: Test, engine: EngineName = 'sqlite') {
  const { app, clock } = await createApp(t, {}, engine)
  await createUser(app, 'alice', ['me', 'reports:read'])
  const call = callWith(app, (await logIn(app)).access_token)
  const { client } = await app.clientAdmin.create(
    { name: 'scripts', confidential: false, grants: [exchange], scopes: ['reports:read'] },
    {}
  )
  const toAccessToken = (subject_token: string, form: Record<string, string> = {}) =>
    postForm(app, '/token', {
      grant_type: exchange,
      subject_token,
      subject_token_type: type,
      client_id: client.id,
      ...form
    })
  return { app, clock, call, toAccessToken }
}

for (const engine of engines) {
  t.test(`a script exchanges a personal access token for an access token, on ${engine}`, async t => {
    const { app, call, toAccessToken } = await withAlice(t, engine)
    const created = await call('POST', '/users/me/tokens', { name: 'nightly report' })
    t.equal(created.statusCode, 201)
    t.match(created.json(), { name: 'nightly report', scopes: ['reports:read'], resource: null, last_used_at: null })
    const answer = await toAccessToken(created.json().token)
    t.equal(answer.statusCode, 200)
    t.matchOnly(answer.json(), {
      access_token: String,
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'reports:read'
    })
    const caller = await app.accessTokens.authenticate(answer.json().access_token)
    t.match(caller, { user: { username: 'alice' }, scopes: ['reports:read'] })
    t.notOk(caller?.claims.auth_time)
    t.equal((await call('DELETE', `/users/me/tokens/${created.json().id}`)).statusCode, 204)
    t.equal(await app.accessTokens.authenticate(answer.json().access_token), undefined)
    t.match((await toAccessToken(created.json().token)).json(), { error: 'invalid_request' })
  })
}
