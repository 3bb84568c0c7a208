import { decodeJwt, jwtVerify } from 'jose'
import { metadataOf } from '../support/metadata.ts'
import { challengeForm, codeOf, exchange } from './codes.ts'
import { assertExchanged, exchangeGrant, withPersonalToken } from './exchanges.ts'
import { decision, excluded, must, reading, type Standard } from './scenarios.ts'
import { assertRefused, assertTokens } from './world.ts'

const metadataPath = '/.well-known/oauth-authorization-server'

export const rfc8414: Standard = {
  name: 'RFC 8414',
  title: 'Authorization Server Metadata',
  date: 'June 2018',
  table: 'rfc8414',
  scenarios: [
    must('§3', 'the metadata are at /.well-known/oauth-authorization-server, as JSON with status 200 (§3.2)', [
      ['routes/well-known.test.ts', 'The metadata describes the running server, and may be cached (RFC 8414 §2, §3)']
    ]),
    must(
      '§3.1',
      'the path of an issuer comes after the well-known string',
      { settings: { issuer: 'https://auth.example.com/tenant' } },
      async ({ send }, t) => {
        const answer = await send('GET', `${metadataPath}/tenant`)
        t.equal(answer.status, 200)
        t.same(answer.body, metadataOf('https://auth.example.com/tenant'))
        t.equal((await send('GET', `/tenant${metadataPath}`)).status, 404)
      }
    ),
    must(
      '§2',
      'issuer is the URL of the settings, and the iss of every token (§3.3, RFC 9068 §4)',
      async ({ send, tokens, config }, t) => {
        const { issuer } = (await send('GET', metadataPath)).body
        t.equal(issuer, config.issuer)
        t.equal(decodeJwt((await tokens()).access_token).iss, issuer)
        t.match(issuer, /^https:\/\/[^?#]+$/)
      }
    ),
    must('§2', 'every listed endpoint answers at its listed URL', async ({ send, config }, t) => {
      const { body } = await send('GET', metadataPath)
      const posts = [
        'token_endpoint',
        'authorization_challenge_endpoint',
        'revocation_endpoint',
        'introspection_endpoint'
      ]
      for (const name of posts) {
        const path = body[name].slice(config.issuer.length)
        t.match((await send('POST', path)).body, { error: 'invalid_request' }, name)
      }
      t.equal((await send('GET', body.jwks_uri.slice(config.issuer.length))).status, 200)
      t.ok((await send('GET', body.service_documentation.slice(config.issuer.length))).status < 400)
    }),
    must(
      '§2',
      'grant_types_supported is present, since its default would be wrong, and each listed grant works',
      async (world, t) => {
        const { send, logIn, refresh, token, confidential } = world
        const { grant_types_supported } = (await send('GET', metadataPath)).body
        t.same(grant_types_supported, [
          'password',
          'refresh_token',
          'client_credentials',
          'authorization_code',
          exchangeGrant
        ])
        const answer = await logIn()
        assertTokens(t, answer)
        assertTokens(t, await refresh(answer.body.refresh_token))
        const { headers } = await confidential()
        const own = await token({ grant_type: 'client_credentials', scope: 'me' }, headers)
        assertTokens(t, own, { refreshable: false })
        assertTokens(t, await exchange(world, await codeOf(world)))
        assertExchanged(t, await (await withPersonalToken(world)).exchange())
      }
    ),
    must(
      '§2',
      'each listed authentication method of the token endpoint works, including none',
      async ({ send, logIn, confidential, publicClient }, t) => {
        const { token_endpoint_auth_methods_supported: methods } = (await send('GET', metadataPath)).body
        t.same(methods, ['client_secret_basic', 'client_secret_post', 'none'])
        const { id, secret, headers } = await confidential()
        assertTokens(t, await logIn({}, headers))
        assertTokens(t, await logIn({ client_id: id, client_secret: secret }))
        assertTokens(t, await logIn({ client_id: await publicClient() }))
      }
    ),
    must(
      '§2',
      'response_types_supported and code_challenge_methods_supported name what works, and nothing else does',
      async ({ send, challenge }, t) => {
        const { body } = await send('GET', metadataPath)
        t.same(body.response_types_supported, ['code'])
        t.same(body.code_challenge_methods_supported, ['S256'])
        t.equal((await challenge(challengeForm)).status, 200)
        assertRefused(t, await challenge({ ...challengeForm, response_type: 'token' }), 'unsupported_response_type')
        assertRefused(t, await challenge({ ...challengeForm, code_challenge_method: 'plain' }), 'invalid_request')
      }
    ),
    must('§3.2', 'a claim without values is omitted: every list has a value', async ({ send }, t) => {
      const { body } = await send('GET', metadataPath)
      for (const [name, value] of Object.entries(body)) t.not(JSON.stringify(value), '[]', name)
    }),
    decision(
      'RFC 9111 §5.2.2',
      'metadata and keys may be cached for the time between the publication of a new key and its first signature',
      async ({ send }, t) => {
        for (const path of [metadataPath, '/.well-known/jwks.json'])
          t.equal((await send('GET', path)).headers['cache-control'], 'public, max-age=300')
      }
    ),
    must('RFC 7517 §5', 'the key set contains only public keys, each with kid, alg and use', [
      [
        'routes/well-known.test.ts',
        'The JWKS contains public keys only, with a lifetime and an ETag (RFC 7517 §5, RFC 9110 §8.8.3)'
      ],
      ['routes/well-known.test.ts', 'The JWKS of every algorithm has exactly the public members (RFC 7518 §6)']
    ]),
    must(
      '§2',
      'tokens verify with the keys at jwks_uri, their kid and their alg',
      async ({ send, tokens, config, clock, remoteKeys }, t) => {
        const { jwks_uri } = (await send('GET', metadataPath)).body
        const { access_token } = await tokens()
        const { payload } = await jwtVerify(access_token, remoteKeys(jwks_uri), {
          issuer: config.issuer,
          audience: config.audience,
          typ: 'at+jwt',
          currentDate: clock.now()
        })
        t.equal(payload.scope, 'me')
      }
    ),
    must('§3.1', 'the metadata are for GET and HEAD; another method gets 405 and Allow', async ({ send }, t) => {
      t.equal((await send('HEAD', metadataPath)).status, 200)
      const answer = await send('POST', metadataPath)
      t.equal(answer.status, 405)
      t.same(new Set(answer.headers.allow?.split(', ')), new Set(['GET', 'HEAD']))
    })
  ],
  notApplicable: [
    excluded(
      '§2',
      'authorization_endpoint and response_modes_supported',
      'There is no authorization endpoint: codes come from the authorization_challenge_endpoint. The default of ' +
        'response_modes_supported says nothing about it, because its response is no redirect.'
    ),
    excluded(
      '§2',
      'token_endpoint_auth_signing_alg_values_supported and its like',
      'They are for JWT client assertions, and clients authenticate with secrets.'
    ),
    excluded('§2.1', 'signed_metadata', 'It is optional; TLS authenticates the document.'),
    excluded(
      '§3.3',
      'the client compares issuer with the URL it asked',
      'It binds the client; the real clients of test/clients do it.'
    ),
    excluded('§6.1', 'TLS', 'TLS ends in the proxy in front of Sallyport.')
  ],
  readings: [
    reading(
      '§2',
      'The issuer has to be an https URL. Is http://127.0.0.1:3000 refused?',
      'No: it is the default, so that a first start needs no settings. `ISSUER` is the https URL in production.'
    ),
    reading(
      '§3.1',
      'Is the document of an issuer with a path also served at the plain well-known URL?',
      'Yes: a proxy may strip the path. A client that asked for another issuer refuses the document, as §3.3 requires.'
    )
  ]
}
