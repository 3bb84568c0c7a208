import { basic, bearer } from '../support/app.ts'
import { assertExchanged, withPersonalToken } from './exchanges.ts'
import { decision, excluded, must, reading, type Scenario, type Standard, should } from './scenarios.ts'
import {
  type Answer,
  assertBearerRefused,
  assertInvalidClient,
  assertRefused,
  assertTokens,
  assertUncached
} from './world.ts'

type T = Parameters<Scenario['run']>[1]

function assertRevoked(t: T, answer: Answer) {
  t.equal(answer.status, 200, answer.text)
  t.equal(answer.text, '')
  assertUncached(t, answer)
}

export const rfc7009: Standard = {
  name: 'RFC 7009',
  title: 'Token Revocation',
  date: 'August 2013',
  table: 'rfc7009',
  scenarios: [
    must(
      '§2.1',
      'a revoked refresh token no longer works, and the access tokens of its grant end with it, at once',
      async ({ post, refresh, tokens, me }, t) => {
        const first = await tokens()
        const second: typeof first = (await refresh(first.refresh_token)).body
        assertRevoked(t, await post('/revoke', { token: second.refresh_token }))
        assertRefused(t, await refresh(second.refresh_token), 'invalid_grant')
        for (const { access_token } of [first, second]) assertBearerRefused(t, await me(access_token), 'invalid_token')
      }
    ),
    must(
      '§2.1',
      'revocation ends the login of the token and no other of the same user',
      async ({ post, refresh, tokens, me, confidential }, t) => {
        const [laptop, phone] = [await tokens(), await tokens()]
        const { headers } = await confidential()
        assertRevoked(t, await post('/revoke', { token: laptop.refresh_token }))
        for (const token of [laptop.access_token, laptop.refresh_token])
          t.same((await post('/introspect', { token }, headers)).body, { active: false })
        t.equal((await post('/introspect', { token: phone.access_token }, headers)).body.active, true)
        t.equal((await me(phone.access_token)).status, 200)
        assertTokens(t, await refresh(phone.refresh_token))
      }
    ),
    decision(
      '§2.1',
      'a rotated refresh token still names its login, so revoking it ends the login',
      async ({ post, refresh, tokens, clock }, t) => {
        const first = await tokens()
        const second = await refresh(first.refresh_token)
        clock.advance(3600)
        assertRevoked(t, await post('/revoke', { token: first.refresh_token }))
        assertRefused(t, await refresh(second.body.refresh_token), 'invalid_grant')
      }
    ),
    must(
      '§2.1',
      'a token_type_hint that is wrong, unknown or empty does not hide the token',
      async ({ post, refresh, tokens, me }, t) => {
        for (const token_type_hint of ['access_token', 'refresh_token', 'unknown', '']) {
          const { refresh_token } = await tokens()
          assertRevoked(t, await post('/revoke', { token: refresh_token, token_type_hint }))
          assertRefused(t, await refresh(refresh_token), 'invalid_grant')
          const { access_token } = await tokens()
          assertRevoked(t, await post('/revoke', { token: access_token, token_type_hint }))
          assertBearerRefused(t, await me(access_token), 'invalid_token')
        }
      }
    ),
    must(
      '§2.1',
      'a confidential client has to authenticate; otherwise its token is not revoked',
      async ({ post, refresh, tokens, confidential }, t) => {
        const { id, secret, headers } = await confidential()
        const { refresh_token: token } = await tokens({}, headers)
        assertInvalidClient(t, await post('/revoke', { token }, basic(id, 'wrong')))
        assertInvalidClient(t, await post('/revoke', { token, client_id: id }))
        assertTokens(t, await refresh(token, {}, headers))
        assertRevoked(t, await post('/revoke', { token, client_id: id, client_secret: secret }))
        assertRefused(t, await refresh(token, {}, headers), 'invalid_grant')
      }
    ),
    must(
      '§2.1',
      'a token of another client is not revoked; the answer is the same as for an unknown token',
      async ({ post, refresh, tokens, me, confidential, publicClient }, t) => {
        const { headers } = await confidential()
        const client_id = await publicClient()
        const own = await tokens({}, headers)
        for (const token of [own.refresh_token, own.access_token]) {
          assertRevoked(t, await post('/revoke', { token }))
          assertRevoked(t, await post('/revoke', { token, client_id }))
          assertRevoked(t, await post('/revoke', { token }, (await confidential(`other ${token.slice(-20)}`)).headers))
        }
        t.equal((await me(own.access_token)).status, 200)
        assertTokens(t, await refresh(own.refresh_token, {}, headers))
      }
    ),
    must('§2.1', 'the request is a POST with one token in a form, and no token in the URL', [
      ['routes/revoke.test.ts', 'POST /revoke answers invalid requests with errors of RFC 6749 §5.2 (RFC 7009 §2.2.1)']
    ]),
    must(
      '§2.2',
      'an unknown, expired or already revoked token is answered with 200 and an empty body',
      async ({ post, tokens, clock, config }, t) => {
        const { refresh_token } = await tokens()
        assertRevoked(t, await post('/revoke', { token: refresh_token }))
        const expired = await tokens()
        clock.advance(config.sessionTtl)
        const unknown = ['x', 'a.b.c', '😀', '\u0000', 'x'.repeat(8000)]
        for (const token of [refresh_token, expired.refresh_token, expired.access_token, ...unknown])
          assertRevoked(t, await post('/revoke', { token }))
      }
    ),
    must(
      '§2.2.1',
      'a request without token is 400 invalid_request, and a client that fails is 401 invalid_client',
      async ({ post }, t) => {
        assertRefused(t, await post('/revoke', ''), 'invalid_request')
        assertRefused(t, await post('/revoke', { token: '' }), 'invalid_request')
        assertInvalidClient(t, await post('/revoke', { token: 'x' }, basic('c_nobody', 'x')))
      }
    ),
    decision(
      '§2.2.1',
      'revoking an access token ends its login, so the 200 is true',
      async ({ post, tokens, me, refresh, confidential }, t) => {
        const { access_token, refresh_token } = await tokens()
        const { headers } = await confidential()
        assertRevoked(t, await post('/revoke', { token: access_token }))
        assertBearerRefused(t, await me(access_token), 'invalid_token')
        assertRefused(t, await refresh(refresh_token), 'invalid_grant')
        t.same((await post('/introspect', { token: access_token }, headers)).body, { active: false })
      }
    ),
    decision('§2.2.1', "a client's own access token is revoked too", async ({ post, token, confidential }, t) => {
      const { headers } = await confidential()
      const own = (await token({ grant_type: 'client_credentials', scope: 'me introspect' }, headers)).body.access_token
      t.equal((await post('/introspect', { token: own }, headers)).body.active, true)
      assertRevoked(t, await post('/revoke', { token: own }, headers))
      t.same((await post('/introspect', { token: own }, headers)).body, { active: false })
    }),
    decision('§2.1', 'a personal access token belongs to no client: a program that has it can delete it', [
      ['routes/revoke.test.ts', 'POST /revoke deletes a personal access token for every holder']
    ]),
    should(
      '§2.2.1',
      'an access token that a personal one was exchanged for is refused: it ends with that one',
      async (world, t) => {
        const { exchange, client_id } = await withPersonalToken(world)
        const { access_token: token } = (await exchange()).body
        assertRefused(t, await world.post('/revoke', { token, client_id }), 'invalid_request')
        assertRevoked(t, await world.post('/revoke', { token }))
        t.equal((await world.send('GET', '/verify', bearer(token))).status, 204)
        assertExchanged(t, await exchange())
      }
    ),
    decision('§2.3', 'pages of the configured origins may revoke from a browser (CORS), and no others', [
      ['plugins/http/cors.test.ts', 'A preflight is answered for /token, /revoke, the account and the documents']
    ])
  ],
  notApplicable: [
    excluded('§2', 'TLS on the endpoint', 'TLS ends in the proxy in front of Sallyport.'),
    excluded(
      '§2.2.1',
      '503 and Retry-After if revocation is delayed',
      'Revocation is one write, completed before the answer. If the database cannot be written, the answer is 503.'
    ),
    excluded('§2.3', 'JSONP (the callback parameter)', 'It is optional and unsafe; CORS replaces it.')
  ],
  readings: [
    reading(
      '§2.1',
      'Does the revocation of an access token end the refresh token of the same grant?',
      'Yes (the text says MAY): a login is one session, and logging out means all of it.'
    ),
    reading(
      '§2.1',
      'Is a token of another client an error, or answered like an unknown one?',
      'Like an unknown one: §2.1 says that it is refused, and §2.2 that invalid tokens get 200. So the endpoint does not ' +
        'show whether a token is valid.'
    ),
    reading(
      '§2.2',
      'Does revoking an expired access token end its login?',
      'No: the token is invalid, so the answer is 200 and the login continues.'
    )
  ]
}
