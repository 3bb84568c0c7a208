import { decodeJwt, decodeProtectedHeader } from 'jose'
import { createUser } from '../support/app.ts'
import { decision, excluded, must, reading, type Standard, should } from './scenarios.ts'
import { assertBearerRefused } from './world.ts'

const seconds = (time: Date) => Math.floor(time.getTime() / 1000)
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const rfc9068: Standard = {
  name: 'RFC 9068',
  title: 'JWT Profile for OAuth 2.0 Access Tokens',
  date: 'October 2021',
  table: 'rfc9068',
  scenarios: [
    must(
      '§2.1',
      'the header has typ at+jwt, the kid of a published key, its alg, and nothing else; alg is never none',
      async ({ tokens, send }, t) => {
        const { access_token } = await tokens()
        const [key] = (await send('GET', '/.well-known/jwks.json')).body.keys
        t.same(decodeProtectedHeader(access_token), { alg: 'ES256', typ: 'at+jwt', kid: key.kid })
      }
    ),
    must('§2.1', 'RS256 is among the supported algorithms, with a key of 2048 bits or more (RFC 7518 §3.3)', [
      [
        'conformance/rfc8725.ts',
        'RFC 8725 §3.2: with SIGNING_ALG RS256 every token is signed with it and verifies through the published keys'
      ]
    ]),
    must(
      '§2.2',
      'the claims are iss, exp, aud, sub, client_id, iat, jti, scope (§2.2.3), auth_time, acr, amr (§2.2.1) and sid',
      async ({ tokens, alice, config, clock }, t) => {
        const { jti, sid, preferred_username, ...claims } = decodeJwt((await tokens()).access_token)
        const now = seconds(clock.now())
        t.same(claims, {
          iss: 'https://auth.example.com',
          aud: config.audience,
          sub: alice.id,
          client_id: 'first-party',
          iat: now,
          exp: now + config.accessTokenTtl,
          scope: 'me',
          auth_time: now,
          acr: 'aal1',
          amr: ['pwd']
        })
        t.match(jti, uuid)
        t.match(sid, uuid)
      }
    ),
    must(
      '§2.2',
      'every token has its own jti, and the tokens of a login share its sid',
      async ({ tokens, refresh }, t) => {
        const first = await tokens()
        const again = decodeJwt((await refresh(first.refresh_token)).body.access_token)
        const other = decodeJwt((await tokens()).access_token)
        const claims = decodeJwt(first.access_token)
        t.equal(new Set([claims.jti, again.jti, other.jti]).size, 3)
        t.equal(again.sid, claims.sid)
        t.not(other.sid, claims.sid)
      }
    ),
    must(
      '§2.2.1',
      "auth_time, acr and amr stay those of the login after a refresh, and a client's own token has none",
      async ({ tokens, refresh, token, confidential, clock }, t) => {
        const loggedIn = seconds(clock.now())
        const { refresh_token } = await tokens()
        clock.advance(60)
        const claims = decodeJwt((await refresh(refresh_token)).body.access_token)
        t.match(claims, { auth_time: loggedIn, acr: 'aal1' })
        t.strictSame(claims.amr, ['pwd'])
        t.equal(claims.iat, loggedIn + 60)
        const own = await token(
          { grant_type: 'client_credentials', scope: 'me introspect' },
          (await confidential()).headers
        )
        for (const claim of ['auth_time', 'acr', 'amr']) t.notOk(claim in decodeJwt(own.body.access_token), claim)
      }
    ),
    decision(
      '§2.2.2',
      "preferred_username names the user, also after a refresh, and a client's own token has none",
      async ({ tokens, refresh, token, confidential, post }, t) => {
        const first = await tokens()
        const { access_token } = (await refresh(first.refresh_token)).body
        for (const each of [first.access_token, access_token]) t.equal(decodeJwt(each).preferred_username, 'alice')
        const { headers } = await confidential()
        const introspect = (token: string) => post('/introspect', { token }, headers)
        t.equal((await introspect(access_token)).body.preferred_username, 'alice')
        const own = (await token({ grant_type: 'client_credentials', scope: 'me introspect' }, headers)).body
        t.notOk('preferred_username' in decodeJwt(own.access_token))
        t.notOk('preferred_username' in (await introspect(own.access_token)).body)
      }
    ),
    should('§2.2.3', 'scope contains the granted scopes', async ({ app, alice, tokens }, t) => {
      await app.userAdmin.update(alice.id, { scopes: ['me', 'users:read', 'audit:read'] }, {})
      const { access_token, scope } = await tokens({ scope: 'users:read me nothing' })
      t.equal(decodeJwt(access_token).scope, scope)
      t.equal(scope, 'users:read me')
    }),
    should('§2.2.3.1', 'roles, groups and entitlements of the account are claims of its tokens, as arrays of strings', [
      [
        'routes/account-claims.test.ts',
        'Claims of an account are in its next tokens, in introspection at once, and readable by the owner'
      ],
      ['auth/account/claims.test.ts', 'Roles, groups and entitlements are arrays of strings (RFC 9068 §2.2.3.1)']
    ]),
    must('§3', 'aud is the issuer, and the audience of the settings beside it', [
      [
        'conformance/rfc8707.ts',
        'RFC 8707 §2: without resource, the aud is the issuer, and AUDIENCE beside it where that is set (RFC 9068 §3)'
      ]
    ]),
    must(
      '§4',
      'typ at+jwt and application/at+jwt are accepted, in any case; an aud list has to contain the audience',
      async ({ tokens, mint, me, config }, t) => {
        const claims = decodeJwt((await tokens()).access_token)
        for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt', 'application/AT+JWT'])
          t.equal((await me(await mint(claims, { typ }))).status, 200, typ)
        const aud = ['https://api.example.com', config.audience]
        t.equal((await me(await mint({ ...claims, aud }))).status, 200)
        assertBearerRefused(t, await me(await mint({ ...claims, aud: aud.slice(0, 1) })), 'invalid_token')
      }
    ),
    decision('§4', 'a token of the previous key works until it expires; a new key is published before it signs', [
      ['auth/keys/keys.test.ts', 'A key is published, signs once every cache has it, and expires after the last token'],
      ['clients/jose.test.ts', 'Jose with a JWKS cached for its max-age verifies every token across a key rotation']
    ]),
    should(
      '§5',
      'the sub of a client is never that of a user (RFC 9700 §4.15)',
      async ({ app, alice, token, me, confidential }, t) => {
        const { id, headers } = await confidential()
        const { access_token } = (await token({ grant_type: 'client_credentials', scope: 'me' }, headers)).body
        const { sub, client_id } = decodeJwt(access_token)
        t.equal(sub, id)
        t.equal(client_id, id)
        t.match(id, /^c_/)
        // A name is not an id: users choose their names, and ids are UUIDs.
        const namesake = await createUser(app, id)
        for (const user of [alice, namesake]) t.match(user.id, uuid)
        const answer = await me(access_token)
        t.equal(answer.status, 403)
        t.same(Object.keys(answer.body).sort(), ['code', 'detail', 'instance', 'status', 'title', 'type'])
      }
    ),
    should(
      '§6',
      'a token contains nothing about its user but an id without a meaning elsewhere, and the username',
      async ({ app, tokens }, t) => {
        const person = { username: 'bob', email: 'bob@example.com', full_name: 'Robert Roe' }
        await app.users.register({ ...person, password: 'correct horse battery staple' }, {})
        const { preferred_username, ...claims } = decodeJwt((await tokens({ username: 'bob' })).access_token)
        t.equal(preferred_username, 'bob')
        for (const text of Object.values(person)) t.notMatch(JSON.stringify(claims), text)
      }
    )
  ],
  notApplicable: [excluded('§4', 'decryption of encrypted tokens', 'Tokens are not encrypted.')],
  readings: [
    reading(
      '§2.1',
      'RS256 MUST be supported. Does it have to be the default?',
      'No: the default is ES256, which has shorter tokens. SIGNING_ALG=RS256 selects RS256.'
    ),
    reading(
      '§2.2.3',
      'Does a token contain scope if the request had none?',
      'Yes: it always contains the granted scopes, as the token response does.'
    ),
    reading(
      '§2.2.3.1',
      'In SCIM (RFC 7643 §4.1.2), a role is an object with value, display and type. What is one in a token?',
      'A string, the value of that object, which is what an API compares.'
    ),
    reading(
      '§4',
      'Is exp compared with some leeway?',
      'No: here the same server signs and verifies. Other services may allow some.'
    )
  ]
}
