import { bearer } from '../support/app.ts'
import type { Standard } from './scenarios.ts'
import type { World } from './world.ts'

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
    }
  ],
  notApplicable: [
    {
      section: '§3',
      requirement: 'acr_values in the challenge, and acr in tokens and introspection (§6)',
      why: 'A password is the only way to log in. auth_time is in every token of a user (RFC 9068 §2.2.1).'
    },
    {
      section: '§4',
      requirement: 'acr_values and max_age in an authorization request',
      why: 'There is no authorization endpoint. The client asks the user for the password and logs in again.'
    }
  ]
}
