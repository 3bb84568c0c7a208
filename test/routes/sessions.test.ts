import t, { type Test } from 'tap'
import { callWith, clientToken } from '../support/administrator.ts'
import { createApp, createUser, logIn } from '../support/app.ts'
import { assertProblem } from '../support/problem.ts'

const url = '/users/me/sessions'
const unknown = `${url}/019c0000-0000-7000-8000-0123456789ab`

/** An app on which alice has logged in twice; `call` uses the token of the first login, `there` that of the second. */
async function withAlice(t: Test) {
  const { app } = await createApp(t, {})
  await createUser(app)
  const [here, there] = [await logIn(app), await logIn(app)]
  return { app, call: callWith(app, here.access_token), there: callWith(app, there.access_token) }
}

t.test('a user lists and ends their own sessions', async t => {
  const { call, there } = await withAlice(t)
  const list = await call('GET', url)
  t.equal(list.statusCode, 200)
  t.match(list.headers, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  const time = /^2026-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
  const session = {
    id: /^[0-9a-f-]{36}$/,
    client_id: 'first-party',
    scope: 'me',
    created_at: '2026-01-31T12:00:00.000Z',
    last_used_at: '2026-01-31T12:00:00.000Z',
    expires_at: time,
    idle_expires_at: time,
    dpop_bound: false,
    ip: '127.0.0.1',
    last_ip: '127.0.0.1',
    user_agent: 'lightMyRequest'
  }
  const items: { id: string; current: boolean }[] = list.json().items
  t.matchOnly(list.json(), { items: items.map(({ current }) => ({ ...session, current })) })
  t.strictSame(items.map(({ current }) => current).sort(), [false, true])

  const other = items.find(({ current }) => !current)?.id
  const one = await call('DELETE', `${url}/${other}`)
  const rest = await call('DELETE', url)
  for (const { statusCode, body, headers } of [one, rest]) {
    t.strictSame([statusCode, body, headers['content-type']], [204, '', undefined])
  }
  t.equal((await there('GET', url)).statusCode, 401, 'the other session has ended')
  t.equal((await call('GET', url)).json().items.length, 1, 'this one has not')
  t.equal((await call('DELETE', `${url}?all=true`)).statusCode, 204)
  t.equal((await call('GET', url)).statusCode, 401)
})

t.test("invalid requests for the user's own sessions are refused with a problem (RFC 9457 §3)", async t => {
  const { app, call } = await withAlice(t)
  const stranger = callWith(app)
  const { token } = await clientToken(app, 'jobs', ['me'])
  for (const [answer, status, instance] of [
    [await call('DELETE', `${url}?all=maybe`), 400, url],
    [await stranger('GET', url), 401, url],
    [await stranger('DELETE', url), 401, url],
    [await stranger('DELETE', unknown), 401, unknown],
    [await callWith(app, token)('GET', url), 403, url],
    [await call('DELETE', unknown), 404, unknown],
    [await call('PATCH', url), 405, url]
  ] as const) {
    const { detail, errors } = answer.json()
    assertProblem(t, answer, status, instance, { detail, ...(errors ? { errors } : {}) })
    t.match(detail, /^[A-Z].+\.$/)
  }
  t.equal((await call('PATCH', url)).headers.allow, 'GET, HEAD, DELETE')
  t.equal((await call('GET', unknown)).headers.allow, 'DELETE')
  t.match((await stranger('GET', url)).headers['www-authenticate'], /^Bearer realm="sallyport"/)
})
