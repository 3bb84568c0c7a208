import { challengeForm, codeOf, exchange } from './codes.ts'
import { decision, excluded, must, type Standard, should } from './scenarios.ts'
import { type Answer, assertRefused } from './world.ts'

const day = 86_400

const expirations = ({ body: { refresh_token_timeout, authorization_expires_in } }: Answer) => [
  refresh_token_timeout,
  authorization_expires_in
]

export const refreshTokenExpiration: Standard = {
  name: 'draft-ietf-oauth-refresh-token-expiration-03',
  title: 'OAuth 2.0 Refresh Token and Authorization Expiration',
  date: '6 July 2026',
  table: 'refresh-token-expiration',
  // The example of §6.3.
  settings: { refreshTokenTtl: 7 * day, sessionTtl: 10 * day },
  scenarios: [
    must(
      '§6.1',
      'every response with a refresh token has refresh_token_timeout and authorization_expires_in',
      async (world, t) => {
        const login = await world.logIn()
        const coded = await exchange(world, await codeOf(world))
        const refreshed = await world.refresh(login.body.refresh_token)
        const retried = await world.refresh(login.body.refresh_token)
        for (const answer of [login, coded, refreshed, retried]) {
          t.type(answer.body.refresh_token, 'string')
          t.same(expirations(answer), [7 * day, 10 * day])
        }
      }
    ),
    must(
      '§6.1',
      'refresh_token_timeout is never above authorization_expires_in, which no refresh prolongs (§6.3)',
      async (world, t) => {
        const login = await world.logIn()
        world.clock.advance(2 * day)
        const second = await world.refresh(login.body.refresh_token)
        t.same(expirations(second), [7 * day, 8 * day])
        world.clock.advance(5 * day)
        const third = await world.refresh(second.body.refresh_token)
        t.same(expirations(third), [3 * day, 3 * day])
        world.clock.advance(3 * day)
        assertRefused(t, await world.refresh(third.body.refresh_token), 'invalid_grant')
      }
    ),
    must('§5', 'a refresh token that was not used for refresh_token_timeout seconds is refused (§6.2)', [
      [
        'conformance/rfc9700.ts',
        'RFC 9700 §4.14.2: a login that is not refreshed ends after its idle time, to the second'
      ]
    ]),
    must(
      '§5',
      'an access token does not expire after authorization_expires_in',
      { settings: { sessionTtl: 300, refreshTokenTtl: 300 } },
      async (world, t) => {
        const { body } = await world.logIn()
        t.equal(body.expires_in, 300)
        t.equal(body.authorization_expires_in, 300)
      }
    ),
    decision('§6.1', 'a response without a refresh token has neither', async (world, t) => {
      const { headers } = await world.confidential('machine', {
        grants: ['client_credentials', 'password'],
        scopes: ['me']
      })
      for (const answer of [
        await world.token({ grant_type: 'client_credentials', scope: 'me' }, headers),
        await world.logIn({}, headers),
        await world.challenge(challengeForm)
      ])
        t.same(expirations(answer), [undefined, undefined], answer.text)
    }),
    should(
      '§7',
      'introspection of a refresh token has both, and does not start the timeout again',
      async (world, t) => {
        const { headers } = await world.confidential()
        const login = (await world.logIn()).body
        const introspect = (token: string) => world.post('/introspect', { token }, headers)
        for (const passed of [0, 1]) {
          t.same(expirations(await introspect(login.refresh_token)), [7 * day - passed, 10 * day - passed])
          world.clock.advance(1)
        }
        t.same(expirations(await introspect(login.access_token)), [undefined, undefined])
      }
    ),
    should('§8', 'the metadata has refresh_token_expiration_types_supported', async ({ send }, t) => {
      const { body } = await send('GET', '/.well-known/oauth-authorization-server')
      t.same(body.refresh_token_expiration_types_supported, ['authorization', 'token_timeout'])
    })
  ],
  notApplicable: [
    excluded(
      '§6.1.1',
      'the shortest of the authorizations, where scopes have different ones',
      'all scopes of a login end together'
    ),
    excluded(
      '§5',
      'a prolonged authorization prolongs its refresh tokens',
      'nothing prolongs a login: a new one begins'
    )
  ]
}
