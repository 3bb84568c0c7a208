import { chapter, type Requirement, without } from './requirement.ts'
import { authorizeChallenge, clients, sessions, tokenEndpoint } from './shared.ts'

const authorizationCodes = 'src/auth/login/authorization-codes.ts'
const codeGrant = 'src/auth/tokens/grants/authorization-code.ts'
const codeRedeemed = 'a code begins one login, within 60 seconds, for its client and verifier (RFC 6749 §4.1.2)'
const noOpenId = 'Sallyport is neither an OpenID Provider nor an OpenID client.'

/** ASVS V10.4 to V10.7: the authorization server. */
export const v10Server: Requirement[] = [
  ...chapter('V10.4 OAuth Authorization Server', [
    ...without('There are no redirects.', [['10.4.1', '1', 'Redirect URIs are compared exactly with registered ones']]),
    [
      '10.4.2',
      '1',
      'A code works once, and its second use revokes its tokens',
      'met',
      {
        where: [codeGrant, 'src/store/spent.ts'],
        tests: [codeRedeemed, 'of two uses of a code at once, one begins a login, and it ends']
      }
    ],
    [
      '10.4.3',
      '1',
      'A code lives for 10 minutes at most, 1 minute at level 3',
      'met',
      { where: [authorizationCodes], tests: [codeRedeemed], note: '60 seconds.' }
    ],
    [
      '10.4.4',
      '1',
      'A client may use only the grants that it needs, and never the implicit or the password grant',
      'not met',
      {
        where: [tokenEndpoint, clients],
        tests: [
          'RFC 6749 §5.2: a grant that the client may not use is unauthorized_client',
          'RFC 9700 §2.4: the password grant can be withheld from a client, as for third-party clients'
        ],
        note: 'Every client has a list of its grants, but the built-in client has the password grant. `FIRST_PARTY_CLIENT=off`, and clients with `authorization_code` and `refresh_token` only, meet the letter; the app still sees the password, unless the user has a passkey. See "In short" for whom that matters.'
      }
    ],
    [
      '10.4.5',
      '1',
      'Refresh tokens of public clients are bound to their sender or rotate; reuse revokes the login',
      'in part',
      {
        where: [sessions],
        tests: [
          'RFC 9700 §4.14.2: refresh tokens of all clients rotate, public or not (§2.2.2)',
          'RFC 9700 §4.14.2: a replaced token after the grace time is reuse: invalid_grant, and the login ends with all its tokens',
          'RFC 9700 §4.14.2: with REFRESH_GRACE 0 a replaced token is reuse a second later'
        ],
        note: 'For 30 seconds the previous token still gets the current one, for clients that lost an answer. `REFRESH_GRACE=0` meets the requirement to the letter.'
      }
    ],
    [
      '10.4.6',
      '2',
      'The code grant requires PKCE, without plain',
      'in part',
      {
        where: ['src/auth/login/pkce.ts', authorizeChallenge],
        tests: [
          codeRedeemed,
          'the parameters of the request are checked first',
          'a confidential client may leave PKCE out, and then sends no verifier (RFC 9700 §2.1.1)'
        ],
        note: 'Of public clients, always, and with S256 only. A confidential client may leave it out, because it has to authenticate to redeem the code.'
      }
    ],
    ...without('Only administrators register clients.', [
      ['10.4.7', '2', 'Open registration of clients is protected from malicious clients']
    ]),
    [
      '10.4.8',
      '2',
      'Refresh tokens expire for good at some time',
      'met',
      {
        where: [sessions],
        tests: [
          'RFC 9700 §4.14.2: a login ends after its maximum lifetime despite refreshes, and no access token outlives it'
        ]
      }
    ],
    [
      '10.4.9',
      '2',
      'Users can revoke refresh tokens on pages of the authorization server',
      'met',
      {
        where: ['console/src/pages/account/logins.tsx', 'routes/sessions.ts'],
        tests: [
          'both engines: lists the logins in words, ends one, and ends all others',
          "the user's sessions are listed, the latest first, with the current one marked",
          'a session can be ended once, by its own user only'
        ],
        note: 'In the console. With `CONSOLE=off`, your app has to show a page for it.'
      }
    ],
    [
      '10.4.10',
      '2',
      'Confidential clients authenticate for tokens and revocation',
      'met',
      {
        where: ['src/auth/clients/presented-client.ts', clients],
        tests: [
          'RFC 6749 §3.2.1: a confidential client that does not authenticate gets no token',
          'RFC 7009 §2.1: a confidential client has to authenticate; otherwise its token is not revoked'
        ]
      }
    ],
    [
      '10.4.11',
      '2',
      'A client is assigned only the scopes that it needs',
      'in part',
      {
        where: ['src/auth/clients/client-admin.ts', 'src/auth/scopes.ts'],
        tests: ['RFC 6749 §3.3: the scopes of the client limit the grant too; order and repetition do not matter'],
        note: 'A registered client has the scopes of its registration. The built-in client may have every scope of its user; `FIRST_PARTY_CLIENT=off` removes it.'
      }
    ],
    ...without('The client sends the request for a code to the server itself, not through a browser.', [
      ['10.4.12', '3', 'A client may use only its own response modes'],
      ['10.4.13', '3', 'The code grant is used with pushed authorization requests']
    ]),
    [
      '10.4.14',
      '3',
      'Only tokens that are bound to their sender are issued',
      'not met',
      { note: 'Access tokens are bearer tokens.' }
    ],
    ...without('The parameter `authorization_details` is not supported.', [
      ['10.4.15', '3', 'The authorization details of a server-side client come from its backend, unchanged']
    ]),
    [
      '10.4.16',
      '3',
      'Clients are confidential and authenticate with a private key or mutual TLS',
      'not met',
      {
        where: [clients],
        note: 'Clients have a secret of 256 random bits, or are public.'
      }
    ]
  ]),
  ...chapter(
    'V10.5 OIDC Client',
    without(noOpenId, [
      ['10.5.1', '2', 'A replayed ID token is refused, by its nonce'],
      ['10.5.2', '2', 'A user is identified by claims of the ID token that never name another'],
      ['10.5.3', '2', 'Metadata of another issuer than the expected one are refused'],
      ['10.5.4', '2', 'An ID token for another client is refused'],
      ['10.5.5', '2', 'Back-channel logout cannot be forced or confused with another token']
    ])
  ),
  ...chapter(
    'V10.6 OpenID Provider',
    without(noOpenId, [
      ['10.6.1', '2', 'No response mode answers with an access token from the authorization endpoint'],
      ['10.6.2', '2', 'Logout cannot be forced by others']
    ])
  ),
  ...chapter('V10.7 Consent Management', [
    [
      '10.7.1',
      '2',
      'The user consents to each authorization, always when the client cannot be identified',
      'not met',
      {
        note: 'There is no consent: the user gives the password to the client, or uses a passkey there. Register only apps of your own organization with the grants `password` and `authorization_code`.'
      }
    ],
    ...without('There is no consent.', [
      ['10.7.2', '2', 'A question for consent says what is granted, to whom, and for how long'],
      ['10.7.3', '2', 'Users can review and revoke their consents']
    ])
  ])
]
