import { chapter, type Requirement, without } from './requirement.ts'
import { accessTokens, stepByStep, tokenEndpoint } from './shared.ts'

const noRedirect = 'No redirect carries a code: it is in the answer to a request of the client itself.'

/** ASVS V10.1 to V10.3: OAuth clients and APIs. */
export const v10Clients: Requirement[] = [
  ...chapter('V10.1 Generic OAuth and OIDC Security', [
    [
      '10.1.1',
      '2',
      'Tokens reach only the parts that need them',
      'in part',
      {
        where: [tokenEndpoint, 'routes/verify.ts', 'docs/browser.md'],
        tests: ['is returned in headers, without a body and uncached'],
        note: 'Only the client that asked gets tokens. A single-page app with `sallyport/client` keeps them in the browser, and there is no backend for it; keep them on your server where that matters.'
      }
    ],
    [
      '10.1.2',
      '2',
      'A client accepts answers only to requests that it began itself',
      'not applicable',
      { note: noRedirect }
    ]
  ]),
  ...chapter('V10.2 OAuth Client', [
    ...without(noRedirect, [
      ['10.2.1', '2', 'A client of the code flow is protected from forged requests, by PKCE or state'],
      ['10.2.2', '2', 'A client of several authorization servers is protected from mix-up']
    ]),
    [
      '10.2.3',
      '3',
      'A client asks only for the scopes that it needs',
      'in part',
      {
        where: ['src/client.ts', 'src/auth/scopes.ts'],
        tests: ['grants the scopes that are requested and allowed by every party (RFC 6749 §3.3)'],
        note: 'Your app names them: `signIn` takes `scope`. Without it a login gets all scopes of the user, but the privileged ones.'
      }
    ]
  ]),
  ...chapter('V10.3 OAuth Resource Server', [
    [
      '10.3.1',
      '2',
      'An API accepts only tokens whose audience it is',
      'met',
      {
        where: [accessTokens, 'src/resource-server/access-token.ts'],
        tests: [
          'RFC 8707 §2: the endpoints of the server refuse a token for another resource, also one with their scope',
          '…: a token of another issuer or for another API is refused (RFC 9068 §4)',
          'only an active access token of this issuer for this API passes (RFC 7662 §4)'
        ]
      }
    ],
    [
      '10.3.2',
      '2',
      'An API decides by sub and scope of the token',
      'met',
      {
        where: [accessTokens, 'src/verifier.ts'],
        tests: [
          'RFC 6750 §3.1: a token without the scope gets 403 insufficient_scope, and the challenge names the scope',
          '…: a token without a required scope is refused, naming the scope (RFC 6750 §3.1)'
        ]
      }
    ],
    [
      '10.3.3',
      '2',
      'An API identifies a user by claims that never name another',
      'met',
      {
        where: ['src/auth/tokens/access-token-claims.ts'],
        tests: [
          'RFC 9068 §5: the sub of a client is never that of a user (RFC 9700 §4.15)',
          'the clock is the given one, and ids are UUIDv7 in the order of time (RFC 9562 §5.7)'
        ],
        note: 'By `iss` and `sub`.'
      }
    ],
    [
      '10.3.4',
      '2',
      'An API that needs a strong or recent login checks it in the token',
      'met',
      {
        tests: [
          '…: a login that does not satisfy the step-up of a route is a 401 with the challenge (RFC 9470 §3)',
          'both engines: administration needs a login of the last 600 s, which a refresh does not renew',
          stepByStep,
          'a refresh that asks for more gets an auth session, whose code raises the same login'
        ],
        where: [
          'src/auth/sessions/authentication.ts',
          'src/auth/login/step-up.ts',
          'src/resource-server/step-up.ts',
          'src/auth/sessions/reauthentication.ts'
        ],
        note: '`acr`, `amr` and `auth_time` are in access tokens and at `/introspect`. `app.authenticate` takes `acr` and `maxAge`, here and in `sallyport/verifier`, and the refusal tells the client what to ask the user for. Sallyport asks for a recent login in its own dangerous operations.'
      }
    ],
    [
      '10.3.5',
      '3',
      'Access tokens are bound to their sender, by DPoP or mutual TLS',
      'not met',
      { note: 'Access tokens are bearer tokens, valid for 10 minutes by default.' }
    ]
  ])
]
