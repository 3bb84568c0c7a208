import { password } from '../app.ts'
import type { Limit } from './limits.ts'
import { withToken } from './token-ways.ts'
import { type Ask, limited, nothing, once, type Way, type Ways, type WriteWorld, writesNothing } from './world.ts'

/** Changes by an administrator; `make` makes what they change. */
export const administrators = (
  name: string,
  limit: Limit,
  make: (world: WriteWorld) => Promise<(index: number) => Ask>
): Way =>
  limited(name, limit, async world => {
    const ask = await make(world)
    const { token } = await world.administrator()
    return index => ({ token, ...ask(index) })
  })

/** Changes of an account, and of a client. */
const ofPerson = (name: string, limit: Limit, ask: (index: number) => Ask) =>
  administrators(name, limit, async world => {
    const { id } = await world.person()
    return index => ({ path: { id }, ...ask(index) })
  })
const ofClient = (name: string, limit: Limit, ask: (index: number) => Ask) =>
  administrators(name, limit, async world => {
    const { id } = await world.client()
    return index => ({ path: { id }, ...ask(index) })
  })

const ofWebhook = (name: string, ask: (index: number) => Ask) =>
  administrators(name, 'trusted', async world => {
    const { webhook } = await world.app.webhooks.create({ url: 'https://crm.example.com/', events: ['key.*'] })
    return index => ({ path: { id: webhook.id }, ...ask(index) })
  })

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
    ofPerson('disable and enable', 'trusted', index => ({ json: { disabled: index % 2 === 0 } })),
    ofPerson('scopes', 'trusted', index => ({ json: { scopes: index % 2 ? ['me'] : ['me', 'users:read'] } })),
    ofPerson('claims of 1 KB, which the trail repeats', 'trusted', index => ({
      json: { claims: { roles: [String.fromCharCode(97 + (index % 26)).repeat(1010)] } }
    }))
  ],
  'PATCH /users/:id/profile': [
    ofPerson('names', 'trusted', index => ({ json: { full_name: `Alice ${index}` } })),
    limited('addresses', 'message', async world => {
      const [{ id }, { token }] = [await world.person(), await world.administrator({ isFresh: true })]
      return index => ({ token, path: { id }, json: { email: `alice${index}@example.org` } })
    })
  ],
  'DELETE /users/:id': [ofPerson('one account', once, () => ({}))],
  'DELETE /users/:id/sessions': [ofPerson('all logins', 'trusted', () => ({}))],
  'DELETE /users/:id/sessions/:session': [
    administrators('one login', once, async world => {
      const { id, refreshToken } = await world.person()
      return () => ({ path: { id, session: String(refreshToken.split('.')[0]) } })
    })
  ],
  'POST /users/:id/password/reset': [ofPerson('one account', 'trusted', () => ({}))],
  'POST /users/:id/invitation': [
    ofPerson('one account with a password, which is refused', nothing, () => ({})),
    limited('one account that is invited', 'message', async world => {
      const [{ id }, { token }] = [await world.invited(), await world.administrator({ isFresh: true })]
      return () => ({ token, path: { id } })
    })
  ],
  'DELETE /users/:id/tokens/:token': [
    administrators('one token', once, async world => {
      const { id, ofToken } = await withToken(world)
      return () => ({ path: { id, token: ofToken.id } })
    })
  ],
  'DELETE /users/:id/factors': [
    administrators('of one account', once, async world => {
      const { id } = await world.enrolled()
      return () => ({ path: { id } })
    })
  ],
  'POST /clients': [
    administrators('new ones', 'trusted', async world => () => ({
      json: { name: world.next('made'), confidential: true, grants: ['client_credentials'], scopes: ['me'] }
    }))
  ],
  'PATCH /clients/:id': [ofClient('disable and enable', 'trusted', index => ({ json: { disabled: index % 2 === 0 } }))],
  'DELETE /clients/:id': [ofClient('one client', once, () => ({}))],
  'POST /clients/:id/secret': [ofClient('new secrets', 'trusted', () => ({}))],
  'POST /webhooks': [
    administrators('new ones, as many as there can be', 'trusted', async () => () => ({
      json: { url: 'https://crm.example.com/', events: ['user.*'] }
    }))
  ],
  'PATCH /webhooks/:id': [ofWebhook('pause', index => ({ json: { paused: index % 2 === 0 } }))],
  'POST /webhooks/:id/replay': [ofWebhook('all events', () => ({ json: { after: 0 } }))],
  'POST /webhooks/:id/test': [ofWebhook('test events', () => ({}))],
  'DELETE /webhooks/:id': [
    administrators('one webhook', once, async world => {
      const { webhook } = await world.app.webhooks.create({ url: 'https://crm.example.com/', events: ['key.*'] })
      return () => ({ path: { id: webhook.id } })
    })
  ],
  'POST /keys/rotate': [administrators('new keys', 'trusted', async () => () => ({ json: { immediately: true } }))]
}
