import t from 'tap'
import { build } from '../../src/app.ts'
import { createApp, postForm } from '../support/app.ts'
import { assertOAuthErrors } from '../support/oauth-error.ts'
import { createTokenWorld } from '../support/personal-tokens.ts'

t.test('POST /revoke answers invalid requests with errors of RFC 6749 §5.2 (RFC 7009 §2.2.1)', async t => {
  const { app } = await createApp(t)
  const post = (form: Record<string, string> | string, headers: Record<string, string> = {}) =>
    postForm(app, '/revoke', form, headers)
  const noClient = await post({ token: 'x', client_id: 'c_unknown' })
  const get = await app.inject('/revoke')
  assertOAuthErrors(t, [
    ['no token', await post({}), 400, 'invalid_request'],
    ['a parameter twice', await post('token=x&token=x'), 400, 'invalid_request'],
    ['JSON', await post('{"token":"x"}', { 'content-type': 'application/json' }), 400, 'invalid_request'],
    ['an unknown client', noClient, 401, 'invalid_client'],
    ['more than 16 KiB', await post({ token: 'x'.repeat(16_384) }), 413, 'invalid_request'],
    ['another method', get, 405, 'invalid_request']
  ])
  t.equal(noClient.headers['www-authenticate'], 'Basic realm="sallyport", charset="UTF-8"')
  t.equal(get.headers.allow, 'POST')
})

t.test('POST /revoke deletes a personal access token for every holder', async t => {
  const { app, id, create, exchange, list, events, mails } = await createTokenWorld(t)
  const [first, second] = [await create(), await create()]
  const { access_token } = (await exchange(first.token)).json()
  const wrong = `${first.token.slice(0, -1)}${first.token.endsWith('0') ? '1' : '0'}`
  t.equal((await postForm(app, '/revoke', { token: wrong })).statusCode, 200)
  t.equal((await list()).length, 2)
  for (let n = 0; n < 2; n++) {
    const answer = await postForm(app, '/revoke', { token: first.token, token_type_hint: 'access_token' })
    t.strictSame([answer.statusCode, answer.body], [200, ''])
  }
  t.match(await list(), [{ id: second.id }])
  t.equal(await app.accessTokens.authenticate(access_token), undefined)
  t.match((await events()).slice(2), [
    {
      action: 'personal_token.deleted',
      actor: id,
      subject: id,
      client_id: 'first-party',
      ip: '127.0.0.1',
      detail: { token: first.id, reason: 'revoked' }
    }
  ])
  t.strictSame(await mails(), ['token_added', 'token_added', 'token_removed'])
})

t.test('POST /revoke needs a client_id for a personal access token where FIRST_PARTY_CLIENT is off', async t => {
  const { clock, client, config, create, list } = await createTokenWorld(t)
  const { token } = await create()
  const app = await build({ config: { ...config, firstPartyClient: 'off' }, now: clock.now })
  t.teardown(() => app.close())
  t.equal((await postForm(app, '/revoke', { token })).statusCode, 401)
  t.equal((await list()).length, 1)
  t.equal((await postForm(app, '/revoke', { token, client_id: client.id })).statusCode, 200)
  t.strictSame(await list(), [])
})
