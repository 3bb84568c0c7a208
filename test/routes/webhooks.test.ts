import t from 'tap'
import { adminScopes } from '../../src/auth/users/user-admin.ts'
import { callWith, withRoot } from '../support/administrator.ts'
import { logIn } from '../support/app.ts'
import { assertProblem } from '../support/problem.ts'

const url = 'https://crm.example.com/events'

t.test('A webhook is created, listed, changed, tried and deleted', async t => {
  const { app, clock, root, call, trail } = await withRoot(t, adminScopes)
  const made = await call('POST', '/webhooks', {
    url: ' https:\\\\CRM.example.com/events',
    events: ['user.*', 'user.*']
  })
  t.equal(made.statusCode, 201)
  const { secret, ...webhook } = made.json()
  t.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
  const at = clock.now().toISOString()
  const nothing = { reached_at: null, failing_since: null, next_attempt_at: null, pause_reason: null, deliveries: [] }
  const about = { url, events: ['user.*'], details: false, state: 'active', lost: 0, created_by: root.id }
  t.match(webhook, { id: /^wh_/, ...about, ...nothing, created_at: at, updated_at: at })
  t.strictSame((await call('GET', '/webhooks')).json(), { items: [webhook] })
  t.notMatch(JSON.stringify(await app.db.webhooks.all()), secret.slice(6))

  const path = `/webhooks/${webhook.id}`
  t.match((await call('PATCH', path, { events: ['*'], paused: true })).json(), {
    ...{ events: ['*'], state: 'paused', pause_reason: 'administrator', secret: undefined }
  })
  t.equal((await call('POST', `${path}/test`)).statusCode, 409)
  t.match((await call('PATCH', path, { paused: false })).json(), { state: 'active', pause_reason: null })
  const { secret: other } = (await call('PATCH', path, { rotate_secret: true })).json()
  t.match(other, /^whsec_/)
  t.not(other, secret)
  t.equal((await call('POST', `${path}/test`)).statusCode, 200)
  t.equal((await call('POST', `${path}/replay`, { after: 0 })).json().seal, 0)
  t.equal((await call('DELETE', path)).statusCode, 204)
  t.equal((await call('DELETE', path)).statusCode, 404)
  const actions = (await trail())
    .map(({ action, detail }) => [action, detail])
    .filter(([a]) => /^webhook/.test(String(a)))
  t.strictSame(actions, [
    ['webhook.created', { host: 'crm.example.com' }],
    ['webhook.updated', { events: '*', paused: true }],
    ['webhook.updated', { paused: false }],
    ['webhook.updated', { secret: 'rotated' }],
    ['webhook.tested', {}],
    ['webhook.replayed', { seal: 0 }],
    ['webhook.deleted', {}]
  ])
})

t.test('What cannot be a webhook is refused, with a pointer', async t => {
  const { app, call } = await withRoot(t, adminScopes)
  const { webhook } = await app.webhooks.create({ url, events: ['*'] })
  const post = (payload: object) => ['POST', '/webhooks', payload] as const
  const replay = (payload: object) => ['POST', `/webhooks/${webhook.id}/replay`, payload] as const
  for (const [[method, path, payload], pointer, detail] of [
    [post({ url: 'http://crm.example.com', events: ['*'] }), '/url', 'must begin with https://'],
    [post({ url: 'https://10.0.0.1/', events: ['*'] }), '/url', 'must not be an address of a private network'],
    [
      post({ url, events: ['user.*', 'user.creatd'] }),
      '/events',
      'must not contain user.creatd: use an action such as login.failed, user.* or *'
    ],
    [replay({ after: 99_999 }), '/after', /^must be the number of a seal from 0 to \d+$/],
    [replay({ after: 1, since: '2026-01-01T00:00:00Z' }), '', 'must have either after or since'],
    [replay({}), '', 'must have either after or since']
  ] as const) {
    const answer = await call(method, path, payload)
    t.match([answer.statusCode, answer.json().errors], [400, [{ pointer, detail }]])
  }
  for (let n = 1; n < 50; n++) await app.webhooks.create({ url, events: ['*'] })
  assertProblem(t, await call(...post({ url, events: ['*'] })), 409, '/webhooks', {
    detail: 'A server can have 50 webhooks. Delete one first.',
    code: 'limit_reached'
  })
})

t.test('Whoever cannot read the audit trail cannot send it anywhere', async t => {
  const { app } = await withRoot(t, adminScopes)
  const { webhook } = await app.webhooks.create({ url, events: ['*'] })
  const { access_token } = await logIn(app, { username: 'root', scope: 'me webhooks:write' })
  const call = callWith(app, access_token)
  const path = `/webhooks/${webhook.id}`
  for (const [method, at, payload] of [
    ['POST', '/webhooks', { url, events: ['*'] }],
    ['PATCH', path, { url: 'https://evil.example.com/' }],
    ['POST', `${path}/replay`, { after: 0 }],
    ['POST', `${path}/test`, undefined]
  ] as const) {
    const answer = await call(method, at, payload)
    t.match([answer.statusCode, answer.json().code], [403, 'insufficient_scope'], `${method} ${at}`)
  }
  t.match(await app.webhooks.find(webhook.id), { url, epoch: 0 })
  t.equal((await call('DELETE', path)).statusCode, 204)
})
