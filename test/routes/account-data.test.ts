import { type Test, test } from 'tap'
import { callWith } from '../support/administrator.ts'
import { bearer, createApp, createUser, logIn, password } from '../support/app.ts'

async function withAlice(t: Test) {
  const { app, clock } = await createApp(t, {})
  const alice = await createUser(app)
  const { access_token } = await logIn(app)
  const call = callWith(app, access_token)
  const set = (data: object | null, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'PATCH',
      url: '/users/me',
      payload: { data },
      headers: { ...bearer(access_token), ...headers }
    })
  const read = async () => (await call('GET', '/users/me')).json().data
  return { app, clock, alice, access_token, call, set, read }
}

test('The owner of an account writes its data, member by member, and no token has them', async t => {
  const { app, set, read, call } = await withAlice(t)
  t.match((await set({ theme: 'dark', home: { city: 'Oxford', zip: 'OX1' } })).json(), { data: { theme: 'dark' } })
  await set({ home: { zip: null }, seen: [1, null, { a: '😀"\\' }] })
  t.strictSame(await read(), { theme: 'dark', home: { city: 'Oxford' }, seen: [1, null, { a: '😀"\\' }] })
  t.equal((await call('PATCH', '/users/me', { full_name: 'Alice' })).statusCode, 200)
  t.match(await read(), { theme: 'dark' }, 'other changes leave it')
  const { access_token } = await logIn(app)
  t.notMatch(Buffer.from(String(access_token.split('.')[1]), 'base64url').toString(), /theme|Oxford/)
  await set(null)
  t.strictSame(await read(), {})
})

test('An account can be registered with data', async t => {
  const { app } = await withAlice(t)
  const answer = await callWith(app)('POST', '/users', { username: 'bob', password, data: { team: 'red' } })
  t.match([answer.statusCode, answer.json()], [201, { data: { team: 'red' } }])
  const refused = await callWith(app)('POST', '/users', {
    username: 'carl',
    password,
    data: { a: 'x'.repeat(4090) }
  })
  t.match([refused.statusCode, refused.json()], [400, { errors: [{ pointer: '/data' }] }])
})

test('A change after which an account has more than 4 KB of data is refused as a whole', async t => {
  const { set, read } = await withAlice(t)
  t.equal((await set({ a: 'x'.repeat(4000) })).statusCode, 200)
  const answer = await set({ b: 'x'.repeat(100) })
  t.match(
    [answer.statusCode, answer.json()],
    [400, { errors: [{ pointer: '/data', detail: 'is 4115 bytes of JSON; the limit is 4096' }] }]
  )
  t.strictSame(Object.keys(await read()), ['a'])
})

test('The address of an account without a password cannot be removed, only changed', async t => {
  const { app, call, alice } = await withAlice(t)
  const passwordHash = app.passwords.unusable()
  const changes = { passwordHash, email: 'alice@example.com', emailVerified: true, updatedAt: app.clock.now() }
  await app.db.users.update(alice.id, changes, app.auditEvents.event('user.updated'))
  const refused = await call('PATCH', '/users/me', { email: null })
  t.match([refused.statusCode, refused.json()], [400, { errors: [{ pointer: '/email' }] }])
  t.equal((await call('PATCH', '/users/me', { email: 'new@example.com' })).statusCode, 200)
})
