import { decodeJwt } from 'jose'
import { basic, bearer, createUser } from '../support/app.ts'
import { apis, bills, withPersonalToken } from './exchanges.ts'
import { decision, excluded, must, reading, type Scenario, type Standard, should } from './scenarios.ts'
import { type Answer, assertInvalidClient, assertUncached, type World } from './world.ts'

type T = Parameters<Scenario['run']>[1]

function assertInactive(t: T, answer: Answer) {
  t.equal(answer.status, 200, answer.text)
  t.equal(answer.text, '{"active":false}')
  assertUncached(t, answer)
}

/** Tokens of alice, and a client that may introspect every token. */
async function asked({ tokens, post, confidential }: World) {
  const { access_token, refresh_token } = await tokens({ scope: 'me users:read' })
  const { headers } = await confidential()
  const introspect = (token: string, form: Record<string, string> = {}) =>
    post('/introspect', { token, ...form }, headers)
  return { access_token, refresh_token, introspect }
}

export const rfc7662: Standard = {
  name: 'RFC 7662',
  title: 'Token Introspection',
  date: 'October 2015',
  table: 'rfc7662',
  scenarios: [
    must(
      '§2.1',
      'a caller that does not authenticate learns nothing: 401 (§2.3)',
      async ({ post, tokens, confidential, publicClient }, t) => {
        const { access_token: token } = await tokens()
        const { id } = await confidential()
        assertInvalidClient(t, await post('/introspect', { token }))
        assertInvalidClient(t, await post('/introspect', { token, client_id: id }))
        assertInvalidClient(t, await post('/introspect', { token, client_id: await publicClient() }))
        assertInvalidClient(t, await post('/introspect', { token }, basic(id, 'wrong')))
        assertInvalidClient(t, await post('/introspect', { token }, { authorization: 'Basic Og==' }))
      }
    ),
    must(
      '§2.1',
      'the caller authenticates as a client, by header or form, or with an access token of scope introspect',
      async ({ app, alice, post, tokens, confidential }, t) => {
        await app.userAdmin.update(alice.id, { scopes: ['me', 'introspect'] }, {})
        const { access_token: token } = await tokens({ scope: 'me introspect' })
        const { id, secret, headers } = await confidential()
        const answers = [
          await post('/introspect', { token }, headers),
          await post('/introspect', { token, client_id: id, client_secret: secret }),
          await post('/introspect', { token }, bearer(token))
        ]
        for (const { text, body } of answers) {
          t.equal(body.active, true)
          t.equal(text, answers[0]?.text)
        }
      }
    ),
    must('§2.1', 'the request is a POST of a form with one token', [
      [
        'routes/introspect.test.ts',
        'POST /introspect refuses unauthorized callers and invalid requests (RFC 7662 §2.3)'
      ]
    ]),
    must('§2.1', 'a token_type_hint that is wrong or unknown does not hide the token', async (world, t) => {
      const { introspect, access_token, refresh_token } = await asked(world)
      for (const token_type_hint of ['access_token', 'refresh_token', 'unknown', '']) {
        t.equal((await introspect(access_token, { token_type_hint })).body.token_type, 'Bearer')
        t.equal((await introspect(refresh_token, { token_type_hint })).body.token_type, 'refresh_token')
      }
    }),
    must(
      '§2.2',
      'an active access token is described with its claims, active first among them, as JSON',
      async (world, t) => {
        const { introspect, access_token } = await asked(world)
        const answer = await introspect(access_token)
        const { iss, aud, sub, client_id, iat, exp, jti, scope, sid, acr, amr, auth_time } = decodeJwt(access_token)
        t.equal(answer.status, 200)
        t.match(answer.headers['content-type'], /^application\/json/)
        assertUncached(t, answer)
        t.same(answer.body, {
          active: true,
          scope,
          client_id,
          username: 'alice',
          preferred_username: 'alice',
          acr,
          amr,
          auth_time,
          token_type: 'Bearer',
          exp,
          iat,
          sub,
          aud,
          iss,
          jti,
          sid
        })
        t.equal(answer.body.sub, world.alice.id)
      }
    ),
    decision('§2.2', 'an active refresh token is described too, until it is replaced', async (world, t) => {
      const { introspect, access_token, refresh_token } = await asked(world)
      const now = Math.floor(world.clock.now().getTime() / 1000)
      t.same((await introspect(refresh_token)).body, {
        active: true,
        scope: 'me',
        client_id: 'first-party',
        username: 'alice',
        token_type: 'refresh_token',
        refresh_token_timeout: world.config.refreshTokenTtl,
        authorization_expires_in: world.config.sessionTtl,
        exp: now + world.config.refreshTokenTtl,
        iat: now,
        sub: world.alice.id,
        iss: world.config.issuer,
        sid: decodeJwt(access_token).sid
      })
      const next = await world.refresh(refresh_token)
      assertInactive(t, await introspect(refresh_token))
      t.equal((await introspect(next.body.refresh_token)).body.active, true)
    }),
    must(
      '§2.2',
      "a client's own access token is described without a user",
      async ({ token, post, confidential, config }, t) => {
        const { id, headers } = await confidential()
        const own = (await token({ grant_type: 'client_credentials', scope: 'me introspect' }, headers)).body
          .access_token
        const { exp, iat, jti, sid } = decodeJwt(own)
        t.same((await post('/introspect', { token: own }, headers)).body, {
          active: true,
          scope: 'me introspect',
          client_id: id,
          token_type: 'Bearer',
          exp,
          iat,
          sub: id,
          aud: config.audience,
          iss: config.issuer,
          jti,
          sid
        })
      }
    ),
    decision(
      '§2.2',
      'a personal access token is described without client and login, and its access token without login',
      { settings: apis },
      async (world, t) => {
        const { created, exchange, client_id } = await withPersonalToken(world, {
          scopes: ['bills:pay'],
          resource: bills
        })
        const { headers } = await world.confidential()
        const iat = Math.floor(world.clock.now().getTime() / 1000)
        const personal = {
          active: true,
          scope: 'bills:pay',
          username: 'alice',
          preferred_username: 'alice',
          token_type: 'Bearer',
          exp: iat + 90 * 86_400,
          iat,
          sub: world.alice.id,
          aud: bills,
          iss: apis.issuer,
          jti: created.id,
          sid: created.id
        }
        t.same((await world.post('/introspect', { token: created.token }, headers)).body, personal)
        const { access_token: token } = (await exchange()).body
        const { jti } = decodeJwt(token)
        const short = { ...personal, client_id, exp: iat + 600, jti }
        t.same((await world.post('/introspect', { token }, headers)).body, short)
      }
    ),
    decision('§2.2', 'a client without the scope introspect sees no personal access token, since none is its own', [
      [
        'auth/tokens/personal-caller.test.ts',
        'A personal access token is unknown to callers without the scope introspect, and not recorded'
      ]
    ]),
    must(
      '§4',
      'a personal access token is inactive once it has expired or was deleted, or its account is disabled',
      async (world, t) => {
        const { create, remove } = await withPersonalToken(world)
        const { headers } = await world.confidential()
        const introspect = (token: string) => world.post('/introspect', { token }, headers)
        const [deleted, expired, kept] = [await create(), await create({ expires_in: 60 }), await create()]
        for (const { token } of [deleted, expired, kept]) t.equal((await introspect(token)).body.active, true)
        await remove(deleted)
        world.clock.advance(60)
        for (const { token } of [deleted, expired]) assertInactive(t, await introspect(token))
        t.equal((await introspect(kept.token)).body.active, true)
        await world.app.userAdmin.update(world.alice.id, { disabled: true }, {})
        assertInactive(t, await introspect(kept.token))
        await world.app.userAdmin.update(world.alice.id, { disabled: false }, {})
        assertInactive(t, await introspect(kept.token))
      }
    ),
    must(
      '§2.2',
      'an unknown, garbled or expired token is answered with 200 and exactly {"active":false}',
      async (world, t) => {
        const { introspect, access_token, refresh_token } = await asked(world)
        for (const token of ['x', 'a.b.c', '😀', '\u0000', 'x'.repeat(8000), `${access_token}x`, `${refresh_token}x`])
          assertInactive(t, await introspect(token))
        world.clock.advance(600)
        assertInactive(t, await introspect(access_token))
        world.clock.advance(world.config.refreshTokenTtl)
        assertInactive(t, await introspect(refresh_token))
      }
    ),
    should(
      '§2.2',
      'a client without the scope introspect sees only its own tokens as active',
      async ({ post, tokens, confidential }, t) => {
        const narrow = await confidential('narrow', { grants: ['password', 'refresh_token'], scopes: ['me'] })
        const [own, foreign] = [await tokens({}, narrow.headers), await tokens()]
        for (const token of [foreign.access_token, foreign.refresh_token])
          assertInactive(t, await post('/introspect', { token }, narrow.headers))
        for (const token of [own.access_token, own.refresh_token])
          t.equal((await post('/introspect', { token }, narrow.headers)).body.active, true)
      }
    ),
    must(
      '§2.3',
      'an access token without scope introspect is 403 insufficient_scope, an invalid one 401 invalid_token',
      [
        [
          'routes/introspect.test.ts',
          'POST /introspect refuses unauthorized callers and invalid requests (RFC 7662 §2.3)'
        ]
      ]
    ),
    must('§4', 'tokens of a disabled user are inactive at once', [
      [
        'conformance/rfc9700.ts',
        'RFC 9700 §4.14.2: a disabled user is logged out at once, and stays so when the account is enabled again'
      ]
    ]),
    must('§4', 'tokens of a revoked login are inactive at once, those of another login are not', [
      ['conformance/rfc7009.ts', 'RFC 7009 §2.1: revocation ends the login of the token and no other of the same user']
    ]),
    must('§4', 'a password change makes the tokens of every login inactive at once, also of the one that made it', [
      [
        'conformance/rfc9700.ts',
        'RFC 9700 §4.14.2: a password change ends every login at once, also the one that made it, and begins one for the caller'
      ]
    ]),
    must('§4', 'scopes that the user has lost are no longer reported', async (world, t) => {
      const { app, alice } = world
      await app.userAdmin.update(alice.id, { scopes: ['me', 'users:read'] }, {})
      const { introspect, access_token } = await asked(world)
      t.equal((await introspect(access_token)).body.scope, 'me users:read')
      await app.userAdmin.update(alice.id, { scopes: ['me'] }, {})
      t.equal((await introspect(access_token)).body.scope, 'me')
    }),
    must('§4', 'a token of another server is inactive, with any claims', async (world, t) => {
      const { introspect, access_token } = await asked(world)
      await createUser(world.app, 'bob')
      assertInactive(t, await introspect(await world.mint(decodeJwt(access_token), { kid: 'another' })))
      assertInactive(t, await introspect(await world.mint({ ...decodeJwt(access_token), iss: 'https://evil.example' })))
    }),
    should('§4', 'no answer may be cached, so no answer outlives its token', async (world, t) => {
      const { introspect, access_token } = await asked(world)
      assertUncached(t, await introspect(access_token))
      assertUncached(t, await introspect('x'))
    })
  ],
  notApplicable: [
    excluded('§2, §4', 'TLS on the endpoint', 'TLS ends in the proxy in front of Sallyport.'),
    excluded(
      '§2.2',
      'nbf in the answer, and members that differ from one protected resource to another',
      'Both are optional: tokens have no nbf, and every caller sees the same members.'
    ),
    excluded(
      '§4',
      'limits on guessing tokens by introspection',
      'The caller is authenticated, and a token contains 160 random bits, 256 secret bits or a signature.'
    )
  ],
  readings: [
    reading(
      '§2.2',
      'Which tokens may a caller ask about?',
      'With the scope introspect, every one; without it, a confidential client sees the tokens issued to itself.'
    ),
    reading(
      '§2.2',
      'Is the previous refresh token active while the grace time still accepts it?',
      'No: a newer one has replaced it, and the grace time is only for lost answers.'
    )
  ]
}
