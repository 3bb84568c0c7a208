import { randomUUID } from 'node:crypto'
import { decodeJwt, generateKeyPair, SignJWT } from 'jose'
import { startIdentityProvider } from '../support/identity-provider.ts'
import { exchangeGrant } from './exchanges.ts'
import { assertLoggedIn, idTokenType } from './id-tokens.ts'
import { decision, excluded, must, type Standard } from './scenarios.ts'
import { assertInvalidClient, startWorld, type World } from './world.ts'

/** A server that takes the ID tokens of two issuers. */
const startTwoIssuers: typeof startWorld = async (t, settings) => {
  let now = () => new Date()
  const issuers = await Promise.all([1, 2].map(() => startIdentityProvider(t, () => now(), ['ES256'])))
  const world = await startWorld(t, { ...settings, identityProviders: issuers.map(({ setting }) => setting) })
  now = world.clock.now
  return Object.assign(world, { issuers })
}

type TwoIssuers = World & { issuers: Awaited<ReturnType<typeof startIdentityProvider>>[] }

export const rfc9700Update: Standard = {
  name: 'draft-ietf-oauth-security-topics-update-03',
  title: 'Updates to the Best Current Practice for OAuth 2.0 Security',
  date: '6 July 2026',
  table: 'rfc9700-update',
  scenarios: [
    decision(
      '§2.1',
      'a signed assertion, which could be for another server, authenticates no client at any endpoint',
      async ({ send, post, tokens, confidential, config }, t) => {
        const { id } = await confidential()
        const { privateKey } = await generateKeyPair('ES256')
        const { body } = await send('GET', '/.well-known/oauth-authorization-server')
        const { access_token, refresh_token } = await tokens()
        for (const aud of [config.issuer, body.token_endpoint, [config.issuer, 'https://honest.example']]) {
          const assertion = await new SignJWT({ iss: id, sub: id, aud, jti: randomUUID() })
            .setProtectedHeader({ alg: 'ES256' })
            .setExpirationTime('1m')
            .sign(privateKey)
          const form = {
            client_id: id,
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            client_assertion: assertion
          }
          for (const [path, more] of [
            ['/token', { grant_type: 'client_credentials' }],
            ['/token', { grant_type: 'refresh_token', refresh_token }],
            ['/revoke', { token: access_token }],
            ['/introspect', { token: access_token }],
            ['/authorize-challenge', { response_type: 'code', username: 'alice' }]
          ] as const)
            assertInvalidClient(t, await post(path, { ...form, ...more }))
        }
        const methods = Object.entries(body).filter(([name]) => name.endsWith('auth_methods_supported'))
        t.ok(methods.length > 1)
        for (const [name, list] of methods) t.notMatch(list, /jwt|tls/, name)
      }
    ),
    must('§2.1', 'a DPoP proof, which a client signs too, has one audience: the URL that it is sent to', [
      [
        'wire/dpop/htu.test.ts',
        'An htu with a query or a fragment, or of another URL, is not that of the request (RFC 9449 §4.2)'
      ],
      ['auth/dpop/dpop.test.ts', 'A proof is for the issuer and the path of the request (RFC 9449 §4.3)']
    ]),
    must('§2.1', 'an ID token is taken with the client id of its issuer as the only audience', [
      [
        'auth/identities/id-token-claims.test.ts',
        'The claims of an ID token have to follow each rule (OpenID Connect Core 1.0 §2, §3.1.3.7)'
      ]
    ]),
    must('§2.1', 'metadata that name another issuer are used neither by the server nor by an API', [
      ['auth/identities/id-tokens.test.ts', 'An answer of the issuer that cannot be used is none'],
      [
        'wire/issuer/server-metadata.test.ts',
        'Anything but the metadata of the issuer is refused, and fetched again (RFC 8414 §3.3)'
      ]
    ]),
    must(
      '§2.2',
      'of two issuers, each logs in only to the accounts that were made or linked through it',
      { start: startTwoIssuers },
      async (world: World, t) => {
        const { issuers, token } = world as TwoIssuers
        const present = (claims: object, { idToken }: TwoIssuers['issuers'][number]) =>
          token({
            grant_type: exchangeGrant,
            subject_token_type: idTokenType,
            subject_token: idToken({ jti: randomUUID(), ...claims }, { alg: 'ES256' })
          })
        const [honest, other] = issuers as [TwoIssuers['issuers'][number], TwoIssuers['issuers'][number]]
        const answers = [await present({}, honest), await present({}, other), await present({}, honest)]
        for (const answer of answers) assertLoggedIn(t, answer)
        const [first, second, again] = answers.map(({ body }) => decodeJwt(body.access_token).sub)
        t.equal(again, first)
        t.not(second, first, 'the same sub of another issuer is another account')
        for (const iss of [honest.issuer, [honest.issuer, other.issuer]])
          t.match(await present({ iss }, other), { status: 400, body: { error: 'invalid_request' } })
      }
    ),
    must('§2.2', 'a code that another client has got hold of is of no use to it', [
      [
        'conformance/rfc6749.ts',
        'RFC 6749 §4.1.3: a code works only for the client that it was issued to, which can still use it after a refusal'
      ],
      [
        'conformance/rfc7636.ts',
        'RFC 7636 §4.6: a verifier that is missing or wrong is invalid_grant, and no tokens are issued'
      ]
    ]),
    must(
      '§2.3',
      'a login of several steps is finished by the client, with the key, and for the account that began it',
      [
        [
          'conformance/first-party-apps.ts',
          'OAuth 2.0 for First-Party Applications §5.1: a client_id beside an auth session has to be that of its client'
        ],
        [
          'conformance/first-party-apps.ts',
          'OAuth 2.0 for First-Party Applications §9.6.1: an auth session that began with a DPoP proof continues with that key only, and so does its code (§9.5)'
        ],
        [
          'auth/login/auth-sessions.test.ts',
          'An auth session is of one account, and the right password of another leaves an event'
        ]
      ]
    ),
    must('§2.3', 'an account elsewhere is linked to the account whose recent login asks for it', [
      [
        'auth/identities/identities.test.ts',
        'A link needs an ID token that is right and new, in ten minutes after a login'
      ]
    ])
  ],
  notApplicable: [
    excluded(
      '§2.4',
      'a broker registers each client downstream at the issuer, or asks for consent of its own',
      'Sallyport is no client of an issuer: applications bring ID tokens. New in -03, of which -02 was read whole.'
    ),
    excluded(
      '§2.1',
      'the audience of client assertions',
      'Neither the server nor sallyport/client makes or takes one: clients authenticate with secrets.'
    ),
    excluded(
      '§2.2, §2.3',
      'a redirect URI for each connection, and state that is bound to the session of the user',
      'There is no redirect: a code is in the response to the app that sent the password.'
    )
  ]
}
