import { password } from '../app.ts'
import { withToken } from './token-ways.ts'
import { type Ask, nothing, once, type Way, type Ways, type WriteWorld, writesNothing } from './world.ts'

/** Changes by an administrator; `make` makes what they change. */
export const administrators = (
  name: string,
  make: (world: WriteWorld) => Promise<(index: number) => Ask>,
  limit: Way['one'] = 'administration'
): Way => ({
  name,
  one: limit as NonNullable<typeof limit>,
  many: limit as NonNullable<typeof limit>,
  ask: async world => {
    const ask = await make(world)
    const { token } = await world.administrator()
    return index => ({ token, ...ask(index) })
  }
})

const ofPerson = (ask: (index: number) => Ask) => async (world: WriteWorld) => {
  const { id } = await world.person()
  return (index: number) => ({ path: { id }, ...ask(index) })
}
const ofClient = (ask: (index: number) => Ask) => async (world: WriteWorld) => {
  const { id } = await world.client()
  return (index: number) => ({ path: { id }, ...ask(index) })
}

/** Ways to write as an administrator. The first needs a server that has none. */
export const administrationWays: Ways = {
  'POST /setup': [
    writesNothing('wrong links', async world => () => ({
      json: { token: 'x'.repeat(43), username: world.next('root'), password }
    })),
    {
      name: 'the right link',
      one: once,
      ask: async world => {
        const token = (await world.app.setupLinks.create()).split('=')[1]
        return () => ({ json: { token, username: world.next('root'), password } })
      }
    }
  ],
  'PATCH /users/:id': [
    administrators(
      'disable and enable',
      ofPerson(index => ({ json: { disabled: index % 2 === 0 } }))
    ),
    administrators(
      'scopes',
      ofPerson(index => ({ json: { scopes: index % 2 ? ['me'] : ['me', 'users:read'] } }))
    ),
    administrators(
      'claims of 1 KB, which the trail repeats',
      ofPerson(index => ({ json: { claims: { roles: [String.fromCharCode(97 + (index % 26)).repeat(1010)] } } }))
    )
  ],
  'DELETE /users/:id': [
    administrators(
      'one account',
      ofPerson(() => ({})),
      once
    )
  ],
  'DELETE /users/:id/sessions': [
    administrators(
      'all logins',
      ofPerson(() => ({}))
    )
  ],
  'DELETE /users/:id/sessions/:session': [
    administrators(
      'one login',
      async world => {
        const { id, refreshToken } = await world.person()
        return () => ({ path: { id, session: String(refreshToken.split('.')[0]) } })
      },
      once
    )
  ],
  'POST /users/:id/password/reset': [
    administrators(
      'one account',
      ofPerson(() => ({}))
    )
  ],
  'POST /users/:id/invitation': [
    administrators(
      'one account with a password, which is refused',
      ofPerson(() => ({})),
      nothing
    ),
    {
      name: 'one account that is invited',
      one: 'invitation',
      many: 'invitation',
      ask: async world => {
        const [{ id }, { token }] = [await world.invited(), await world.administrator({ isFresh: true })]
        return () => ({ token, path: { id } })
      }
    }
  ],
  'DELETE /users/:id/tokens/:token': [
    administrators(
      'one token',
      async world => {
        const { id, ofToken } = await withToken(world)
        return () => ({ path: { id, token: ofToken.id } })
      },
      once
    )
  ],
  'DELETE /users/:id/factors': [
    administrators(
      'of one account',
      async world => {
        const { id } = await world.enrolled()
        return () => ({ path: { id } })
      },
      once
    )
  ],
  'POST /clients': [
    administrators('new ones', async world => () => ({
      json: { name: world.next('made'), confidential: true, grants: ['client_credentials'], scopes: ['me'] }
    }))
  ],
  'PATCH /clients/:id': [
    administrators(
      'disable and enable',
      ofClient(index => ({ json: { disabled: index % 2 === 0 } }))
    )
  ],
  'DELETE /clients/:id': [
    administrators(
      'one client',
      ofClient(() => ({})),
      once
    )
  ],
  'POST /clients/:id/secret': [
    administrators(
      'new secrets',
      ofClient(() => ({}))
    )
  ],
  'POST /keys/rotate': [administrators('new keys', async () => () => ({ json: { immediately: true } }))]
}
