import t, { type Test } from 'tap'
import { callWith } from '../support/administrator.ts'
import { createUser, createVerifiedUser, logIn, password, postForm } from '../support/app.ts'
import { createMailApp, linkIn, recipientOf } from '../support/mail-server.ts'
import { assertProblem } from '../support/problem.ts'

/** An app with a mail server, and the administrator root, who corrects profiles. */
async function withRoot(t: Test) {
  const { app, clock, received } = await createMailApp(t)
  await createUser(app, 'root', ['me', 'users:read', 'users:write'])
  const { access_token } = await logIn(app, { username: 'root' })
  const call = callWith(app, access_token)
  const correct = (id: string, payload: object) => call('PATCH', `/users/${id}/profile`, payload)
  return { app, clock, received, call, correct }
}

t.test('A username and a full name are corrected, and the old name no longer logs in', async t => {
  const { app, correct } = await withRoot(t)
  const { id } = await createUser(app, 'allice')
  const { access_token } = await logIn(app, { username: 'allice' })
  const answer = await correct(id, { username: 'ALICE', full_name: 'Alice Liddell' })
  t.match([answer.statusCode, answer.json()], [200, { username: 'alice', full_name: 'Alice Liddell' }])
  t.match(answer.headers.etag, /^"/)
  t.match((await callWith(app, access_token)('GET', '/users/me')).json(), { username: 'alice' }, 'logins stay')
  const status = async (username: string) =>
    (await postForm(app, '/token', { grant_type: 'password', username, password })).statusCode
  t.strictSame([await status('allice'), await status('alice')], [400, 200])
  const [{ action, detail }] = (await app.audit.page({ limit: 1, action: 'user.updated' })).items as [never]
  t.match({ action, detail }, { detail: { members: 'username full_name' } }, 'the trail has no name')
  t.match((await correct(id, { full_name: null })).json(), { full_name: null })
})

t.test('A verified address stays until the owner has confirmed the new one, and is told', async t => {
  const { app, received, correct } = await withRoot(t)
  const { id } = await createVerifiedUser(app, 'alice')
  await received()
  const corrected = await correct(id, { email: 'Alice@example.org' })
  t.match(corrected.json(), { email: 'alice@example.com', email_verified: true, pending_email: 'alice@example.org' })
  const messages = (await received()).slice(-2)
  t.strictSame(messages.flatMap(recipientOf).sort(), ['alice@example.com', 'alice@example.org'])
  const { token } = linkIn(messages.find(message => recipientOf(message).includes('alice@example.org')))
  t.equal((await app.inject({ method: 'POST', url: '/email/verify', payload: { token } })).statusCode, 204)
  t.match(app.users.describe(await app.userAdmin.byId(id)), { email: 'alice@example.org', email_verified: true })
})

t.test('An invited account is invited at the corrected address, and the old link is void', async t => {
  const { app, call, received, correct } = await withRoot(t)
  const { id } = (await call('POST', '/users', { username: 'carol', email: 'carrol@example.com' })).json()
  const [first] = await received()
  t.match((await correct(id, { email: 'carol@example.com' })).json(), {
    email: 'carol@example.com',
    email_verified: false
  })
  const last = (await received()).at(-1)
  t.strictSame(last && recipientOf(last), ['carol@example.com'])
  const choose = async (message: typeof last) => {
    const payload = { token: linkIn(message).token, new_password: 'purple monkey dishwasher lamp' }
    return (await app.inject({ method: 'POST', url: '/password/reset', payload })).statusCode
  }
  t.strictSame([await choose(first), await choose(last)], [400, 204])
})

t.test('What cannot be corrected is refused, and changes nothing', async t => {
  const { app, call, correct } = await withRoot(t)
  const [alice, admin] = [await createUser(app, 'alice'), await createUser(app, 'admin', ['me', 'audit:read'])]
  const url = `/users/${alice.id}/profile`
  assertProblem(t, await correct(alice.id, { username: 'root' }), 409, url, {
    detail: 'This username is taken.',
    code: 'username_taken',
    errors: [{ pointer: '/username', detail: 'is taken' }]
  })
  for (const [payload, pointer] of [
    [{ username: 'a@b' }, '/username'],
    [{ email: 'x' }, '/email'],
    [{ full_name: '\u0007' }, '/full_name'],
    [{ scopes: [] }, '/scopes'],
    [{}, '']
  ] as const)
    t.match((await correct(alice.id, payload)).json(), { status: 400, errors: [{ pointer }] })
  const above = await correct(admin.id, { email: 'mallory@example.com' })
  t.match(above.json(), { status: 403, code: 'insufficient_scope', detail: /change the name or address of an account/ })
  const stale = await app.inject({
    method: 'PATCH',
    url,
    payload: { full_name: 'x' },
    headers: { authorization: `Bearer ${(await logIn(app, { username: 'root' })).access_token}`, 'if-match': '"x"' }
  })
  t.equal(stale.statusCode, 412)
  t.match((await call('GET', `/users/${alice.id}`)).json(), { username: 'alice', email: null, full_name: null })
})
