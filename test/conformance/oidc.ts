import { createHash, createHmac } from 'node:crypto'
import { decodeJwt } from 'jose'
import { encode } from '../support/forgeries.ts'
import { generateIssuerKey, idTokenAlgs } from '../support/identity-provider.ts'
import { startSite } from '../support/site.ts'
import { assertLoggedIn, type IssuerWorld, startIssuerWorld } from './id-tokens.ts'
import { decision, excluded, must, type Needs, reading, type Standard, should } from './scenarios.ts'
import { assertRefused } from './world.ts'

/** A server of its own, and an issuer without RSA keys, which take long to generate. */
const alone: Needs = { alone: true, start: (t, settings) => startIssuerWorld(t, settings, ['ES256']) }

export const oidc: Standard = {
  name: 'OpenID Connect Core 1.0',
  title: 'Validation of ID tokens',
  table: 'oidc',
  start: startIssuerWorld,
  scenarios: [
    must(
      '§3.1.3.7 (2)',
      'iss is exactly that of a configured issuer; the request names none',
      async ({ presentClaims, provider }: IssuerWorld, t) => {
        const others = [
          `${provider.issuer}/`,
          provider.issuer.toUpperCase(),
          'https://accounts.google.com',
          '',
          undefined,
          1
        ]
        for (const iss of others) assertRefused(t, await presentClaims({ iss }), 'invalid_request')
        assertRefused(t, await presentClaims({ iss: [provider.issuer] }), 'invalid_request')
        assertLoggedIn(t, await presentClaims({}))
      }
    ),
    must(
      '§3.1.3.7 (3)',
      'aud names a client id of the issuer, and no other audience',
      async ({ presentClaims }: IssuerWorld, t) => {
        for (const aud of ['another', ['app', 'another'], [], '', undefined, 'App', [['app']]])
          assertRefused(t, await presentClaims({ aud, azp: 'app' }), 'invalid_request')
        assertLoggedIn(t, await presentClaims({ aud: ['app'] }))
      }
    ),
    should('§3.1.3.7 (4)', 'a token with two audiences has an azp', async ({ presentClaims }: IssuerWorld, t) => {
      assertRefused(t, await presentClaims({ aud: ['app', 'app'] }), 'invalid_request')
      assertLoggedIn(t, await presentClaims({ aud: ['app', 'app'], azp: 'app' }))
    }),
    should(
      '§3.1.3.7 (5)',
      'an azp that is present is a client id of the issuer',
      async ({ presentClaims }: IssuerWorld, t) => {
        for (const azp of ['another', '', ['app'], null])
          assertRefused(t, await presentClaims({ azp }), 'invalid_request')
        assertLoggedIn(t, await presentClaims({ azp: 'app' }))
      }
    ),
    must(
      '§3.1.3.7 (6)',
      'the signature is verified with a key of the issuer, of each of its algorithms',
      async ({ present, provider }: IssuerWorld, t) => {
        for (const alg of idTokenAlgs) {
          assertLoggedIn(t, await present(provider.idToken({}, { alg })))
          const key = generateIssuerKey(alg).privateKey
          assertRefused(t, await present(provider.idToken({}, { alg, key })), 'invalid_request')
        }
        const [header, payload] = provider.idToken().split('.')
        assertRefused(t, await present(`${header}.${payload}.`), 'invalid_request')
        assertRefused(t, await present(`${header}.${payload}`), 'invalid_request')
      }
    ),
    should(
      '§3.1.3.7 (7)',
      'alg is RS256, PS256, ES256 or EdDSA; none and an alg that the key is not for are refused',
      async ({ present, provider }: IssuerWorld, t) => {
        const [, payload] = provider.idToken().split('.')
        for (const alg of ['none', 'None', 'NONE'])
          assertRefused(t, await present(`${encode({ alg })}.${payload}.`), 'invalid_request')
        const kid = provider.kidOf('RS256')
        const key = provider.keyOf('RS256').privateKey
        for (const alg of ['RS384', 'RS512', 'PS256'])
          assertRefused(t, await present(provider.idToken({}, { alg, kid, key })), 'invalid_request')
      }
    ),
    decision(
      '§3.1.3.7 (8)',
      'an HMAC is refused, with any secret, also with the public key as the secret',
      async ({ present, provider }: IssuerWorld, t) => {
        const payload = provider.idToken().split('.')[1]
        const pem = provider.keyOf('RS256').publicKey.export({ type: 'spki', format: 'pem' }) as string
        for (const secret of [pem, 'app', 'x'])
          for (const kid of [provider.kidOf('RS256'), undefined]) {
            const input = `${encode({ alg: 'HS256', kid })}.${payload}`
            assertRefused(
              t,
              await present(`${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`),
              'invalid_request'
            )
          }
      }
    ),
    must(
      '§3.1.3.7 (9)',
      'the current time is before exp, which is required',
      async ({ presentClaims, clock }: IssuerWorld, t) => {
        const now = clock.now().getTime() / 1000
        for (const exp of [now, now - 1, undefined, `${now + 60}`])
          assertRefused(t, await presentClaims({ exp }), 'invalid_request')
        assertLoggedIn(t, await presentClaims({ exp: now + 1 }))
      }
    ),
    decision(
      '§3.1.3.7 (10)',
      'iat is required, at most ten minutes old, and at most a minute ahead',
      async ({ presentClaims, clock }: IssuerWorld, t) => {
        const now = clock.now().getTime() / 1000
        for (const iat of [now - 601, now + 61, undefined, `${now}`])
          assertRefused(t, await presentClaims({ iat, exp: now + 3600 }), 'invalid_request')
        for (const iat of [now - 600, now + 60]) assertLoggedIn(t, await presentClaims({ iat, exp: now + 3600 }))
      }
    ),
    must(
      '§3.1.3.7 (11)',
      'the nonce of the request is in the token, and a nonce in the token is in the request',
      async ({ presentClaims }: IssuerWorld, t) => {
        const nonce = 'n-0S6_WzA2Mj'
        assertLoggedIn(t, await presentClaims({ nonce }, { nonce }))
        assertRefused(t, await presentClaims({}, { nonce }), 'invalid_request')
        for (const form of [{}, { nonce: '' }, { nonce: `${nonce}x` }, { nonce: nonce.toLowerCase() }])
          assertRefused(t, await presentClaims({ nonce }, form as Record<string, string>), 'invalid_request')
        for (const claim of [null, 1, [nonce], ''])
          assertRefused(t, await presentClaims({ nonce: claim }, { nonce }), 'invalid_request')
      }
    ),
    decision(
      '§3.1.3.7 (11)',
      "the token may have the SHA-256 of the nonce, in hex or base64url, as on Apple's devices",
      async ({ presentClaims }: IssuerWorld, t) => {
        const nonce = 'n-0S6_WzA2Mj'
        const hashes = (['hex', 'base64url'] as const).map(form => createHash('sha256').update(nonce).digest(form))
        for (const hash of hashes) {
          assertLoggedIn(t, await presentClaims({ nonce: hash }, { nonce }))
          assertRefused(t, await presentClaims({ nonce }, { nonce: hash }), 'invalid_request')
        }
      }
    ),
    must(
      '§2',
      'sub is required, and is text of 1 to 255 ASCII characters',
      async ({ presentClaims }: IssuerWorld, t) => {
        for (const sub of ['', 'x'.repeat(256), 'zoë', 'a\u0000b', 1, undefined, null, ['alice']])
          assertRefused(t, await presentClaims({ sub }), 'invalid_request')
        assertLoggedIn(t, await presentClaims({ sub: 'x'.repeat(255) }))
      }
    ),
    must(
      '§5.7',
      'iss and sub alone name the account elsewhere: the same pair is one account here, with any address',
      async ({ presentClaims }: IssuerWorld, t) => {
        const subOf = async (claims: Record<string, unknown>) => {
          const answer = await presentClaims(claims)
          assertLoggedIn(t, answer)
          return decodeJwt(answer.body.access_token).sub
        }
        const first = await subOf({ sub: '1', email: 'bob@example.com' })
        t.equal(await subOf({ sub: '1', email: 'rob@example.com', nonce: undefined }), first)
        t.not(await subOf({ sub: '2', email: 'bob@example.com' }), first)
        t.not(await subOf({ sub: 'ALICE' }), await subOf({ sub: 'alice' }))
      }
    ),
    decision(
      '§15.5.2',
      'an ID token works once, with any signature, whether it has a nonce or not',
      async ({ present, provider }: IssuerWorld, t) => {
        const token = provider.idToken({}, { alg: 'ES256' })
        const input = token.slice(0, token.lastIndexOf('.'))
        const again = provider.idToken({}, { alg: 'ES256' })
        t.equal(again.slice(0, again.lastIndexOf('.')), input)
        t.not(again, token)
        assertLoggedIn(t, await present(token))
        for (const replay of [token, again]) assertRefused(t, await present(replay), 'invalid_request')
      }
    ),
    should(
      '§10.1.1',
      'after a rotation of the keys, the kid of a token tells to fetch them again',
      alone,
      async ({ presentClaims, provider, clock }: IssuerWorld, t) => {
        assertLoggedIn(t, await presentClaims({}))
        provider.rotate()
        clock.advance(30)
        assertLoggedIn(t, await presentClaims({}))
        t.equal(provider.fetches.jwks, 2)
      }
    ),
    must(
      '§10.1',
      'a kid that the issuer does not have, or has twice, is refused',
      alone,
      async ({ present, provider, clock }: IssuerWorld, t) => {
        const alg = 'ES256'
        assertRefused(t, await present(provider.idToken({}, { alg, kid: 'another' })), 'invalid_request')
        const [key] = provider.jwks()
        const { x, y } = generateIssuerKey(alg).publicKey.export({ format: 'jwk' })
        provider.state.jwks = { keys: [key, { ...key, x, y }] }
        clock.advance(600)
        assertRefused(t, await present(provider.idToken({}, { alg })), 'invalid_request')
      }
    ),
    must(
      'RFC 8725 §3.10',
      'a key in the header of an ID token, or at a URL there, is not used: jwk, x5c, jku, x5u',
      async ({ present, provider }: IssuerWorld, t) => {
        const { publicKey, privateKey: key } = generateIssuerKey('ES256')
        const asked: (string | undefined)[] = []
        const jku = await startSite(t, ({ url }, answer) => {
          asked.push(url)
          answer.end(JSON.stringify({ keys: [jwk] }))
        })
        const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'mine', alg: 'ES256' }
        for (const header of [{ jwk }, { jku }, { x5u: jku }, { x5c: ['MIIB'] }])
          for (const kid of ['mine', provider.kidOf('ES256')])
            assertRefused(t, await present(provider.idToken({}, { alg: 'ES256', kid, key, header })), 'invalid_request')
        t.same(asked, [])
      }
    ),
    must(
      'OpenID Connect Discovery 1.0 §4.3',
      'metadata that name another issuer than the configured one are not used: 503, as without metadata',
      alone,
      async ({ presentClaims, provider }: IssuerWorld, t) => {
        const jwks_uri = `${provider.issuer}/keys`
        provider.state.configuration = { issuer: `${provider.issuer}/`, jwks_uri }
        const answer = await presentClaims({})
        assertRefused(t, answer, 'temporarily_unavailable', 503)
        t.match(answer.headers['retry-after'], /^\d+$/)
      }
    ),
    must(
      'OpenID Connect Back-Channel Logout 1.0 §2.4',
      'a logout token of the issuer is not an ID token',
      async ({ present, presentClaims, provider }: IssuerWorld, t) => {
        const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
        assertRefused(t, await presentClaims({ events }), 'invalid_request')
        assertRefused(t, await present(provider.idToken({}, { header: { typ: 'logout+jwt' } })), 'invalid_request')
      }
    )
  ],
  notApplicable: [
    excluded(
      '§3.1.3.7 (1)',
      'decryption of an encrypted ID token',
      'No key for it is registered with an issuer: one with five parts is refused.'
    ),
    excluded(
      '§3.1.3.7 (12)',
      'a requested acr is in the token',
      'The app requests the ID token, not this server. A login by ID token is always `aal1`.'
    ),
    excluded(
      '§3.1.3.7 (13)',
      'a requested auth_time is recent',
      'The app requests the ID token. `auth_time` of a login is that of the ID token, if it has one and no second factor follows.'
    ),
    excluded(
      '§3.1.2, §3.1.3.8, §5.3',
      'authorization requests, access tokens (at_hash), the UserInfo endpoint',
      'This server takes no code and no access token of an issuer, and asks it for nothing but its keys.'
    )
  ],
  readings: [
    reading(
      '§3.1.3.7 (3)',
      'May a token have audiences that are not configured, if one is?',
      'No: "additional audiences not trusted by the Client" is every audience that the settings do not name.'
    ),
    reading(
      '§3.1.3.7 (6)',
      'TLS may stand in for the signature where the token comes from the issuer directly. Does it?',
      'No: it comes from an app.'
    )
  ]
}
