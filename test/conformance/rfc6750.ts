import { bearer } from '../support/app.ts'
import { bothSchemes } from '../support/dpop.ts'
import { decision, excluded, must, reading, type Standard, should } from './scenarios.ts'
import { assertBearerRefused, formType } from './world.ts'

export const rfc6750: Standard = {
  name: 'RFC 6750',
  title: 'Bearer Token Usage',
  date: 'October 2012',
  table: 'rfc6750',
  scenarios: [
    must(
      '§2.1',
      'the access token is read from the Authorization header; the scheme is case-insensitive (RFC 9110 §11.1)',
      async ({ send, tokens }, t) => {
        const { access_token } = await tokens()
        for (const authorization of [`Bearer ${access_token}`, `bearer ${access_token}`, `BEARER   ${access_token}`])
          t.equal((await send('GET', '/users/me', { authorization })).status, 200)
      }
    ),
    must('§2.1', 'a Bearer header with anything but blanks and one token is 400 invalid_request', [
      [
        'wire/authorization.test.ts',
        'A header has a token with a scheme, another scheme, or is malformed (RFC 6750 §2.1, RFC 9449 §7.1)'
      ]
    ]),
    decision(
      '§2.2',
      'a token in the body is ignored: without the header the request is unauthenticated',
      async ({ send, tokens }, t) => {
        const { access_token } = await tokens()
        const body = new URLSearchParams({ access_token }).toString()
        assertBearerRefused(t, await send('PATCH', '/users/me', formType, body))
      }
    ),
    must('§2.2', 'a token in the header and another in a form body are refused', async ({ send, tokens }, t) => {
      const { access_token } = await tokens()
      const body = new URLSearchParams({ access_token }).toString()
      const answer = await send('PATCH', '/users/me', { ...formType, ...bearer(access_token) }, body)
      t.equal(answer.status, 415)
      t.match(answer.headers['content-type'], /^application\/problem\+json/)
    }),
    should('§2.3', 'a token in the URL is ignored', async ({ send, tokens }, t) => {
      const { access_token } = await tokens()
      assertBearerRefused(t, await send('GET', `/users/me?access_token=${access_token}`))
    }),
    must(
      '§2.3',
      'a token in the header and another in the URL are 400 invalid_request',
      async ({ send, tokens }, t) => {
        const { access_token } = await tokens()
        const path = `/users/me?access_token=${access_token}`
        assertBearerRefused(t, await send('GET', path, bearer(access_token)), 'invalid_request')
      }
    ),
    must(
      '§3',
      'a request without a token gets 401 and a challenge with realm and no error code (§3.1)',
      async ({ send }, t) => {
        for (const headers of [{}, { authorization: '' }, { authorization: 'Basic YTpi' }, { authorization: 'x' }]) {
          const answer = await send('GET', '/users/me', headers)
          assertBearerRefused(t, answer)
          t.equal(answer.headers['www-authenticate'], bothSchemes)
        }
      }
    ),
    must('§3', 'every protected URL sends a challenge, for every method', [
      [
        'routes/operations.test.ts',
        'Every operation of an account or an administrator needs a token with its scope (RFC 6750 §3)'
      ]
    ]),
    must(
      '§3',
      'error and error_description appear once each in a challenge, in their alphabets',
      async ({ send, me }, t) => {
        const answers = [await me('x'), await send('GET', '/users/me', { authorization: 'Bearer "\\' })]
        for (const answer of answers)
          t.match(
            answer.headers['www-authenticate'],
            /^Bearer realm="sallyport", error="[a-z_]+", error_description="[\x20\x21\x23-\x5b\x5d-\x7e]+"$/
          )
      }
    ),
    should('§3.1', 'an access token is 401 invalid_token from the second of its exp on', [
      ['auth/tokens/access-tokens.test.ts', 'A token is valid for its user while the session lives (RFC 9068 §4)'],
      ['routes/verify.test.ts', 'A refused access token gets the answer of RFC 6750 §3.1, which names no user']
    ]),
    should('§3.1', 'a revoked token, a garbled one and one with another signature are 401 invalid_token', [
      ['routes/verify.test.ts', 'A refused access token gets the answer of RFC 6750 §3.1, which names no user']
    ]),
    should(
      '§3.1',
      'a token without the scope gets 403 insufficient_scope, and the challenge names the scope',
      async ({ app, alice, me, tokens }, t) => {
        await app.userAdmin.update(alice.id, { scopes: ['me', 'users:read'] }, {})
        const { access_token } = await tokens({ scope: 'users:read' })
        assertBearerRefused(t, await me(access_token), 'insufficient_scope', { scope: 'me' })
      }
    ),
    decision('§3.1', 'the introspection endpoint sends bearers the same challenge, with an OAuth error as the body', [
      [
        'routes/introspect.test.ts',
        'POST /introspect refuses unauthorized callers and invalid requests (RFC 7662 §2.3)'
      ]
    ]),
    should(
      '§5.2',
      'by default tokens are valid for at most an hour, and they name their audience (§5.3)',
      async ({ config, tokens }, t) => {
        const { access_token, expires_in } = await tokens()
        t.ok(expires_in <= 3600)
        t.equal(JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString()).aud, config.audience)
      }
    ),
    should(
      '§5.3',
      'answers to bearer requests must not be cached, success or refusal (§2.3)',
      async ({ send, me, tokens }, t) => {
        const { access_token } = await tokens()
        for (const answer of [await me(access_token), await me('x'), await send('GET', '/users/me')])
          t.equal(answer.headers['cache-control'], 'no-store')
      }
    )
  ],
  notApplicable: [
    excluded(
      '§2.2, §2.3',
      'rules for tokens in form bodies and in query strings',
      'Both ways are optional and not offered; RFC 9700 §4.3.2 rules the second out.'
    ),
    excluded(
      '§5.2, §5.3',
      'TLS between client and server, no tokens in cookies, no following of certificates in error',
      'TLS ends in the proxy in front; Sallyport sets no cookie; the rest binds clients.'
    )
  ],
  readings: [
    reading(
      '§3',
      'Does a request with another scheme, such as Basic, lack authentication, or has authentication failed?',
      'It lacks authentication: the resource does not know the scheme, so the challenge has no error code.'
    ),
    reading(
      '§3.1',
      'What is the answer to a token in the header and another in a form body, if tokens in bodies are not supported?',
      '415: protected resources take JSON, so no form is read. With the token in the URL as well it is 400.'
    ),
    reading(
      '§3.1',
      'Are two blanks after the scheme malformed?',
      'No: the grammar of §2.1 is 1*SP. A tab is malformed.'
    )
  ]
}
