import { createAuthenticator } from '../authenticator.ts'
import { wrongPassword } from '../guess.ts'
import { changes } from './account-ways.ts'
import { type Ask, limited, type Way, type Ways, type WriteWorld } from './world.ts'

const id = '01890000-0000-7000-8000-000000000000'

/** The same as `changes`, with a login of two factors. */
const changesOfFactors = (name: string, ask: Ask): Way => ({
  ...changes(name, () => ask),
  ask: async world => {
    const { token } = await world.enrolled()
    return () => ({ token, ...ask })
  }
})

/** An account whose login is so old that it has to show its password. */
const older = async (world: WriteWorld) => {
  const owner = await world.person()
  world.clock.advance(700)
  return owner
}

/** Ways to write to the second factors and passkeys of an account. */
export const factorWays: Ways = {
  'POST /users/me/factors': [
    changes('authenticator apps', () => ({ json: { type: 'totp' } })),
    {
      ...changes('a wrong password', () => ({})),
      ask: async world => {
        const { token } = await older(world)
        return () => ({ token, json: { type: 'totp', current_password: wrongPassword } })
      }
    }
  ],
  'POST /users/me/factors/:id/confirm': [
    limited('wrong codes', 'code', async world => {
      const { token } = await world.person()
      const begun = await world.send('192.0.2.1', 'POST /users/me/factors', { token, json: { type: 'totp' } })
      return () => ({ token, path: { id: begun.json().id }, json: { code: '000000' } })
    })
  ],
  'DELETE /users/me/factors/:id': [changesOfFactors('unknown ones', { path: { id } })],
  'POST /users/me/recovery-codes': [changesOfFactors('new codes', {})],
  'POST /users/me/passkeys/options': [changes('challenges', () => ({ json: {} }))],
  'POST /users/me/passkeys': [
    limited('passkeys, up to 20, and then refusals', 'profile', async world => {
      const { token } = await world.person()
      const begun = await world.send('192.0.2.1', 'POST /users/me/passkeys/options', { token, json: {} })
      const options = begun.json()
      return () => ({ token, json: { name: 'Phone', response: createAuthenticator().create(options) } })
    })
  ],
  'PATCH /users/me/passkeys/:id': [
    limited('new names', 'profile', async world => {
      const { token, passkeyId } = await world.withPasskey()
      return index => ({ token, path: { id: passkeyId }, json: { name: `Phone ${index}` } })
    })
  ],
  'DELETE /users/me/passkeys/:id': [changesOfFactors('unknown ones', { path: { id } })]
}
