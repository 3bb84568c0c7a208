import { password } from '../app.ts'
import { wrongPassword } from '../guess.ts'
import { type Ask, nothing, once, type Way, type Ways, writesNothing } from './world.ts'

const id = '01890000-0000-7000-8000-000000000000'
const newPassword = 'purple monkey dishwasher lamp'

/** Changes of a profile or of second factors, with the login of an account; the first login is with the password. */
export const changes = (name: string, ask: (index: number) => Ask, limits: Partial<Way> = {}): Way => ({
  name,
  one: 'profile',
  many: 'profile',
  ask: async world => {
    const { token } = await world.person()
    return index => ({ token, ...ask(index) })
  },
  ...limits
})

/** Ways to make an account, and to write to it as its owner. */
export const accountWays: Ways = {
  'POST /users': [
    {
      name: 'new accounts',
      one: 'registration',
      many: 'first-registrations',
      ask: async world => () => {
        const username = world.next('new')
        return { json: { username, password, email: `${username}@example.com`, full_name: 'N'.repeat(256) } }
      }
    },
    {
      name: 'new accounts without a password',
      one: 'registration',
      many: 'first-registrations',
      ask: async world => () => {
        const username = world.next('new')
        return { json: { username, email: `${username}@example.com` } }
      }
    },
    {
      name: 'names that are taken',
      one: 'registration',
      many: 'first-registrations',
      ask: async world => {
        const { username } = await world.person()
        return () => ({ json: { username, password } })
      }
    },
    {
      name: 'new accounts with one address of another',
      one: 'registration',
      many: 'first-registrations',
      ask: async world => {
        const { email } = await world.person()
        return () => ({ json: { username: world.next('new'), password, email } })
      }
    },
    {
      name: 'data that are refused',
      one: 'registration',
      many: 'first-registrations',
      ask: async world => () => ({ json: { username: world.next('new'), password, data: { a: 'x'.repeat(5000) } } })
    },
    writesNothing('accounts that are not valid', async () => () => ({ json: { username: 'x', password: 'short' } })),
    writesNothing('accounts without a password and an address', async () => () => ({ json: { username: 'x' } })),
    {
      name: 'new accounts by an administrator',
      one: 'administration',
      many: 'administration',
      ask: async world => {
        const { token } = await world.administrator()
        return () => ({ token, json: { username: world.next('new'), password } })
      }
    },
    {
      name: 'invitations to one address by an administrator',
      one: 'invitation',
      many: 'invitation',
      ask: async world => {
        const { token } = await world.administrator({ isFresh: true })
        const email = `${world.next('one')}@example.com`
        return () => ({ token, json: { username: world.next('new'), email } })
      }
    },
    {
      name: 'invitations to many addresses by an administrator',
      one: 'administration',
      many: 'administration',
      ask: async world => {
        const { token } = await world.administrator()
        return () => {
          const username = world.next('new')
          return { token, json: { username, email: `${username}@example.com` } }
        }
      }
    }
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
    changes('wrong passwords', () => ({ json: { current_password: wrongPassword } }), {
      one: 'account',
      many: 'account'
    }),
    changes('a right password', () => ({ json: { current_password: password } }), { one: once, many: once })
  ],
  'PUT /users/me/password': [
    changes('wrong passwords', () => ({ json: { current_password: wrongPassword, new_password: newPassword } }), {
      one: 'account',
      many: 'account'
    }),
    {
      name: 'right passwords',
      one: 'password-change',
      many: 'password-change',
      ask: async world => {
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
      }
    }
  ],
  'DELETE /users/me/sessions': [
    changes('all but one', () => ({}), { one: 'refresh', many: 'refresh' }),
    changes('all', () => ({ query: '?all=true' }), { one: once, many: once })
  ],
  'DELETE /users/me/sessions/:id': [
    changes('an unknown one', () => ({ path: { id } }), { one: nothing, many: nothing }),
    {
      name: 'the only login',
      one: once,
      many: once,
      ask: async world => {
        const { token, refreshToken } = await world.person()
        return () => ({ token, path: { id: String(refreshToken.split('.')[0]) } })
      }
    }
  ]
}
