import t from 'tap'
import { changesOf, membersOf, privilegedOf } from '../../console/src/pages/clients/changes.ts'

const shop = {
  name: 'shop',
  grants: ['refresh_token', 'password'],
  scopes: ['me', 'orders:read'],
  dpop_bound_access_tokens: false
}

t.test('A form of a client lists the boxes that are checked', async t => {
  const values = { name: 'shop', 'grants password': 'on', 'scopes me': 'on', 'scopes orders:read': 'on', type: 'on' }
  const members = { name: 'shop', grants: ['password'], scopes: ['me', 'orders:read'] }
  t.strictSame(membersOf(values), { ...members, dpop_bound_access_tokens: false })
  t.match(membersOf({ ...values, dpop_bound_access_tokens: 'on' }), { ...members, dpop_bound_access_tokens: true })
  t.match(membersOf({}), { name: '', grants: [], scopes: [] })
})

t.test('Only the members that differ are sent', async t => {
  const asked = { ...shop, grants: ['password', 'refresh_token'] as const, scopes: ['orders:read', 'me'] }
  const changes = (more: object) => changesOf(shop, { ...asked, grants: [...asked.grants], ...more })
  t.strictSame(changes({}), {}, 'in another order')
  t.strictSame(changes({ name: 'till' }), { name: 'till' })
  t.strictSame(changes({ grants: ['password'] }), { grants: ['password'] })
  t.strictSame(changes({ dpop_bound_access_tokens: true }), { dpop_bound_access_tokens: true })
  t.strictSame(changes({ scopes: ['me', 'bills:pay'] }), { scopes: ['me', 'bills:pay'] })
})

t.test('built-in scopes but me are privileged', async t => {
  const builtIn = { me: '', 'users:read': '', introspect: '' }
  t.strictSame(privilegedOf(['me', 'orders:read', 'users:read'], builtIn), ['users:read'])
})
