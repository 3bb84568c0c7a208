import { excluded, must, reading, type Standard, should } from './scenarios.ts'

export const rfc10017: Standard = {
  name: 'RFC 10017',
  title: 'OAuth 2.0 for Browser-Based Applications, the browser-based client',
  date: 'August 2026',
  table: 'rfc10017',
  scenarios: [
    must('§6.3.2.1', 'a public client that gets a code has to use PKCE', [
      [
        'conformance/rfc7636.ts',
        'RFC 7636 §4.4.1: public clients have to use it, also the built-in one: a request without challenge is invalid_request'
      ]
    ]),
    must('§6.3.2.3', 'refresh tokens rotate at each use, and can be bound to a key', [
      ['conformance/rfc9700.ts', 'RFC 9700 §4.14.2: refresh tokens of all clients rotate, public or not (§2.2.2)'],
      [
        'routes/dpop-grants.test.ts',
        'Every grant binds its tokens to the key of the proof, once for each proof (RFC 9449 §5, §11.1)'
      ]
    ]),
    must('§6.3.2.3', 'a refresh token that is not used expires, and a login has a longest lifetime', [
      [
        'conformance/rfc9700.ts',
        'RFC 9700 §4.14.2: a login that is not refreshed ends after its idle time, to the second'
      ],
      [
        'conformance/rfc9700.ts',
        'RFC 9700 §4.14.2: a login ends after its maximum lifetime despite refreshes, and no access token outlives it'
      ]
    ]),
    must('§6.3.2.3', 'no refresh prolongs the lifetime of the login', [
      [
        'conformance/refresh-token-expiration.ts',
        'draft-ietf-oauth-refresh-token-expiration-03 §6.1: refresh_token_timeout is never above authorization_expires_in, which no refresh prolongs (§6.3)'
      ]
    ]),
    should('§6.3.2.3', 'a refresh token ends with the login of the user', [
      ['routes/sessions.test.ts', 'A user ends all other sessions, or all with ?all=true']
    ]),
    must('§6.3.3.1', 'a public client needs no secret, and one that it sends proves nothing', [
      ['conformance/rfc6749.ts', 'RFC 6749 §10.1: a public client is issued no secret']
    ]),
    must('§6.3.3.4', 'pages of allowed origins can call the endpoints that they need (CORS)', [
      ['plugins/http/cors.test.ts', 'Only pages of allowed origins can read answers (Fetch §3.2)'],
      ['plugins/http/cors.test.ts', 'A preflight is answered for /token, /revoke, the account and the documents']
    ]),
    should('§6.3.4.2.2', 'the client binds its tokens to a key that no script can read (DPoP)', [
      ['packages/client/test/dpop.test.ts', 'A copy of the storage without the key can neither refresh nor read']
    ]),
    must('§7.2', 'access tokens are issued by the token endpoint alone', [
      [
        'conformance/rfc8414.ts',
        'RFC 8414 §2: response_types_supported and code_challenge_methods_supported name what works, and nothing else does'
      ]
    ])
  ],
  notApplicable: [
    excluded(
      '§6.1, §6.2',
      'a backend for the frontend, or one that mediates tokens',
      'It is an application of the operator. With Sallyport it is a confidential client, as these sections ask.'
    ),
    excluded(
      '§6.3.2.2, §6.3.3.2, §6.3.3.3',
      'redirect URIs, and messages between windows',
      'There is no redirect: a code is in the response to the app that sent the password.'
    )
  ],
  deviations: [
    {
      section: '§7.3',
      requirement: 'a browser-based application uses a redirect-based flow, and not the password grant',
      level: 'MUST',
      why: 'Sallyport has no page for logins of other applications: the page of the operator asks for the password itself. It is for pages and servers of one party.'
    }
  ],
  readings: [
    reading(
      'all',
      'Which text was read?',
      'The last draft before it, -27 of 6 July 2026, on 2 December 2026. Section numbers are those of the draft.'
    )
  ]
}
