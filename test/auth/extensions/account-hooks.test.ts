import { type Test, test } from 'tap'
import type { User } from '../../../src/auth/account/user.ts'
import type { Extensions } from '../../../src/auth/extensions/extensions.ts'
import { bearer, createApp, createUser, logIn, password } from '../../support/app.ts'
import { createMailApp, linkIn } from '../../support/mail-server.ts'
import { enrol } from '../../support/second-factor.ts'

const [first, second] = ['alice@example.com', 'alice@example.org']
const [next, last] = ['purple monkey dishwasher lamp', 'yellow parrot telephone chair']
const root = { username: 'root', scope: 'users:write' }

/** An app with an administrator, which has registered alice, and what its hooks have received. */
async function createWorld(t: Test) {
  const heard: { created: User[]; changed: User[]; deleted: User[] } = { created: [], changed: [], deleted: [] }
  const world = await createMailApp(
    t,
    {},
    {
      onUserCreated: user => heard.created.push(user),
      onUserChanged: user => heard.changed.push(user),
      onUserDeleted: user => heard.deleted.push(user)
    }
  )
  const { app, received } = world
  await createUser(app, 'root', ['me', 'users:write'])
  const { id } = await app.users.register({ username: 'alice', password, email: first }, {})

  const links: ReturnType<typeof linkIn>[] = []
  /** The token of the newest link with this path. */
  async function mailed(path: string) {
    links.push(...(await received()).filter(({ text }) => /token=/.test(String(text))).map(linkIn))
    return String(links.findLast(({ link }) => link.pathname === path)?.token)
  }

  /** A request that is accepted, by the user with these members of the login form, or by nobody. */
  const send =
    (
      method: 'PATCH' | 'POST' | 'PUT' | 'DELETE',
      url: string,
      payload: () => object | Promise<object>,
      form?: object
    ) =>
    async () => {
      const headers = form ? bearer((await logIn(app, { ...form })).access_token) : {}
      const answer = await app.inject({ method, url, payload: await payload(), headers })
      t.ok(answer.statusCode < 300, answer.body)
    }

  return { ...world, id, heard, mailed, send }
}

test('The hook onUserChanged runs when, and only when, a user has changed', async t => {
  const { app, clock, id, heard, mailed, send } = await createWorld(t)
  const alice = { username: 'alice' }
  const state = async () => app.users.describe(await app.userAdmin.byId(id))
  const withToken = (path: string) => async () => ({ token: await mailed(path) })
  const steps: [name: string, changes: boolean, act: () => Promise<unknown>][] = [
    ['a login', false, () => logIn(app)],
    ['a new link', false, send('POST', '/users/me/email/verify-request', () => ({}), alice)],
    ['the first address is verified', true, send('POST', '/email/verify', withToken('/verify-email'))],
    ['a profile', true, send('PATCH', '/users/me', () => ({ full_name: 'Alice Liddell' }), alice)],
    ['a new address', true, send('PATCH', '/users/me', () => ({ email: second, current_password: password }), alice)],
    [
      'a wrong password',
      false,
      async () => {
        const { access_token } = await logIn(app)
        const payload = { email: null, current_password: 'wrong' }
        await app.inject({ method: 'PATCH', url: '/users/me', headers: bearer(access_token), payload })
      }
    ],
    ['the new address is verified', true, send('POST', '/email/verify', withToken('/verify-email'))],
    ['the change of address is undone', true, send('POST', '/email/undo', withToken('/undo-email-change'))],
    ['an authenticator app', false, () => enrol({ app, clock })],
    ['the authenticator app is undone', true, send('POST', '/factors/undo', withToken('/undo-factor'))],
    [
      'a new password',
      true,
      send('PUT', '/users/me/password', () => ({ current_password: password, new_password: next }), alice)
    ],
    ['a forgotten password', false, send('POST', '/password/forgot', () => ({ email: first }))],
    [
      'a password by link',
      true,
      send('POST', '/password/reset', async () => ({ token: await mailed('/reset-password'), new_password: last }))
    ],
    ['a password reset by an administrator', true, send('POST', `/users/${id}/password/reset`, () => ({}), root)],
    ['scopes and disabled, at once', true, send('PATCH', `/users/${id}`, () => ({ scopes: [], disabled: true }), root)],
    ['no change', false, send('PATCH', `/users/${id}`, () => ({ disabled: true }), root)],
    ['logins that an administrator ends', false, send('DELETE', `/users/${id}/sessions`, () => ({}), root)]
  ]
  for (const [name, changes, act] of steps) {
    clock.advance(1)
    heard.changed.length = 0
    const before = await state()
    await act()
    const after = await state()
    if (changes) t.notSame(after, before, name)
    else t.strictSame(after, before, name)
    t.strictSame(heard.changed, changes ? [after] : [], name)
  }
  t.strictSame(
    heard.created.map(({ username }) => username),
    ['root', 'alice']
  )
  t.strictSame(heard.deleted, [])
})

test('The hook onUserDeleted runs after a deletion, with the user as it was last', async t => {
  const { app, id, heard, send } = await createWorld(t)
  await app.userAdmin.update(id, { scopes: ['me', 'orders:read'] }, {})
  heard.changed.length = 0
  const alice = app.users.describe(await app.userAdmin.byId(id))
  const bob = app.users.describe(await createUser(app, 'bob'))
  const wrong = { current_password: 'wrong' }
  const { access_token } = await logIn(app)
  await app.inject({ method: 'DELETE', url: '/users/me', headers: bearer(access_token), payload: wrong })
  t.strictSame(heard.deleted, [])
  await send('DELETE', '/users/me', () => ({ current_password: password }), { username: 'alice' })()
  await send('DELETE', `/users/${bob.id}`, () => ({}), root)()
  t.strictSame(heard.deleted, [alice, bob])
  t.strictSame(heard.changed, [])
})

test('Hooks that fail are logged and change nothing', async t => {
  const lines: string[] = []
  const logger = { level: 'error', stream: { write: (line: string) => void lines.push(line) } }
  const fails = () => {
    throw new Error('their table is locked')
  }
  const extensions: Extensions = { onUserChanged: fails, onUserDeleted: fails }
  const { app } = await createApp(t, {}, { logger }, extensions)
  const { id } = await createUser(app)
  t.match(await app.userAdmin.update(id, { scopes: [] }, {}), { scopes: [] })
  const { byId } = app.db.users
  await app.userAdmin.remove(await app.userAdmin.byId(id), {})
  t.equal(await byId(id), undefined)
  t.match(
    lines.map(line => JSON.parse(line)),
    ['onUserChanged', 'onUserDeleted'].map(hook => ({
      msg: `the extension ${hook} failed`,
      err: { message: 'their table is locked' }
    }))
  )
})

test('A hook that changes the account again is not called for ever', async t => {
  let calls = 0
  const extensions: Extensions = {
    async onUserChanged({ id }) {
      calls++
      await app.userAdmin.update(id, { scopes: ['me', 'members'] }, {})
    }
  }
  const { app } = await createApp(t, {}, {}, extensions)
  const { id } = await createUser(app)
  await app.userAdmin.update(id, { disabled: true }, {})
  t.match(await app.userAdmin.byId(id), { disabled: true, scopes: ['me', 'members'] })
  t.equal(calls, 2)
})

test('An account that is gone when its change is to be reported is not', async t => {
  const changed: User[] = []
  const { app } = await createApp(t, {}, {}, { onUserChanged: user => changed.push(user) })
  const { id } = await createUser(app)
  const event = app.auditEvents.event('user.updated', { subject: id })
  await app.userAdmin.remove(await app.userAdmin.byId(id), {})
  await app.extensions.committed([event])
  t.strictSame(changed, [])
})
