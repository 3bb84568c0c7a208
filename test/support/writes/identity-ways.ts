import { exchange } from '../identities.ts'
import { changes } from './account-ways.ts'
import { administrators } from './administration-ways.ts'
import type { Limit } from './limits.ts'
import { limited, once, type Way, type Ways, type WriteWorld, writesNothing } from './world.ts'

const id = '01890000-0000-7000-8000-000000000000'

/** A login with an ID token, whose claims `make` chooses. */
const logins = (
  name: string,
  limit: Limit,
  make: (world: WriteWorld) => Promise<(index: number) => Record<string, unknown>>
) =>
  limited(name, limit, async world => {
    const claims = await make(world)
    return index => ({ form: { ...exchange, subject_token: world.idToken(claims(index)) } })
  })

/** Ways to write at `/token` with ID tokens. */
export const idTokenWays: Way[] = [
  logins('ID tokens of an account', 'logins', async world => {
    const sub = world.next('sub')
    await world.send(world.stranger(), 'POST /token', { form: { ...exchange, subject_token: world.idToken({ sub }) } })
    return () => ({ sub })
  }),
  logins('ID tokens of an account with a second factor', 'logins', async world => {
    const { token } = await world.enrolled()
    const sub = world.next('sub')
    const json = { id_token: world.idToken({ sub }) }
    await world.send(world.stranger(), 'POST /users/me/identities', { token, json })
    return () => ({ sub })
  }),
  {
    ...logins('ID tokens of new accounts', 'registration', async world => () => {
      const sub = world.next('sub')
      return { sub, email: `${sub}@example.com`, name: 'N'.repeat(256) }
    }),
    many: 'registrations'
  },
  logins('ID tokens with the address of an account', 'credential', async world => {
    const { email } = await world.person()
    return () => ({ sub: world.next('sub'), email, email_verified: true })
  }),
  logins('ID tokens for another app', 'credential', async () => () => ({ aud: 'another' })),
  writesNothing('forged ID tokens', async world => () => ({
    form: { ...exchange, subject_token: `${world.idToken().slice(0, -8)}AAAAAAAA` }
  }))
]

/** Ways to write to the accounts elsewhere of an account. */
export const identityWays: Ways = {
  'POST /users/me/identities': [
    {
      ...changes('accounts elsewhere, up to 20, and then refusals', () => ({})),
      ask: async world => {
        const { token } = await world.person()
        return () => ({ token, json: { id_token: world.idToken({ sub: world.next('sub') }) } })
      }
    },
    writesNothing('ID tokens for another app', async world => {
      const { token } = await world.person()
      return () => ({ token, json: { id_token: world.idToken({ aud: 'another' }) } })
    })
  ],
  'DELETE /users/me/identities/:id': [changes('unknown ones', () => ({ path: { id } }))],
  'DELETE /users/:id/identities/:identity': [
    administrators('one account elsewhere', once, async world => {
      const person = await world.person()
      const json = { id_token: world.idToken({ sub: world.next('sub') }) }
      const about = { token: person.token, json }
      const linked = await world.send(world.stranger(), 'POST /users/me/identities', about)
      return () => ({ path: { id: person.id, identity: linked.json().id } })
    })
  ]
}
