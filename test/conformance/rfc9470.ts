import { decodeJwt } from 'jose'
import { bearer, password } from '../support/app.ts'
import { assertChallenged, challengeForm, codeOf, exchange, pkce } from './codes.ts'
import type { Standard } from './scenarios.ts'
import { assertRefused, assertTokens, type World } from './world.ts'

const json = { 'content-type': 'application/json' }

/** Asks for a new e-mail address with this access token. */
const changeAddress = ({ send }: World, token: string) =>
  send('PATCH', '/users/me', { ...bearer(token), ...json }, JSON.stringify({ email: 'new@example.com' }))

export const rfc9470: Standard = {
  name: 'RFC 9470',
  title: 'OAuth 2.0 Step Up Authentication Challenge Protocol',
  table: 'rfc9470',
  scenarios: [
    {
      section: '§3',
      requirement: 'a login that is too old for a change is 401 insufficient_user_authentication with max_age',
      level: 'MUST',
      async run(world, t) {
        const { access_token } = await world.tokens()
        world.clock.advance(301)
        const refused = await changeAddress(world, access_token)
        t.equal(refused.status, 401)
        t.match(
          refused.headers['www-authenticate'],
          /^Bearer realm="sallyport", error="insufficient_user_authentication", error_description="[^"]+", max_age="300"$/
        )
        t.equal((await world.me(access_token)).body.email, null, 'nothing has changed')
      }
    },
    {
      section: '§3',
      requirement: 'a login of at most max_age seconds is enough, and a refresh does not renew an older one',
      level: 'MUST',
      async run(world, t) {
        const { access_token, refresh_token } = await world.tokens()
        world.clock.advance(301)
        const refreshed = (await world.refresh(refresh_token)).body.access_token
        t.equal((await changeAddress(world, refreshed)).status, 401)
        t.equal((await changeAddress(world, access_token)).status, 401)
        const again = (await world.tokens()).access_token
        world.clock.advance(300)
        t.equal((await changeAddress(world, again)).status, 200)
      }
    },
    {
      section: '§4',
      requirement:
        'a request for a code with acr_values=aal2 needs a second factor, and an account without one is told so',
      level: 'MUST',
      async run(world, t) {
        const asked = { acr_values: 'urn:other aal2' }
        const refused = await world.challenge({ ...challengeForm, ...asked })
        assertChallenged(t, refused, ['otp', 'recovery_code'])
        t.match(refused.body.error_description, 'no second factor')
        const { code } = await world.enrol()
        const tokens = await exchange(world, await codeOf(world, { ...asked, otp: code() }))
        t.match(decodeJwt(tokens.body.access_token), { acr: 'aal2' })
      }
    },
    {
      section: '§4',
      requirement: 'acr_values or max_age in a refresh that the login does not meet is refused, and the login goes on',
      level: 'decision',
      async run(world, t) {
        const { refresh_token } = await world.tokens()
        assertTokens(t, await world.refresh(refresh_token, { acr_values: 'aal1 aal2', max_age: '0' }))
        const latest = (await world.refresh(refresh_token)).body.refresh_token
        world.clock.advance(61)
        for (const form of [{ acr_values: 'aal2' }, { max_age: '60' }])
          assertChallenged(t, await world.refresh(latest, form), ['otp', 'recovery_code'], 403)
        assertTokens(t, await world.refresh(latest, { max_age: '61' }))
      }
    },
    {
      section: '§4',
      requirement: 'acr_values without a known class, and a max_age that is no number, are invalid_request',
      level: 'decision',
      async run(world, t) {
        const { refresh_token } = await world.tokens()
        for (const form of [{ acr_values: 'gold' }, { acr_values: 'AAL2' }, { max_age: '-1' }, { max_age: '1.5' }]) {
          assertRefused(t, await world.refresh(refresh_token, form), 'invalid_request')
          assertRefused(t, await world.challenge({ ...challengeForm, ...form }), 'invalid_request')
        }
        assertTokens(t, await world.refresh(refresh_token))
      }
    },
    {
      section: '§5',
      requirement: 'a step-up renews auth_time, and a refresh does not; access tokens and introspection have it (§6)',
      level: 'MUST',
      async run(world, t) {
        const { refresh_token } = await world.tokens()
        world.clock.advance(600)
        const { auth_session } = (await world.refresh(refresh_token, { max_age: '60' })).body
        const { authorization_code } = (await world.challenge({ auth_session, ...pkce, password })).body
        const raised = await exchange(world, authorization_code)
        const now = Math.floor(world.clock.now().getTime() / 1000)
        world.clock.advance(60)
        const { access_token } = (await world.refresh(raised.body.refresh_token)).body
        const expected = { acr: 'aal1', amr: ['pwd'], auth_time: now }
        t.match(decodeJwt(access_token), expected)
        const { headers } = await world.confidential()
        t.match((await world.post('/introspect', { token: access_token }, headers)).body, expected)
      }
    }
  ],
  notApplicable: [
    {
      section: '§3',
      requirement: 'acr_values in the challenge of a resource',
      why: 'The resources of this server ask for a fresh login, by max_age. An API of your own can ask for `aal2`.'
    }
  ]
}
