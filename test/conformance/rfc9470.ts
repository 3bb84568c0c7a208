import { decodeJwt } from 'jose'
import type { Test } from 'tap'
import { password } from '../support/app.ts'
import { markEnrolled, stepUp } from '../support/step-up.ts'
import { assertChallenged, challengeForm, codeOf, exchange, pkce } from './codes.ts'
import { decision, must, reading, type Standard, should } from './scenarios.ts'
import { type Answer, assertRefused, assertTokens, challengeOf, type World } from './world.ts'

/** Asks for a new e-mail address, or for another change, with this access token. */
const change = ({ json }: World, token?: string, payload: object = { email: 'new@example.com' }) =>
  json('PATCH', '/users/me', payload, token)

/** Asserts a challenge with these requirements and no others. */
function assertStepUpAsked(t: Test, answer: Answer, requirements: { acr_values?: string; max_age?: string }) {
  t.equal(answer.status, 401, answer.text)
  t.match(answer.headers['content-type'], /^application\/problem\+json/)
  const { error_description, ...challenge } = challengeOf(answer)
  t.equal(error_description, answer.body.detail)
  t.same(challenge, {
    scheme: 'Bearer',
    realm: 'sallyport',
    error: 'insufficient_user_authentication',
    ...requirements
  })
}

/** The access token after a refresh that many seconds later. */
async function refreshedAfter({ clock, refresh }: World, seconds: number, refreshToken: string) {
  clock.advance(seconds)
  return (await refresh(refreshToken)).body as { access_token: string; refresh_token: string }
}

const seconds = (time: Date) => Math.floor(time.getTime() / 1000)

export const rfc9470: Standard = {
  name: 'RFC 9470',
  title: 'OAuth 2.0 Step Up Authentication Challenge Protocol',
  date: 'September 2023',
  table: 'rfc9470',
  scenarios: [
    must(
      '§3',
      'a login that is too old for a change is 401 insufficient_user_authentication with max_age',
      async (world, t) => {
        const { access_token } = await refreshedAfter(world, 601, (await world.tokens()).refresh_token)
        assertStepUpAsked(t, await change(world, access_token), { max_age: '600' })
        t.equal((await world.me(access_token)).body.email, null, 'nothing has changed')
      }
    ),
    must('§3', 'a login of at most max_age seconds is enough, and a refresh does not renew an older one', [
      [
        'auth/sessions/reauthentication.test.ts',
        'Administration needs a login of the last 600 s, which a refresh does not renew'
      ]
    ]),
    must('§3', 'a login with one factor, of an account that has two, is 401 with acr_values and max_age', [
      ['auth/sessions/reauthentication.test.ts', 'An administrator with a second factor needs a login with two factors']
    ]),
    decision('§3', 'a challenge names no requirement that the operation does not have', async (world, t) => {
      const { refresh_token } = await world.tokens()
      await markEnrolled(world.app, world.alice)
      const { access_token } = await refreshedAfter(world, 601, refresh_token)
      // The password of the body replaces a recent login, but no second factor.
      assertStepUpAsked(t, await world.changePassword(access_token), { acr_values: 'aal2' })
      t.equal((await world.me(access_token)).status, 200, 'the login has not ended')
    }),
    decision('§3', 'a token that also lacks the scope is 403 insufficient_scope, which a new login cannot give', [
      [
        'auth/sessions/reauthentication.test.ts',
        'The scope is checked first, so a stranger learns nothing about the login'
      ]
    ]),
    must(
      '§5',
      'a token from after the step-up has its acr and auth_time, and the refused request succeeds with it',
      async (world, t) => {
        const { access_token, refresh_token } = await world.tokens()
        await markEnrolled(world.app, world.alice)
        t.equal((await change(world, access_token)).status, 401)
        world.clock.advance(60)
        await stepUp(world.app, access_token)
        const at = seconds(world.clock.now())
        const next = (await refreshedAfter(world, 60, refresh_token)).access_token
        t.match(decodeJwt(next), { acr: 'aal2', auth_time: at, iat: at + 60 })
        t.equal((await change(world, next)).status, 200)
      }
    ),
    must('§6.1', 'acr and auth_time of a token are those of the login, and a refresh does not change them', [
      [
        'conformance/rfc9068.ts',
        "RFC 9068 §2.2.1: auth_time, acr and amr stay those of the login after a refresh, and a client's own token has none"
      ],
      [
        'conformance/rfc9470.ts',
        'RFC 9470 §5: a step-up renews auth_time, and a refresh does not; access tokens and introspection have it (§6)'
      ]
    ]),
    must(
      '§6.2',
      'introspection has acr and auth_time of the token as members; for the token of a client it has none',
      async (world, t) => {
        const { headers } = await world.confidential()
        const introspect = async (token: string) => (await world.post('/introspect', { token }, headers)).body
        const at = seconds(world.clock.now())
        const first = await world.tokens()
        t.match(await introspect(first.access_token), { active: true, acr: 'aal1', auth_time: at })
        await stepUp(world.app, first.access_token)
        const second = await refreshedAfter(world, 60, first.refresh_token)
        t.match(await introspect(second.access_token), { active: true, acr: 'aal2', auth_time: at })
        const own = await world.token({ grant_type: 'client_credentials', scope: 'me' }, headers)
        const described = await introspect(own.body.access_token)
        t.equal(described.active, true)
        for (const member of ['acr', 'amr', 'auth_time']) t.notOk(member in described, member)
      }
    ),
    must('§7', 'the metadata lists the classes as acr_values_supported', async ({ send }, t) => {
      const { body } = await send('GET', '/.well-known/oauth-authorization-server')
      t.same(body.acr_values_supported, ['aal1', 'aal2'])
    }),
    should('§9', 'a request without a valid token does not learn what an operation asks of the login', [
      ['plugins/step-up.test.ts', 'Only a valid token with the scopes learns what is asked of its login (RFC 9470 §9)']
    ]),
    must(
      '§5',
      'acr_values=aal2 for an account without a second factor is unmet_authentication_requirements, for a code and in a refresh',
      async (world, t) => {
        const asked = { acr_values: 'urn:other aal2' }
        const { refresh_token } = await world.tokens()
        for (const refused of [
          await world.challenge({ ...challengeForm, ...asked }),
          await world.refresh(refresh_token, asked)
        ]) {
          assertRefused(t, refused, 'unmet_authentication_requirements')
          t.match(refused.body.error_description, 'no second factor')
        }
        assertTokens(t, await world.refresh(refresh_token))
        const { code } = await world.enrol()
        const tokens = await exchange(world, await codeOf(world, { ...asked, otp: code() }))
        t.match(decodeJwt(tokens.body.access_token), { acr: 'aal2' })
      }
    ),
    decision(
      '§4',
      'max_age in a refresh that the login does not meet is refused, and the login continues',
      async (world, t) => {
        const { refresh_token } = await world.tokens()
        assertTokens(t, await world.refresh(refresh_token, { acr_values: 'aal1 aal2', max_age: '0' }))
        const latest = (await world.refresh(refresh_token)).body.refresh_token
        world.clock.advance(61)
        assertChallenged(t, await world.refresh(latest, { max_age: '60' }), ['password', 'otp', 'recovery_code'])
        assertTokens(t, await world.refresh(latest, { max_age: '61' }))
      }
    ),
    should(
      '§5',
      'acr_values without a known class are unmet_authentication_requirements; a max_age that is not a number is invalid_request',
      async (world, t) => {
        const { refresh_token } = await world.tokens()
        const scenarios = [
          [{ acr_values: 'gold' }, 'unmet_authentication_requirements'],
          [{ acr_values: 'AAL2' }, 'unmet_authentication_requirements'],
          [{ max_age: '-1' }, 'invalid_request'],
          [{ max_age: '1.5' }, 'invalid_request']
        ] as const
        for (const [form, error] of scenarios) {
          assertRefused(t, await world.refresh(refresh_token, form), error)
          assertRefused(t, await world.challenge({ ...challengeForm, ...form }), error)
        }
        assertTokens(t, await world.refresh(refresh_token))
      }
    ),
    must(
      '§5',
      'a step-up renews auth_time, and a refresh does not; access tokens and introspection have it (§6)',
      async (world, t) => {
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
    )
  ],
  readings: [
    reading(
      '§3',
      'Does the token that was presented decide, or the login that it belongs to?',
      "The login, at Sallyport's own endpoints and in an app that embeds it: a step-up takes effect at once. In an API with sallyport/verifier, the claims of the token."
    ),
    reading(
      '§3',
      'What is asked of a client that acts for itself, which cannot step up?',
      "Nothing at Sallyport's own endpoints. A route of an API that asks for a class or an age refuses its token: the route wants a user."
    )
  ]
}
