import { password } from '../app.ts'
import { createAuthenticator } from '../authenticator.ts'
import { wrongPassword } from '../guess.ts'
import { type Ask, nothing, once, type Way, type Ways, type WriteWorld, writesNothing } from './world.ts'

const id = '01890000-0000-7000-8000-000000000000'
const newPassword = 'purple monkey dishwasher lamp'
const forged = 'x'.repeat(43)

/** Changes of a profile or of second factors, with the login of an account; the first login is with the password. */
const changes = (name: string, ask: (index: number) => Ask, limits: Partial<Way> = {}): Way => ({
  name,
  one: 'profile',
  many: 'profile',
  ask: async world => {
    const { token } = await world.person()
    return index => ({ token, ...ask(index) })
  },
  ...limits
})

/** The same with a login of two factors. */
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

/** Links that a message carries, right and wrong ones, as JSON or as the form of a page. */
function links(purpose: Parameters<WriteWorld['link']>[1], kind: 'json' | 'form', more: object = {}): Way[] {
  const mails = { undo_email_change: 'email_changed', undo_factor: 'factor_added' } as const
  return [
    writesNothing('wrong links', async () => () => ({ [kind]: { token: forged, ...more } })),
    {
      name: 'a right link',
      one: once,
      many: once,
      ask: async world => {
        const owner = await (purpose === 'invitation' ? world.invited() : world.person())
        if (purpose === 'verify_email')
          await world.app.users.updateProfile(owner.id, { email: `${owner.id}@x.example` }, fresh)
        const mail = purpose.startsWith('undo_') ? mails[purpose as keyof typeof mails] : (purpose as 'verify_email')
        const token = await world.link(owner.id, purpose, mail)
        return () => ({ [kind]: { token, ...more } })
      }
    }
  ]
}

const resets = (kind: 'json' | 'form') =>
  (['reset_password', 'invitation'] as const).flatMap(purpose => links(purpose, kind, { new_password: newPassword }))

const fresh = { session: { amr: ['pwd'], authTime: new Date('9999-01-01') } }

/** Ways to write to an account, as its owner, and without a login. */
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
    writesNothing('accounts that are not valid', async () => () => ({ json: { username: 'x', password: 'short' } })),
    writesNothing('accounts without a password and an address', async () => () => ({ json: { username: 'x' } })),
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
    changes('addresses', index => ({ json: { email: `new${index}@example.com` } }), {
      one: 'profile',
      many: 'profile'
    }),
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
    changes('all but one', () => ({}), { one: nothing, many: nothing }),
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
  ],
  'POST /users/me/email/verify-request': [
    {
      name: 'links to a pending address',
      one: 'mail',
      many: 'mail',
      messages: 'mailbox',
      ask: async world => {
        const { id, token } = await world.person()
        await world.app.users.updateProfile(id, { email: `${id}@example.com` }, fresh)
        return () => ({ token })
      }
    }
  ],
  'POST /email/verify': links('verify_email', 'json'),
  'POST /verify-email': links('verify_email', 'form'),
  'POST /email/undo': links('undo_email_change', 'json'),
  'POST /undo-email-change': links('undo_email_change', 'form'),
  'POST /factors/undo': links('undo_factor', 'json'),
  'POST /undo-factor': links('undo_factor', 'form'),
  'POST /password/reset': resets('json'),
  'POST /reset-password': resets('form'),
  'POST /password/forgot': [
    {
      name: 'the address of an account',
      one: 'mail',
      many: 'mail',
      messages: 'mailbox',
      ask: async world => {
        const { email } = await world.person()
        return () => ({ json: { email } })
      }
    },
    {
      name: 'addresses that no account has',
      one: 'mail',
      many: 'mail',
      ask: async world => () => ({ json: { email: `${world.next('nobody')}@example.com` } })
    }
  ],
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
    {
      name: 'wrong codes',
      one: 'code',
      many: 'code',
      ask: async world => {
        const { token } = await world.person()
        const begun = await world.send('192.0.2.1', 'POST /users/me/factors', { token, json: { type: 'totp' } })
        return () => ({ token, path: { id: begun.json().id }, json: { code: '000000' } })
      }
    }
  ],
  'DELETE /users/me/factors/:id': [changesOfFactors('unknown ones', { path: { id } })],
  'POST /users/me/recovery-codes': [changesOfFactors('new codes', {})],
  'POST /users/me/passkeys/options': [changes('challenges', () => ({ json: {} }))],
  'POST /users/me/passkeys': [
    {
      name: 'passkeys, up to 20, and then refusals',
      one: 'profile',
      many: 'profile',
      ask: async world => {
        const { token } = await world.person()
        const begun = await world.send('192.0.2.1', 'POST /users/me/passkeys/options', { token, json: {} })
        const options = begun.json()
        return () => ({ token, json: { name: 'Phone', response: createAuthenticator().create(options) } })
      }
    }
  ],
  'PATCH /users/me/passkeys/:id': [
    {
      name: 'new names',
      one: 'profile',
      many: 'profile',
      ask: async world => {
        const { token, passkeyId } = await world.withPasskey()
        return index => ({ token, path: { id: passkeyId }, json: { name: `Phone ${index}` } })
      }
    }
  ],
  'DELETE /users/me/passkeys/:id': [changesOfFactors('unknown ones', { path: { id } })]
}
