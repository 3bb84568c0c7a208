import t, { type Test } from 'tap'
import { callWith } from '../support/administrator.ts'
import { createApp, createUser, logIn, password, postForm } from '../support/app.ts'
import { assertProblem } from '../support/problem.ts'

const url = '/users/me/sessions'

/** An app on which alice has logged in, and a minute later again; `call` uses the token of the first login. */
async function withAlice(t: Test) {
  const { app, clock } = await createApp(t, {})
  await createUser(app)
  const { access_token } = await logIn(app)
  clock.advance(60)
  const form = { grant_type: 'password', username: 'alice', password, scope: 'me' }
  const phone = (await postForm(app, '/token', form, { 'user-agent': `phone ${'x'.repeat(300)}` })).json()
  return { app, call: callWith(app, access_token), there: callWith(app, phone.access_token) }
}

t.test("The user's sessions are listed, the latest first, with the current one marked", async t => {
  const { call } = await withAlice(t)
  const list = await call('GET', url)
  t.equal(list.statusCode, 200)
  t.match(list.headers, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  const session = { id: /^[0-9a-f-]{36}$/, client_id: 'first-party', scope: 'me', dpop_bound: false }
  const common = { ...session, ip: '127.0.0.1', last_ip: '127.0.0.1' }
  t.matchOnly(list.json(), {
    items: [
      {
        ...{ ...common, current: false, user_agent: `phone ${'x'.repeat(250)}` },
        ...{ created_at: '2026-01-31T12:01:00.000Z', last_used_at: '2026-01-31T12:01:00.000Z' },
        ...{ idle_expires_at: '2026-02-14T12:01:00.000Z', expires_at: '2026-05-01T12:01:00.000Z' }
      },
      {
        ...{ ...common, current: true, user_agent: 'lightMyRequest' },
        ...{ created_at: '2026-01-31T12:00:00.000Z', last_used_at: '2026-01-31T12:00:00.000Z' },
        ...{ idle_expires_at: '2026-02-14T12:00:00.000Z', expires_at: '2026-05-01T12:00:00.000Z' }
      }
    ]
  })
})

t.test('A session can be ended once, by its own user only', async t => {
  const { app, call, there } = await withAlice(t)
  await createUser(app, 'bob')
  const bob = callWith(app, (await logIn(app, { username: 'bob' })).access_token)
  const [{ id }] = (await call('GET', url)).json().items
  const notFound = { detail: 'This account has no session with this id.' }
  assertProblem(t, await bob('DELETE', `${url}/${id}`), 404, `${url}/${id}`, notFound)
  t.equal((await there('GET', url)).statusCode, 200)
  const { statusCode, body, headers } = await call('DELETE', `${url}/${id}`)
  t.strictSame([statusCode, body, headers['content-type']], [204, '', undefined])
  t.equal((await there('GET', url)).statusCode, 401)
  assertProblem(t, await call('DELETE', `${url}/${id}`), 404, `${url}/${id}`, notFound)
})

t.test('A user ends all other sessions, or all with ?all=true', async t => {
  const { call, there } = await withAlice(t)
  t.equal((await call('DELETE', `${url}?all=maybe`)).statusCode, 400)
  t.equal((await there('GET', url)).statusCode, 200)
  for (const query of ['', '?all=false']) {
    const { statusCode, body, headers } = await call('DELETE', url + query)
    t.strictSame([statusCode, body, headers['content-type']], [204, '', undefined])
  }
  t.equal((await there('GET', url)).statusCode, 401)
  t.equal((await call('GET', url)).json().items.length, 1)
  t.equal((await call('DELETE', `${url}?all=true`)).statusCode, 204)
  t.equal((await call('GET', url)).statusCode, 401)
})
