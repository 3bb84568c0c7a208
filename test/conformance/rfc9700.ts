import { decodeJwt } from 'jose'
import { bearer, createUser, password } from '../support/app.ts'
import { decision, excluded, must, reading, type Scenario, type Standard, should } from './scenarios.ts'
import { assertBearerRefused, assertRefused, assertTokens, type World } from './world.ts'

/** Tokens of a login that `event` has to end, and of another login of the same user. */
async function assertEnds(t: Parameters<Scenario['run']>[1], world: World, event: () => Promise<unknown>) {
  const { access_token, refresh_token } = await world.tokens()
  const { headers } = await world.confidential(`asks ${access_token.slice(-9)}`)
  await event()
  for (const token of [access_token, refresh_token])
    t.same((await world.post('/introspect', { token }, headers)).body, { active: false })
  assertRefused(t, await world.refresh(refresh_token), 'invalid_grant')
  assertBearerRefused(t, await world.me(access_token), 'invalid_token')
}

const rotation: Standard['scenarios'] = [
  must(
    '§4.14.2',
    'refresh tokens of all clients rotate, public or not (§2.2.2)',
    async ({ tokens, refresh, publicClient, confidential }, t) => {
      const { headers } = await confidential()
      const client_id = await publicClient()
      for (const [form, carried] of [
        [{}, {}],
        [{ client_id }, {}],
        [{}, headers]
      ] as const) {
        const first = await tokens(form, carried)
        const second = await refresh(first.refresh_token, form, carried)
        assertTokens(t, second)
        t.not(second.body.refresh_token, first.refresh_token)
      }
    }
  ),
  decision(
    '§4.14.2',
    'a retry with the previous token within the grace time gets the current token again, byte for byte',
    async ({ tokens, refresh, clock, config, me }, t) => {
      const first = await tokens()
      const second = await refresh(first.refresh_token)
      clock.advance(config.refreshGrace)
      const retry = await refresh(first.refresh_token)
      assertTokens(t, retry)
      t.equal(retry.body.refresh_token, second.body.refresh_token)
      t.not(retry.body.access_token, second.body.access_token)
      for (const { body } of [second, retry]) t.equal((await me(body.access_token)).status, 200)
      assertTokens(t, await refresh(retry.body.refresh_token))
    }
  ),
  must(
    '§4.14.2',
    'a replaced token after the grace time is reuse: invalid_grant, and the login ends with all its tokens',
    async ({ app, tokens, refresh, clock, config, me }, t) => {
      const first = await tokens()
      const second = (await refresh(first.refresh_token)).body
      clock.advance(config.refreshGrace + 1)
      assertRefused(t, await refresh(first.refresh_token), 'invalid_grant')
      assertRefused(t, await refresh(second.refresh_token), 'invalid_grant')
      for (const { access_token } of [first, second]) assertBearerRefused(t, await me(access_token), 'invalid_token')
      t.same(await app.sessions.ofUser(String(decodeJwt(first.access_token).sub)), [])
    }
  ),
  must(
    '§4.14.2',
    'a token older than the previous one is reuse within the grace time too',
    async ({ tokens, refresh }, t) => {
      const first = await tokens()
      const second = (await refresh(first.refresh_token)).body
      const third = (await refresh(second.refresh_token)).body
      assertRefused(t, await refresh(first.refresh_token), 'invalid_grant')
      assertRefused(t, await refresh(third.refresh_token), 'invalid_grant')
    }
  ),
  decision(
    '§4.14.2',
    "reuse ends only its own login: the user's other devices stay logged in",
    async ({ tokens, refresh, clock, config, me }, t) => {
      const [laptop, phone] = [await tokens(), await tokens()]
      await refresh(laptop.refresh_token)
      clock.advance(config.refreshGrace + 1)
      assertRefused(t, await refresh(laptop.refresh_token), 'invalid_grant')
      t.equal((await me(phone.access_token)).status, 200)
      assertTokens(t, await refresh(phone.refresh_token))
    }
  ),
  decision(
    '§4.14.2',
    'with REFRESH_GRACE 0 a replaced token is reuse a second later',
    { settings: { refreshGrace: 0 } },
    async ({ tokens, refresh, clock }, t) => {
      const { refresh_token } = await tokens()
      const second = await refresh(refresh_token)
      clock.advance(1)
      assertRefused(t, await refresh(refresh_token), 'invalid_grant')
      assertRefused(t, await refresh(second.body.refresh_token), 'invalid_grant')
    }
  ),
  decision('§4.14.2', '20 concurrent refreshes with one token: every answer is 200 with the same, working successor', [
    [
      'auth/sessions/refresh-parallel.test.ts',
      '40 parallel refreshes over two nodes on one database all get the same successor'
    ]
  ]),
  must(
    '§4.14.2',
    'a refresh token keeps the scope of its login, and its successors get no more',
    async ({ app, alice, tokens, refresh }, t) => {
      const { refresh_token } = await tokens()
      await app.userAdmin.update(alice.id, { scopes: ['me', 'users:read', 'audit:read'] }, {})
      const next = await refresh(refresh_token)
      assertTokens(t, next, { scope: 'me' })
      assertRefused(t, await refresh(next.body.refresh_token, { scope: 'audit:read' }), 'invalid_scope')
    }
  ),
  should(
    '§4.14.2',
    'a login that is not refreshed ends after its idle time, to the second',
    async ({ tokens, refresh, clock, config }, t) => {
      const [one, other] = [await tokens(), await tokens()]
      clock.advance(config.refreshTokenTtl - 1)
      const next = await refresh(one.refresh_token)
      assertTokens(t, next)
      clock.advance(1)
      assertRefused(t, await refresh(other.refresh_token), 'invalid_grant')
      clock.advance(config.refreshTokenTtl - 2)
      assertTokens(t, await refresh(next.body.refresh_token))
    }
  ),
  should(
    '§4.14.2',
    'a login ends after its maximum lifetime despite refreshes, and no access token outlives it',
    { settings: { sessionTtl: 3600, refreshTokenTtl: 1800 } },
    async ({ tokens, refresh, clock, me }, t) => {
      let { refresh_token } = await tokens()
      for (let minutes = 20; minutes < 60; minutes += 20) {
        clock.advance(1200)
        refresh_token = (await refresh(refresh_token)).body.refresh_token
      }
      clock.advance(1140)
      const last = (await refresh(refresh_token)).body
      t.equal(last.expires_in, 60)
      clock.advance(60)
      assertRefused(t, await refresh(last.refresh_token), 'invalid_grant')
      assertBearerRefused(t, await me(last.access_token), 'invalid_token')
    }
  ),
  decision(
    '§4.14.2',
    'a password change ends every login at once, also the one that made it, and begins one for the caller',
    async (world, t) => {
      const here = await world.tokens()
      await assertEnds(t, world, async () => {
        const changed = await world.changePassword(here.access_token)
        assertTokens(t, changed)
        t.equal((await world.me(changed.body.access_token)).status, 200)
        assertTokens(t, await world.refresh(changed.body.refresh_token))
      })
      assertBearerRefused(t, await world.me(here.access_token), 'invalid_token')
      assertRefused(t, await world.refresh(here.refresh_token), 'invalid_grant')
    }
  ),
  decision(
    '§4.14.2',
    'a disabled user is logged out at once, and stays so when the account is enabled again',
    async (world, t) => {
      const { app, alice } = world
      const before = await world.tokens()
      await assertEnds(t, world, () => app.userAdmin.update(alice.id, { disabled: true }, {}))
      await app.userAdmin.update(alice.id, { disabled: false }, {})
      assertRefused(t, await world.refresh(before.refresh_token), 'invalid_grant')
      assertTokens(t, await world.logIn())
    }
  ),
  decision('§4.14.2', 'logging out of one login or of all ends them at once', [
    ['routes/sessions.test.ts', 'A session can be ended once, by its own user only'],
    ['routes/sessions.test.ts', 'A user ends all other sessions, or all with ?all=true']
  ]),
  decision('§4.14.2', 'disabling or deleting a client ends its logins', [
    [
      'auth/sessions/sessions.test.ts',
      'Tokens of a client that was disabled are refused at the next request, also after it is enabled'
    ]
  ])
]

const rest: Standard['scenarios'] = [
  should(
    '§2.2.1, §4.10.1',
    'access tokens are sender-constrained (DPoP) for every client that proves a key; DPOP=required refuses others',
    [
      ['routes/dpop-grants.test.ts', 'DPOP=required refuses every grant without a proof (RFC 9449 §5)'],
      [
        'routes/dpop-resources.test.ts',
        'Every protected path takes a bound token with a proof of its key only (RFC 9449 §4.3, §7)'
      ]
    ]
  ),
  must(
    '§2.2.2',
    'refresh tokens of public clients are sender-constrained too, where the client proves a key, and rotate',
    [
      [
        'routes/dpop-grants.test.ts',
        'Every grant binds its tokens to the key of the proof, once for each proof (RFC 9449 §5, §11.1)'
      ],
      [
        'routes/dpop.test.ts',
        'A thief without the key cannot end a bound login, and leaves one event an hour (RFC 9449 §5)'
      ]
    ]
  ),
  should(
    '§2.3',
    'access tokens have one audience and only the requested scopes',
    async ({ app, alice, tokens, send }, t) => {
      await app.userAdmin.update(alice.id, { scopes: ['me', 'users:read'] }, {})
      const { access_token, scope } = await tokens({ scope: 'users:read' })
      t.equal(scope, 'users:read')
      t.equal(decodeJwt(access_token).aud, 'https://auth.example.com')
      t.equal((await send('GET', '/users/me/sessions', bearer(access_token))).status, 403)
    }
  ),
  decision('§2.4', 'the password grant can be withheld from a client, as for third-party clients', [
    ['conformance/rfc6749.ts', 'RFC 6749 §5.2: a grant that the client may not use is unauthorized_client']
  ]),
  should('§2.6', 'the server publishes its metadata (RFC 8414)', async ({ send }, t) => {
    t.equal((await send('GET', '/.well-known/oauth-authorization-server')).status, 200)
  }),
  decision('§2.6', 'only pages of the configured origins may call token, revocation, users and metadata (CORS)', [
    ['plugins/http/cors.test.ts', 'Only pages of allowed origins can read answers (Fetch §3.2)'],
    ['plugins/http/cors.test.ts', 'A preflight is answered for /token, /revoke, the account and the documents']
  ]),
  decision('§2.6', 'by default no page of another origin may call', async ({ send, logIn }, t) => {
    const origin = 'https://app.example.com'
    t.equal((await logIn({}, { origin })).headers['access-control-allow-origin'], undefined)
    const preflight = await send('OPTIONS', '/token', { origin, 'access-control-request-method': 'POST' })
    assertRefused(t, preflight, 'invalid_request', 405)
    t.equal(preflight.headers['access-control-allow-origin'], undefined)
  }),
  must('§4.3.2', 'no endpoint accepts a token in the query string', async ({ send, post, tokens }, t) => {
    const { access_token, refresh_token } = await tokens()
    assertBearerRefused(t, await send('GET', `/users/me?access_token=${access_token}`))
    const query = `/token?refresh_token=${refresh_token}`
    assertRefused(t, await post(query, { grant_type: 'refresh_token' }), 'invalid_request')
    assertRefused(
      t,
      await post(`/introspect?access_token=${access_token}`, { token: 'x' }),
      'invalid_client',
      401,
      'Basic realm="sallyport", charset="UTF-8"'
    )
  }),
  must('§4.10.2', 'a token for another audience is refused', async ({ tokens, mint, me }, t) => {
    const claims = decodeJwt((await tokens()).access_token)
    const token = await mint({ ...claims, aud: 'https://api.example.com' })
    assertBearerRefused(t, await me(token), 'invalid_token')
  }),
  should('§4.15', 'neither a client nor a user chooses client_id or sub', async ({ app, tokens, json }, t) => {
    const registration = { username: 'mallory', password, id: 'x', sub: 'x' }
    t.equal((await json('POST', '/users', registration)).status, 400)
    const bob = await createUser(app, 'bob')
    t.equal(decodeJwt((await tokens({ username: 'bob', sub: 'x', user_id: 'x' })).access_token).sub, bob.id)
  })
]

const noRedirects = 'There is no authorization endpoint, so no redirect and no front channel.'

export const rfc9700: Standard = {
  name: 'RFC 9700',
  title: 'Best Current Practice for OAuth 2.0 Security',
  date: 'January 2025',
  table: 'rfc9700',
  scenarios: [...rotation, ...rest],
  notApplicable: [
    excluded(
      '§2.1, §4.1, §4.2, §4.4, §4.6, §4.7, §4.11, §4.12, §4.16, §4.17',
      'redirect URIs, mix-up, forged requests, open redirectors, 307, clickjacking, browser messages',
      noRedirects
    ),
    excluded(
      '§2.6, §4.13',
      'end-to-end TLS, and a proxy that removes headers it does not set itself',
      'It binds the proxy in front. Sallyport trusts X-Forwarded-For only from the addresses in TRUST_PROXY.'
    )
  ],
  deviations: [
    {
      section: '§2.4',
      requirement: 'the password grant is not used',
      level: 'MUST',
      why: 'Sallyport exists for this grant, in the case where the objection is weakest: first-party clients, whose users give the password to the same party either way. Third-party clients are registered without it.'
    },
    {
      section: '§2.5',
      requirement: 'clients authenticate with asymmetric keys (private_key_jwt, mutual TLS)',
      level: 'SHOULD',
      why: 'Not offered: secrets are 256 random bits, shown once and stored as a hash.'
    }
  ],
  readings: [
    reading(
      '§4.14.2',
      'Does a second use of a rotated refresh token end the login at once?',
      'Not within REFRESH_GRACE (30 s) for the previous token: a client that lost the answer, or two ' +
        'tabs at once, get the current token again. FAPI 2.0 asks for such a retry. Any other use ends the login.'
    ),
    reading(
      '§4.14.2',
      'What is the token family that ends when a token is reused?',
      'The session of that login, with its access tokens. Other logins of the user continue.'
    ),
    reading('§2.2.2', 'Do refresh tokens of confidential clients rotate?', 'Yes: rotation detects theft there too.')
  ]
}
