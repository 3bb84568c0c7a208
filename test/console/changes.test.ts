import t from 'tap'
import { changesOf, membersOf, privilegedOf } from '../../console/src/pages/clients/changes.ts'
import * as webhooks from '../../console/src/pages/webhooks/changes.ts'

const shop = {
  name: 'shop',
  grants: ['refresh_token', 'password'],
  scopes: ['me', 'orders:read'],
  dpop_bound_access_tokens: false,
  event_details: false
}

t.test('A form of a client lists the boxes that are checked', async t => {
  const values = { name: 'shop', 'grants password': 'on', 'scopes me': 'on', 'scopes orders:read': 'on', type: 'on' }
  const members = { name: 'shop', grants: ['password'], scopes: ['me', 'orders:read'] }
  t.strictSame(membersOf(values), { ...members, dpop_bound_access_tokens: false, event_details: false })
  t.match(membersOf({ ...values, dpop_bound_access_tokens: 'on' }), { ...members, dpop_bound_access_tokens: true })
  t.match(membersOf({ ...values, event_details: 'on' }), { ...members, event_details: true })
  t.match(membersOf({}), { name: '', grants: [], scopes: [] })
})

t.test('Only the members that differ are sent', async t => {
  const asked = { ...shop, grants: ['password', 'refresh_token'] as const, scopes: ['orders:read', 'me'] }
  const changes = (more: object) => changesOf(shop, { ...asked, grants: [...asked.grants], ...more })
  t.strictSame(changes({}), {}, 'in another order')
  t.strictSame(changes({ name: 'till' }), { name: 'till' })
  t.strictSame(changes({ grants: ['password'] }), { grants: ['password'] })
  t.strictSame(changes({ dpop_bound_access_tokens: true }), { dpop_bound_access_tokens: true })
  t.strictSame(changes({ event_details: true }), { event_details: true })
  t.strictSame(changes({ scopes: ['me', 'bills:pay'] }), { scopes: ['me', 'bills:pay'] })
})

t.test('built-in scopes but me are privileged', async t => {
  const builtIn = { me: '', 'users:read': '', introspect: '' }
  t.strictSame(privilegedOf(['me', 'orders:read', 'users:read'], builtIn), ['users:read'])
})

t.test('Commas or spaces separate the events of a webhook, and only what differs is sent', async t => {
  const hook = webhooks.membersOf({
    url: ' https://a.example ',
    events: 'user.*,login.failed,  key.*\n',
    details: 'on'
  })
  t.strictSame(hook, { url: 'https://a.example', events: ['user.*', 'login.failed', 'key.*'], details: true })
  t.strictSame(webhooks.membersOf({}), { url: '', events: [], details: false })
  t.strictSame(webhooks.changesOf(hook, hook), {})
  const other = { url: 'https://b.example', events: ['*'], details: false }
  t.strictSame(webhooks.changesOf(hook, other), other)
})
