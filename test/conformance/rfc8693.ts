import { decodeJwt } from 'jose'
import {
  accessTokenType,
  apis,
  assertExchanged,
  bills,
  exchangeGrant,
  orders,
  personalTokenType,
  withPersonalToken
} from './exchanges.ts'
import { decision, excluded, must, reading, type Standard, should } from './scenarios.ts'
import { assertBearerRefused, assertInvalidClient, assertRefused } from './world.ts'

const typeOf = (name: string) => `urn:ietf:params:oauth:token-type:${name}`

export const rfc8693: Standard = {
  name: 'RFC 8693',
  title: 'OAuth 2.0 Token Exchange',
  date: 'January 2020',
  table: 'rfc8693',
  settings: apis,
  scenarios: [
    must(
      '§2.1',
      'the grant exchanges a subject token for an access token of its subject, with the parameters of a form',
      [
        [
          'auth/grants/personal-token.test.ts',
          'An exchange gives an access token without a login, with claims of the account (RFC 8693 §2.2.1)'
        ]
      ]
    ),
    must('§2.1', 'subject_token and subject_token_type are required, once each and not empty', async (world, t) => {
      const { form } = await withPersonalToken(world)
      for (const name of ['subject_token', 'subject_token_type']) {
        const { [name]: value = '', ...others } = form
        assertRefused(t, await world.token(others), 'invalid_request')
        assertRefused(t, await world.token({ ...others, [name]: '' }), 'invalid_request')
        const twice = `${new URLSearchParams(form)}&${new URLSearchParams({ [name]: value })}`
        assertRefused(t, await world.token(twice), 'invalid_request')
      }
    }),
    decision(
      '§2.1',
      'a confidential client authenticates, and another one is identified by client_id',
      async (world, t) => {
        const { form } = await withPersonalToken(world)
        const { client_id, ...anonymous } = form
        const { headers } = await world.confidential('job', { grants: [exchangeGrant], scopes: ['orders:read'] })
        assertExchanged(t, await world.token(anonymous, headers), { scope: 'orders:read' })
        const wrong = { authorization: headers.authorization.slice(0, -4) }
        assertInvalidClient(t, await world.token(anonymous, wrong))
        assertInvalidClient(t, await world.token({ ...form, client_id: 'c_00000000-0000-4000-8000-000000000000' }))
        assertRefused(t, await world.token(anonymous), 'unauthorized_client')
        const other = await world.publicClient('page')
        assertRefused(t, await world.token({ ...anonymous, client_id: other }), 'unauthorized_client')
      }
    ),
    decision('§2.1', 'without scope, the token gets what the subject token, the account and the client have now', [
      [
        'auth/grants/personal-token.test.ts',
        'An exchanged token loses at once the scopes that the account or the client loses'
      ]
    ]),
    must(
      '§2.1',
      'scope asks for less than the subject token has; more, or a scope of this server, is invalid_scope',
      async (world, t) => {
        const { exchange } = await withPersonalToken(world, { scopes: ['orders:read', 'orders:write'] })
        assertExchanged(t, await exchange({ scope: 'orders:read' }), { scope: 'orders:read' })
        for (const scope of ['bills:pay', 'orders:read bills:pay', 'me', 'users:read', 'orders:read me', '"'])
          assertRefused(t, await exchange({ scope }), 'invalid_scope')
      }
    ),
    must('§2.1', 'resource names the API that the token is for, alone (RFC 8707 §2)', async (world, t) => {
      const { exchange } = await withPersonalToken(world)
      const answer = await exchange({ resource: bills })
      assertExchanged(t, answer, { scope: 'bills:pay' })
      t.equal(decodeJwt(answer.body.access_token).aud, bills)
      assertRefused(t, await exchange({ resource: bills, scope: 'orders:read' }), 'invalid_scope')
      assertRefused(t, await exchange({ resource: apis.issuer }), 'invalid_scope')
    }),
    decision(
      '§2.1',
      'a personal access token for one API gives tokens for it without resource, and none for another',
      async (world, t) => {
        const { exchange } = await withPersonalToken(world, { resource: orders })
        for (const more of [{}, { resource: orders }]) {
          const answer = await exchange(more)
          assertExchanged(t, answer, { scope: 'orders:read orders:write' })
          t.equal(decodeJwt(answer.body.access_token).aud, orders)
        }
        for (const resource of [bills, apis.issuer]) assertRefused(t, await exchange({ resource }), 'invalid_target')
      }
    ),
    decision(
      '§2.1',
      'audience is refused with invalid_target: resource is the only way to name an API',
      async (world, t) => {
        const { exchange, client_id } = await withPersonalToken(world)
        for (const audience of [orders, client_id, 'orders']) {
          assertRefused(t, await exchange({ audience }), 'invalid_target')
          assertRefused(t, await exchange({ audience, resource: orders }), 'invalid_target')
        }
      }
    ),
    decision('§2.1', 'requested_token_type may name access tokens; no other type is issued', async (world, t) => {
      const { exchange } = await withPersonalToken(world)
      assertExchanged(t, await exchange({ requested_token_type: accessTokenType }))
      const others = [...['refresh_token', 'id_token', 'saml1', 'saml2', 'jwt'].map(typeOf), personalTokenType, 'x']
      for (const requested_token_type of others)
        assertRefused(t, await exchange({ requested_token_type }), 'invalid_request')
    }),
    must(
      '§2.1',
      'actor_token_type without actor_token is invalid_request, and so is every actor_token',
      async (world, t) => {
        const { exchange, login } = await withPersonalToken(world)
        assertRefused(t, await exchange({ actor_token_type: accessTokenType }), 'invalid_request')
        const actor = { actor_token: login.access_token, actor_token_type: accessTokenType }
        assertRefused(t, await exchange(actor), 'invalid_request')
        assertRefused(t, await exchange({ actor_token: login.access_token }), 'invalid_request')
      }
    ),
    must(
      '§2.2.1',
      'the answer has access_token, issued_token_type, token_type Bearer, expires_in and scope, uncached',
      async (world, t) => {
        const { exchange } = await withPersonalToken(world)
        assertExchanged(t, await exchange())
        assertExchanged(t, await exchange({ scope: 'bills:pay' }), { scope: 'bills:pay' })
      }
    ),
    decision('§2.2.1', 'no access token outlives the personal access token', async (world, t) => {
      const { exchange } = await withPersonalToken(world, { expires_in: 900 })
      assertExchanged(t, await exchange())
      world.clock.advance(840)
      assertExchanged(t, await exchange(), { expires_in: 60 })
    }),
    decision(
      '§2.2.1',
      'a personal access token gives no refresh token, even to a client that may refresh',
      async (world, t) => {
        const { form } = await withPersonalToken(world)
        const grants = ['password', 'refresh_token', exchangeGrant]
        const client_id = await world.publicClient('page', { grants, scopes: ['me', 'orders:read'] })
        assertExchanged(t, await world.token({ ...form, client_id }), { scope: 'orders:read' })
      }
    ),
    decision('§2.1', 'the exchange does not use up the subject token', async (world, t) => {
      const { exchange, created } = await withPersonalToken(world)
      const [first, second] = [await exchange(), await exchange()]
      for (const answer of [first, second]) assertExchanged(t, answer)
      t.not(first.body.access_token, second.body.access_token)
      t.match(created.token, /^sally_pat_[0-9A-Za-z]{33}$/)
    }),
    must(
      '§2.2.2',
      'a subject token that is wrong, expired, deleted or of a disabled account is invalid_request, the same',
      async (world, t) => {
        const { app, alice, clock } = world
        const { exchange, created, create, remove } = await withPersonalToken(world)
        const unknown = `sally_pat_${'0'.repeat(33)}`
        const garbled = [
          `${created.token}0`,
          created.token.slice(0, -1),
          created.token.toUpperCase(),
          unknown,
          'x',
          '😀'
        ]
        const refusals = await Promise.all(garbled.map(subject_token => exchange({ subject_token })))
        const [deleted, expired] = [await create(), await create({ expires_in: 60 })]
        t.equal((await remove(deleted)).status, 204)
        refusals.push(await exchange({ subject_token: deleted.token }))
        clock.advance(60)
        refusals.push(await exchange({ subject_token: expired.token }))
        assertExchanged(t, await exchange())
        await app.userAdmin.update(alice.id, { disabled: true }, {})
        refusals.push(await exchange())
        for (const refusal of refusals) {
          assertRefused(t, refusal, 'invalid_request')
          t.equal(refusal.text, refusals[0]?.text)
        }
      }
    ),
    should('§2.2.2', 'a target that the server does not know is invalid_target', async (world, t) => {
      const { exchange } = await withPersonalToken(world)
      for (const resource of ['https://other.example.com', `${orders}/`, 'orders'])
        assertRefused(t, await exchange({ resource }), 'invalid_target')
    }),
    must(
      '§3',
      'a subject token of a type that the server does not take is invalid_request, also its own tokens',
      async (world, t) => {
        const { exchange, login } = await withPersonalToken(world)
        for (const name of ['access_token', 'refresh_token', 'jwt', 'saml1', 'saml2'])
          for (const subject_token of [login.access_token, login.refresh_token])
            assertRefused(t, await exchange({ subject_token, subject_token_type: typeOf(name) }), 'invalid_request')
        for (const subject_token_type of [
          'toString',
          '__proto__',
          'personal-access-token',
          personalTokenType.toUpperCase()
        ])
          assertRefused(t, await exchange({ subject_token_type }), 'invalid_request')
      }
    ),
    decision(
      '§3',
      'the type of a personal access token is a URI of this server, and its value is no other token',
      async (world, t) => {
        const { exchange, created, login } = await withPersonalToken(world)
        assertExchanged(t, await exchange({ subject_token_type: 'urn:sallyport:token-type:personal-access-token' }))
        for (const subject_token of [login.access_token, login.refresh_token])
          assertRefused(t, await exchange({ subject_token }), 'invalid_request')
        assertBearerRefused(t, await world.me(created.token), 'invalid_token')
      }
    ),
    decision('§5', 'access tokens of a personal access token that was deleted are refused and inactive at once', [
      ['routes/revoke.test.ts', 'POST /revoke deletes a personal access token for every holder']
    ])
  ],
  notApplicable: [
    excluded(
      '§2.1, §4.1',
      'delegation: actor_token, and the claim act',
      'No token says that one party acts for another. An access token has the client_id of the client that exchanged.'
    ),
    excluded(
      '§2.1',
      'several resource and audience parameters, which are alternatives or add up',
      'A token is for one API ([RFC 8707](#rfc-8707-resource-indicators-for-oauth-20)), and audience is refused.'
    ),
    excluded('§2.2.1', 'token_type N_A, for tokens that are not access tokens', 'Only access tokens are issued.'),
    excluded('§4.4', 'the claim may_act', 'There is no delegation.')
  ],
  readings: [
    reading(
      '§2.2.2',
      'Is an invalid subject token invalid_request, or invalid_grant as in RFC 6749 §5.2?',
      'invalid_request: §2.2.2 says so for a token that is "invalid for any reason".'
    ),
    reading(
      '§2.1',
      'Is it an error to send a known audience?',
      'Yes. It is the name of a client or a service that the server knows; here an API has only a URI, which is a `resource`. ' +
        'Without the error, a token for every API would be issued to a caller that asked for one.'
    )
  ]
}
