import t from 'tap'
import { assertAllRefused, callWith, clientToken, withoutScope, withRoot } from '../support/administrator.ts'
import { createUser, logIn, password, postForm } from '../support/app.ts'
import { createMailApp, linkIn } from '../support/mail-server.ts'
import { assertProblem } from '../support/problem.ts'

const carol = { username: 'carol', email: 'carol@example.com', full_name: 'Carol Danvers' }
const next = 'purple monkey dishwasher lamp'
const missing = (pointer: string, detail = 'is missing') => ({
  detail: `The request is not valid: ${pointer} ${detail}.`,
  errors: [{ pointer, detail }]
})

t.test('An administrator invites over HTTP, and the invited person chooses a password on a page', async t => {
  const { app, received, clock } = await createMailApp(t)
  await createUser(app, 'root', ['me', 'users:read', 'users:write'])
  const { access_token } = await logIn(app, { username: 'root' })
  const call = callWith(app, access_token)

  const created = await call('POST', '/users', carol)
  t.equal(created.statusCode, 201)
  const { id, ...rest } = created.json()
  t.notOk('invitation_link' in rest, 'the link is mailed')
  t.equal(created.headers.location, `/users/${id}`)
  t.match(rest, { ...carol, email_verified: false, scopes: ['me'], invited_at: clock.now().toISOString() })
  const [message] = await received()
  t.notMatch(message?.text, /carol|danvers/i, 'no text from users')

  const names = async (query: string) => {
    const page = (await call('GET', `/users?${query}`)).json()
    return page.items.map(({ username }: { username: string }) => username)
  }
  await call('POST', '/users', { username: 'bob', password })
  t.strictSame(await names('invited=true'), ['carol'])
  t.strictSame(await names('invited=false'), ['bob', 'root'])
  t.strictSame(await names('invited=true&disabled=false&q=ca'), ['carol'])
  t.strictSame(await names('invited=true&disabled=true'), [])

  const again = await call('POST', `/users/${id}/invitation`)
  t.strictSame([again.statusCode, again.json()], [202, {}])
  const { token } = linkIn((await received())[0])
  const page = await app.inject(`/reset-password?token=${token}`)
  t.match([page.statusCode, page.body], [200, /<h1>Choose your password<[\s\S]*value="carol"/])
  const set = await postForm(app, '/reset-password', { token, new_password: next })
  t.match([set.statusCode, set.body], [200, /<h1>Your password is set<[\s\S]*You can now sign in with your username/])
  t.match((await call('GET', `/users/${id}`)).json(), { invited_at: null, email_verified: true })
  t.strictSame(await names('invited=true'), [])
  const refusal = { detail: /^This account has not been invited, or .* order a password reset\.$/ }
  const late = await call('POST', `/users/${id}/invitation`)
  t.match([late.statusCode, late.json()], [409, refusal])
})

t.test('An administrator without a mail server gets the link, and nobody else does', async t => {
  const { app, call } = await withRoot(t, ['me', 'users:read', 'users:write'])
  const created = await call('POST', '/users', carol)
  t.match(
    [created.statusCode, created.json()],
    [201, { invited_at: String, invitation_link: /reset-password\?token=/ }]
  )
  const { id, invitation_link } = created.json()
  const again = await call('POST', `/users/${id}/invitation`)
  t.match([again.statusCode, again.json()], [202, { invitation_link: /reset-password\?token=/ }])
  t.not(again.json().invitation_link, invitation_link)
  t.notOk('invitation_link' in (await call('GET', `/users/${id}`)).json())
  for (const answer of [
    await call('POST', '/users', { username: 'bob', password, email: 'bob@example.com' }),
    await callWith(app)('POST', '/users', { username: 'dave', password, email: 'dave@example.com' })
  ])
    t.strictSame([answer.statusCode, 'invitation_link' in answer.json()], [201, false])
  const token = new URL(invitation_link).searchParams.get('token') ?? ''
  const set = await postForm(app, '/reset-password', { token, new_password: next })
  t.match([set.statusCode, set.body], [200, 'You can now sign in with your username.'])
  t.match((await call('GET', `/users/${id}`)).json(), { invited_at: null, email_verified: false })
})

t.test('Nobody but an administrator invites, and only with an address', async t => {
  const { app, call, root, alice } = await withRoot(t, ['me', 'users:read', 'users:write'])
  const before = await app.db.mail.count()
  const me = (await logIn(app)).access_token
  const reader = (await clientToken(app, 'reader', ['users:read'])).token
  assertProblem(t, await callWith(app)('POST', '/users', carol), 400, '/users', missing('/password'))
  const byAlice = await callWith(app, me)('POST', '/users', carol)
  assertProblem(t, byAlice, 403, '/users', { detail: 'The access token lacks the scope users:write.' })
  const noEmail = missing('/email', 'must be given, because an account without a password is invited by mail')
  for (const email of [undefined, null])
    assertProblem(t, await call('POST', '/users', { ...carol, email }), 400, '/users', noEmail)
  assertProblem(t, await call('POST', '/users', { ...carol, password: null }), 400, '/users', {
    ...missing('/password', 'must be string')
  })
  const unknown = '/users/019c0000-0000-7000-8000-0123456789ab/invitation'
  assertProblem(t, await call('POST', unknown), 404, unknown, { detail: 'This user does not exist.' })
  await assertAllRefused(
    t,
    app,
    withoutScope([['POST', `/users/${alice.id}/invitation`]], { me, 'users:read': reader }, () => 'users:write')
  )
  for (const { id } of [root, alice]) t.equal((await call('POST', `/users/${id}/invitation`)).statusCode, 409)
  t.equal(await app.db.mail.count(), before)
  t.strictSame((await call('GET', '/users?invited=true')).json().items, [])
})

t.test('An invitation needs a login of the last ten minutes', async t => {
  const { app, clock } = await withRoot(t, ['users:write'])
  const { id } = await app.users.register(carol, { actor: 'root' })
  const { refresh_token } = await logIn(app, { username: 'root' })
  clock.advance(601)
  const old = await logIn(app, { username: 'root', grant_type: 'refresh_token', refresh_token })
  const call = callWith(app, old.access_token)
  for (const answer of [
    await call('POST', '/users', { ...carol, username: 'dave' }),
    await call('POST', `/users/${id}/invitation`)
  ])
    t.match(answer.headers['www-authenticate'], /insufficient_user_authentication/)
  t.equal(await app.db.mail.count(), 1)
})
