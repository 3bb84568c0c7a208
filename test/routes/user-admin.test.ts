import t from 'tap'
import { callWith, clientToken, type Refused, withRoot } from '../support/administrator.ts'
import { createUser, logIn, password } from '../support/app.ts'
import { assertProblem } from '../support/problem.ts'
import { auditTrail } from '../support/store.ts'

const invalid = (pointer: string, detail: string) => ({
  detail: `The request is not valid: ${pointer || 'the body'} ${detail}.`,
  errors: [{ pointer, detail }]
})
const lastAdministrator = { detail: 'This is the last administrator. Grant users:write to another account first.' }

t.test('An invalid change is refused, and so is the removal of the last administrator', async t => {
  const { app, root, alice, token } = await withRoot(t, ['me', 'users:read', 'users:write'])
  const me = (await logIn(app)).access_token
  const writer = (await clientToken(app, 'writer', ['users:write'])).token
  const [own, one, other] = ['/users/me', `/users/${root.id}`, `/users/${alice.id}`]
  const noScope = 'must contain only names of printable ASCII without spaces, quotes or backslashes'
  const lacks = (scope: string) => ({
    detail: `You cannot grant the scope ${scope}, because your access token does not have it.`
  })
  const refused: [Refused['call'], status: number, Refused['refusal'], token?: string][] = [
    [['GET', '/users?disabled=maybe'], 400, invalid('/disabled', 'must be boolean')],
    [['GET', '/users?q='], 400, invalid('/q', 'must NOT have fewer than 1 characters')],
    [['GET', '/users?q=a%00'], 400, invalid('/q', 'must match pattern "^[^\\u0000]*$"')],
    [['PATCH', other, {}], 400, invalid('', 'must NOT have fewer than 1 properties')],
    [['PATCH', other, { password }], 400, invalid('/password', 'is unknown')],
    [['PATCH', other, { email: 'mallory@example.com' }], 400, invalid('/email', 'is unknown')],
    [['PATCH', other, { disabled: 'true' }], 400, invalid('/disabled', 'must be boolean')],
    [['PATCH', other, { scopes: 'me' }], 400, invalid('/scopes', 'must be array')],
    [['PATCH', other, { scopes: ['two words'] }], 400, invalid('/scopes', noScope)],
    [['PATCH', other, { scopes: ['me', 'audit:read'] }], 403, lacks('audit:read')],
    // A client's token has no scopes of a user.
    [['PATCH', other, { scopes: ['me', 'users:read'] }], 403, lacks('users:read'), writer],
    [['PATCH', one, { disabled: true }], 409, lastAdministrator],
    [['PATCH', one, { scopes: ['me'] }], 409, lastAdministrator],
    [['DELETE', one], 409, lastAdministrator],
    [['DELETE', own, { current_password: password }], 409, lastAdministrator]
  ]
  for (const [call, status, refusal, as = token] of refused) {
    const instance = String(call[1].split('?')[0])
    assertProblem(t, await callWith(app, as)(...call), status, instance, refusal, JSON.stringify(call))
  }
  t.equal((await callWith(app, me)('GET', '/users/me')).statusCode, 200, 'no refused request ended a session')
  const failed = await app.audit.page({ action: 'user.deletion_failed', limit: 2 })
  t.match(failed.items, [{ detail: { reason: 'refused' } }], 'the right password has left an event')
  t.match(await app.userAdmin.byId(alice.id), { disabled: false, scopes: ['me'] })
})

t.test('An account is read, disabled, enabled and granted scopes', async t => {
  const { app, clock, root, alice, call, trail } = await withRoot(t, ['users:read', 'users:write', 'x:y'])
  const { access_token } = await logIn(app)
  const url = `/users/${alice.id}`
  const read = await call('GET', url)
  t.equal(read.statusCode, 200)
  t.strictSame(read.json(), app.users.describe(alice))

  clock.advance(60)
  const changed = { ...app.users.describe(alice), updated_at: clock.now().toISOString() }
  for (const [change, after] of [
    [{ disabled: true }, { disabled: true }],
    // Root cannot grant `me`, and alice already has it.
    [{ scopes: ['me', 'x:y', 'x:y'] }, { disabled: true, scopes: ['me', 'x:y'] }],
    [{ disabled: false, scopes: ['me'] }, {}]
  ] as const) {
    const answer = await call('PATCH', url, change)
    t.equal(answer.statusCode, 200)
    t.strictSame(answer.json(), { ...changed, ...after })
  }
  t.equal((await callWith(app, access_token)('GET', '/users/me')).statusCode, 401)
  t.ok((await logIn(app)).access_token)
  const disabled = (await trail()).filter(({ action }) => action === 'user.disabled')
  t.match(disabled, [{ actor: root.id, subject: alice.id, ip: '192.0.2.1' }])
})

t.test('Every session of an account ends, and the account is deleted, also by a client', async t => {
  const { app, alice, trail } = await withRoot(t, ['users:write'])
  const { id, token } = await clientToken(app, 'robot', ['users:write'])
  const call = callWith(app, token)
  const { access_token } = await logIn(app)
  const ended = await call('DELETE', `/users/${alice.id}/sessions`)
  t.strictSame([ended.statusCode, ended.body], [204, ''])
  t.equal((await callWith(app, access_token)('GET', '/users/me')).statusCode, 401)
  t.equal((await call('DELETE', `/users/${alice.id}/sessions`)).statusCode, 204, 'with none left')

  const { access_token: next } = await logIn(app)
  const deleted = await call('DELETE', `/users/${alice.id}`)
  t.strictSame([deleted.statusCode, deleted.body], [204, ''])
  t.equal((await callWith(app, next)('GET', '/users/me')).statusCode, 401)
  t.equal((await call('DELETE', `/users/${alice.id}`)).statusCode, 404)
  t.match(
    (await trail()).filter(({ actor, subject }) => actor === id && subject === alice.id),
    [
      { action: 'session.ended', ip: '192.0.2.1', detail: { reason: 'ended by an administrator' } },
      { action: 'user.deleted', ip: '192.0.2.1', detail: {} }
    ]
  )
})

t.test('The sessions of an account are listed, and one of them is ended', async t => {
  const { app, root, alice, call, trail } = await withRoot(t, ['users:read', 'users:write'])
  const [kept, ended] = [await logIn(app), await logIn(app)]
  const url = `/users/${alice.id}/sessions`
  const list = await call('GET', url)
  const own = await callWith(app, kept.access_token)('GET', '/users/me/sessions')
  t.strictSame(
    list.json().items,
    own.json().items.map((item: object) => ({ ...item, current: false })),
    'what the user sees, without a current one'
  )
  const roots = (await call('GET', `/users/${root.id}/sessions`)).json().items
  t.match(roots, [{ current: true }])

  const logins = (await trail()).filter(({ action }) => action === 'login.succeeded')
  const session = String(logins.at(-1)?.detail.session)
  const answer = await call('DELETE', `${url}/${session}`)
  t.strictSame([answer.statusCode, answer.body], [204, ''])
  t.equal((await callWith(app, ended.access_token)('GET', '/users/me')).statusCode, 401)
  t.equal((await callWith(app, kept.access_token)('GET', '/users/me')).statusCode, 200)
  const detail = { session, reason: 'ended by an administrator' }
  t.match(
    (await trail()).filter(({ action }) => action === 'session.ended'),
    [{ actor: root.id, subject: alice.id, ip: '192.0.2.1', detail }]
  )
  const none = { detail: 'This account has no session with this id.' }
  for (const path of [`${url}/${session}`, `${url}/${roots[0].id}`])
    assertProblem(t, await call('DELETE', path), 404, path, none, path)
  t.equal((await call('GET', `/users/${root.id}/sessions`)).json().items.length, 1, "root's session has not ended")
})

t.test('A forced reset ends every session, and returns nothing', async t => {
  const { app, root, alice, call, trail } = await withRoot(t, ['users:write'])
  const tokens = await logIn(app)
  const answer = await call('POST', `/users/${alice.id}/password/reset`)
  t.strictSame([answer.statusCode, answer.body], [202, ''])
  t.equal((await callWith(app, tokens.access_token)('GET', '/users/me')).statusCode, 401)
  t.match(
    (await trail()).filter(({ action }) => action === 'user.password_reset_forced'),
    [{ actor: root.id, subject: alice.id, ip: '192.0.2.1', detail: {} }]
  )
})

t.test('Forced resets of one account are limited to ten at once, and past them nothing changes', async t => {
  const { app, alice, call, trail } = await withRoot(t, ['users:write'])
  const url = `/users/${alice.id}/password/reset`
  for (let n = 0; n < 10; n++) t.equal((await call('POST', url)).statusCode, 202)
  await app.accountPasswords.set(await app.userAdmin.byId(alice.id), password, {})
  const before = { user: await app.userAdmin.byId(alice.id), queued: await app.db.mail.count() }
  for (let n = 0; n < 2; n++) {
    const refused = await call('POST', url)
    assertProblem(t, refused, 429, url, { detail: 'Too many attempts. Try again in 3600 s.' })
    t.equal(refused.headers['retry-after'], '3600')
  }
  t.strictSame({ user: await app.userAdmin.byId(alice.id), queued: await app.db.mail.count() }, before)
  t.match((await trail()).slice(-2), [
    { action: 'user.password_reset_forced' },
    { action: 'throttle.refused', subject: alice.id, detail: { counter: 'message' } }
  ])
  const bob = await createUser(app, 'bob')
  t.equal((await call('POST', `/users/${bob.id}/password/reset`)).statusCode, 202, 'another account')
})

t.test('Accounts are filtered by the beginning of username or address, and by being disabled', async t => {
  const { app, call } = await withRoot(t, ['users:read'])
  await app.users.register({ username: 'bob', password, email: 'Alfred@example.com' }, {})
  const { id } = await createUser(app, 'al_x')
  await createUser(app, 'al%y')
  await app.userAdmin.update(id, { disabled: true }, {})
  for (const [query, names] of [
    ['q=AL', ['al%y', 'al_x', 'alice', 'bob']],
    ['q=Ａl', ['al%y', 'al_x', 'alice']],
    ['q=al%25', ['al%y']],
    ['q=alfred@EX', ['bob']],
    ['q=al&disabled=false', ['al%y', 'alice', 'bob']],
    ['disabled=true', ['al_x']],
    ['disabled=false&q=al&limit=3', ['al%y', 'alice', 'bob']]
  ] as const) {
    const answer = await call('GET', `/users?${query}`)
    const { items, next_cursor } = answer.json()
    t.strictSame(items.map(({ username }: { username: string }) => username).sort(), names, query)
    t.equal(next_cursor, null, query)
  }
  const newest = await call('GET', '/users?sort=newest&limit=1')
  t.match(newest.json(), { items: [{ username: 'al%y' }] })
  const { headers } = await call('GET', '/users?q=al&disabled=false&limit=1')
  t.match(headers.link, /^<\?q=al&disabled=false&limit=1&cursor=[\w-]+>; rel="next"$/)
  const [first] = (await call('GET', '/users?limit=1')).json().items
  t.notMatch(JSON.stringify(first), /hash/i)
})

t.test('An account deletes itself with its password, and leaves its id in the audit trail', async t => {
  const { app, config } = await withRoot(t, ['users:write'])
  const user = await app.users.register(
    { username: 'bob.the.user', password, email: 'bob@example.com', full_name: 'Robert Smith' },
    { ip: '192.0.2.9' }
  )
  const tokens = await logIn(app, { username: 'bob.the.user' })
  const call = callWith(app, tokens.access_token)
  const remove = (current_password: string) => call('DELETE', '/users/me', { current_password }, '192.0.2.9')
  await call('PATCH', '/users/me', { email: 'robert@example.com' })
  await logIn(app, { username: 'bob.the.user', password: 'a wrong password, long enough' })

  const answer = await remove(password)
  t.strictSame([answer.statusCode, answer.body], [204, ''])
  t.equal((await call('GET', '/users/me')).statusCode, 401)
  await t.rejects(app.userAdmin.byId(user.id), { message: 'This user does not exist.' })

  const rows = (await auditTrail(t, config.databaseUrl)).filter(({ subject }) => subject === user.id)
  t.match(rows.at(-1), { action: 'user.deleted', actor: user.id, subject: user.id, ip: '192.0.2.9', detail: {} })
  t.ok(rows.length > 4)
  // The id of a key is random.
  const trail = (await auditTrail(t, config.databaseUrl)).filter(({ action }) => action !== 'key.created')
  t.notMatch(JSON.stringify(trail), /bob|robert|smith|example\.com/i)
  t.ok(await app.users.register({ username: 'bob.the.user', password, email: 'bob@example.com' }, {}), 'is free')
})

t.test('Deleting an account requires its password, and guessing it is throttled', async t => {
  const { app, alice, config } = await withRoot(t, ['users:write'])
  const { access_token } = await logIn(app)
  const call = callWith(app, access_token)
  const wrong = {
    detail: 'The current password is wrong.',
    errors: [{ pointer: '/current_password', detail: 'is wrong' }]
  }
  for (const [payload, refusal] of [
    [undefined, invalid('', 'must be object')],
    [{}, invalid('/current_password', 'is missing')],
    [{ current_password: password, all: true }, invalid('/all', 'is unknown')]
  ] as const) {
    assertProblem(t, await call('DELETE', '/users/me', payload), 400, '/users/me', refusal)
  }
  const guess = (current_password: string) => call('DELETE', '/users/me', { current_password })
  for (let guesses = 0; guesses < 10; guesses++) {
    assertProblem(t, await guess('a wrong password, long enough'), 403, '/users/me', wrong)
  }
  assertProblem(t, await guess(password), 429, '/users/me', { detail: 'Too many attempts. Try again in 1 s.' })
  t.ok(await app.userAdmin.byId(alice.id))
  const failures = (await auditTrail(t, config.databaseUrl)).filter(({ action }) => action === 'user.deletion_failed')
  t.match(failures[0], { actor: alice.id, subject: alice.id, ip: '192.0.2.1', detail: {} })
  t.equal(failures.length, 10)
})
