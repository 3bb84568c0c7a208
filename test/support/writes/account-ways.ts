import { password } from '../app.ts'
import { wrongPassword } from '../guess.ts'
import type { Limit } from './limits.ts'
import { type Ask, limited, nothing, once, type Way, type Ways, writesNothing } from './world.ts'

const id = '01890000-0000-7000-8000-000000000000'
const newPassword = 'purple monkey dishwasher lamp'

/** Changes of a profile or of second factors, with the login of an account; the first login is with the password. */
export const changes = (name: string, ask: (index: number) => Ask, limit: Limit = 'profile'): Way =>
  limited(name, limit, async world => {
    const { token } = await world.person()
    return index => ({ token, ...ask(index) })
  })

/** Registrations of strangers, who have a limit of their own, and one together. */
const registrations = (name: string, ask: Way['ask']): Way => ({
  ...limited(name, 'registration', ask),
  many: 'registrations'
})

/** Ways to make an account, and to write to it as its owner. */
export const accountWays: Ways = {
  'POST /users': [
    registrations('new accounts', async world => () => {
      const username = world.next('new')
      return { json: { username, password, email: `${username}@example.com`, full_name: 'N'.repeat(256) } }
    }),
    registrations('new accounts without a password', async world => () => {
      const username = world.next('new')
      return { json: { username, email: `${username}@example.com` } }
    }),
    registrations('names that are taken', async world => {
      const { username } = await world.person()
      return () => ({ json: { username, password } })
    }),
    registrations('new accounts with one address of another', async world => {
      const { email } = await world.person()
      return () => ({ json: { username: world.next('new'), password, email } })
    }),
    registrations('data that are refused', async world => () => ({
      json: { username: world.next('new'), password, data: { a: 'x'.repeat(5000) } }
    })),
    writesNothing('accounts that are not valid', async () => () => ({ json: { username: 'x', password: 'short' } })),
    writesNothing('accounts without a password and an address', async () => () => ({ json: { username: 'x' } })),
    limited('new accounts by an administrator', 'trusted', async world => {
      const { token } = await world.administrator()
      return () => ({ token, json: { username: world.next('new'), password } })
    }),
    limited('invitations to one address by an administrator', 'message', async world => {
      const { token } = await world.administrator({ isFresh: true })
      const email = `${world.next('one')}@example.com`
      return () => ({ token, json: { username: world.next('new'), email } })
    }),
    limited('invitations to many addresses by an administrator', 'trusted', async world => {
      const { token } = await world.administrator()
      return () => {
        const username = world.next('new')
        return { token, json: { username, email: `${username}@example.com` } }
      }
    })
  ],
  'PATCH /users/me': [
    changes('names', index => ({ json: { full_name: `${'N'.repeat(250)}${index}` } })),
    changes('data of 4 KB', index => ({ json: { data: { a: String.fromCharCode(97 + (index % 26)).repeat(4088) } } })),
    changes('addresses', index => ({ json: { email: `new${index}@example.com` } })),
    changes('one address', index => ({ json: { email: `same${index % 2}@example.com` } })),
    changes('addresses with a wrong password', index => ({
      json: { email: `new${index}@example.com`, current_password: wrongPassword }
    }))
  ],
  'DELETE /users/me': [
    changes('wrong passwords', () => ({ json: { current_password: wrongPassword } }), 'account'),
    changes('a right password', () => ({ json: { current_password: password } }), once)
  ],
  'PUT /users/me/password': [
    changes(
      'wrong passwords',
      () => ({ json: { current_password: wrongPassword, new_password: newPassword } }),
      'account'
    ),
    limited('right passwords', 'password', async world => {
      let { token } = await world.person()
      let [current_password, new_password]: [string, string] = [password, `${newPassword} 0`]
      return index => ({
        token,
        json: { current_password, new_password },
        answered: json => {
          if (json.access_token === undefined) return
          token = json.access_token
          ;[current_password, new_password] = [new_password, `${newPassword} ${index}`]
        }
      })
    })
  ],
  'DELETE /users/me/sessions': [
    changes('all but one', () => ({}), 'refresh'),
    changes('all', () => ({ query: '?all=true' }), once)
  ],
  'DELETE /users/me/sessions/:id': [
    changes('an unknown one', () => ({ path: { id } }), nothing),
    limited('the only login', once, async world => {
      const { token, refreshToken } = await world.person()
      return () => ({ token, path: { id: String(refreshToken.split('.')[0]) } })
    })
  ]
}
