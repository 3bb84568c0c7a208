import t, { type Test } from 'tap'
import { bearer, createApp, createVerifiedUser, freshLogin, logIn, password, postForm } from '../support/app.ts'
import { createIdentityWorld } from '../support/identities.ts'
import { createMailApp, linkIn, recipientOf, startMailServer } from '../support/mail-server.ts'
import { createToken } from '../support/personal-tokens.ts'
import { assertProblem } from '../support/problem.ts'
import { auditTrail, event, openEngine } from '../support/store.ts'

const next = 'purple monkey dishwasher lamp'
const email = 'alice@example.com'

/** An app with the account alice, who has a verified address and has not logged in. */
async function withAlice(t: Test) {
  const made = await createMailApp(t)
  const { app, received } = made
  const user = await createVerifiedUser(app)
  await received()
  const post = (url: string) => (payload: object, from?: string) =>
    app.inject({ method: 'POST', url, payload, ...(from ? { remoteAddress: from } : {}) })
  const forgot = post('/password/forgot')
  return {
    ...made,
    user,
    forgot,
    reset: post('/password/reset'),
    /** The token of a link that alice has just requested. */
    async mailed() {
      await forgot({ email })
      return linkIn((await received()).find(({ subject }) => subject?.startsWith('Reset'))).token
    },
    actions: async () => (await auditTrail(t, made.config.databaseUrl)).filter(({ action }) => /reset/.test(action))
  }
}

t.test('The rules for new passwords are public, so that a form can show them', async t => {
  const { app } = await createApp(t, { passwordMinLength: 8, issuer: 'https://id.login.sallyport.example.com/auth' })
  const answer = await app.inject('/password/rules')
  t.equal(answer.statusCode, 200)
  const excludes = ['sallyport', 'login', 'example']
  t.strictSame(answer.json(), { min_length: 8, max_bytes: 1024, excludes }, 'without names that are too short')
  const register = (chosen: string) =>
    app.inject({ method: 'POST', url: '/users', payload: { username: 'zz', password: chosen } })
  t.equal((await register('kx7qvzj')).json().errors[0].reason, 'length')
  for (const name of excludes)
    t.equal((await register(`kx7q ${name.toUpperCase()} vzj`)).json().errors[0].reason, 'context', name)
  t.equal((await register('kx7q id vzj')).statusCode, 201)
})

t.test('A forgotten password is replaced by a link; every session ends, and the owner is notified', async t => {
  const { app, user, forgot, reset, received, clock, actions } = await withAlice(t)
  const tokens = await logIn(app)
  const asked = await forgot({ email: 'Alice@Example.COM' })
  t.equal(asked.statusCode, 202)
  t.equal(asked.body, '')
  const messages = await received()
  t.strictSame(messages.flatMap(recipientOf), [email])
  t.equal(messages[0]?.subject, 'Reset your password for auth.example.com')
  const { link, token } = linkIn(messages[0])
  t.equal(link.href, `https://auth.example.com/reset-password?token=${token}`)

  clock.advance(60)
  const answer = await reset({ token, new_password: next })
  t.equal(answer.statusCode, 204)
  t.equal(answer.body, '')
  t.notOk((await logIn(app)).access_token)
  t.equal((await app.inject({ url: '/users/me', headers: bearer(tokens.access_token) })).statusCode, 401)
  const refreshed = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
  t.equal((await postForm(app, '/token', refreshed)).statusCode, 400)
  const fresh = await logIn(app, { username: email, password: next })
  const me = await app.inject({ url: '/users/me', headers: bearer(fresh.access_token) })
  t.match(me.json(), { email_verified: true, updated_at: clock.now().toISOString() })
  const told = await received()
  t.strictSame(told.flatMap(recipientOf), [email])
  t.equal(told[0]?.subject, 'Your password for auth.example.com was changed')
  t.match(await actions(), [
    { action: 'user.password_reset_requested', actor: null, subject: user.id, ip: '127.0.0.1' },
    { action: 'user.password_reset', actor: user.id, subject: user.id, ip: '127.0.0.1' }
  ])
})

t.test('An unknown address gets the same answer and the same rows as a known one, but no message', async t => {
  const { app, config, user, forgot, received, actions } = await withAlice(t)
  const { db, schema } = openEngine(t, config.databaseUrl)
  const queued = async () => await db.select().from(schema.mail)
  const known = await forgot({ email })
  const [forAlice] = await queued()
  await received()
  const unknown = await forgot({ email: 'mallory@example.com' })
  const [forUnknown] = await queued()

  t.equal(unknown.statusCode, known.statusCode)
  t.equal(unknown.body, known.body)
  const { 'x-request-id': _, date: __, ...headers } = known.headers
  t.match(unknown.headers, headers)
  t.strictSame(Object.keys(unknown.headers), Object.keys(known.headers))
  t.match(forAlice, { kind: 'reset_password', address: email })
  t.match(forUnknown, { kind: 'reset_password', address: 'mallory@example.com', userId: null })
  t.strictSame(await received(), [])
  t.equal(await app.db.mail.count(), 0, 'and it does not stay in the queue')
  t.match((await actions()).at(-1), { action: 'user.password_reset_requested', subject: null })
  await app.userAdmin.update(user.id, { disabled: true }, {})
  t.equal((await forgot({ email })).statusCode, 202)
  t.strictSame(await received(), [], 'a disabled account gets none either')
})

t.test('A password that the rules refuse leaves the link and the password unchanged', async t => {
  const { app, reset, mailed } = await withAlice(t)
  const token = await mailed()
  for (const [new_password, detail, reason] of [
    ['short', 'is shorter than 15 characters', 'length'],
    ['long enough for Alice', 'contains the username', 'context']
  ] as const) {
    assertProblem(t, await reset({ token, new_password }), 400, '/password/reset', {
      detail: `The request is not valid: /new_password ${detail}.`,
      errors: [{ pointer: '/new_password', detail, reason }]
    })
  }
  t.ok((await logIn(app)).access_token, 'and the password')
  t.equal((await reset({ token, new_password: next })).statusCode, 204)
})

t.test('The owner is notified of every password change, by any actor (OWASP ASVS 6.3.7)', async t => {
  const { app, received, user } = await withAlice(t)
  const { access_token } = await logIn(app)
  const change = { current_password: password, new_password: next }
  const url = '/users/me/password'
  await app.inject({ method: 'PUT', url, payload: change, headers: bearer(access_token) })
  t.strictSame((await received()).flatMap(recipientOf), [email], 'the owner')
  await app.accountPasswords.set(await app.userAdmin.byIdOrName('alice'), password, { actor: 'operator' })
  t.strictSame((await received()).flatMap(recipientOf), [email], 'an operator')
  await app.users.updateProfile(user.id, { email: null }, freshLogin)
  await received()
  await app.accountPasswords.set(await app.userAdmin.byIdOrName('alice'), next, {})
  t.strictSame(await received(), [], 'no message without an address')
})

t.test('An administrator can have a link sent past the limit of requests, and never sees it (ASVS 6.4.6)', async t => {
  const { app, forgot, received, user, reset } = await withAlice(t)
  for (let n = 0; n < 5; n++) await forgot({ email })
  t.equal((await received()).length, 3)
  t.equal(await app.userAdmin.resetPassword(user.id, { actor: 'operator' }), email)
  const messages = await received()
  t.strictSame(messages.flatMap(recipientOf), [email])
  t.equal((await reset({ token: linkIn(messages[0]).token, new_password: next })).statusCode, 204)
})

t.test('Notices to an unverified address are limited like links', async t => {
  const { app, received, user } = await withAlice(t)
  const change = async () => app.accountPasswords.set(await app.userAdmin.byId(user.id), next, {})
  await app.db.users.update(user.id, { emailVerified: false, updatedAt: user.updatedAt }, event('user.updated'))
  for (let n = 0; n < 6; n++) await change()
  t.equal((await received()).length, 3)
  await app.db.users.update(user.id, { emailVerified: true, updatedAt: user.updatedAt }, event('user.updated'))
  for (let n = 0; n < 6; n++) await change()
  t.equal((await received()).length, 6, 'those to a verified address are not')
})

t.test('Invalid bodies are refused by member (RFC 9457 §3)', async t => {
  const { app, forgot, reset } = await withAlice(t)
  for (const [send, url, payload, pointer, detail] of [
    [forgot, '/password/forgot', {}, '/email', 'is missing'],
    [forgot, '/password/forgot', { email: 'alice' }, '/email', 'must match format "email"'],
    [forgot, '/password/forgot', { email: [email] }, '/email', 'must be string'],
    [forgot, '/password/forgot', { email, more: 1 }, '/more', 'is unknown'],
    [reset, '/password/reset', { token: 'x' }, '/new_password', 'is missing'],
    [reset, '/password/reset', { new_password: next }, '/token', 'is missing'],
    [reset, '/password/reset', { token: 'x', new_password: next, more: 1 }, '/more', 'is unknown']
  ] as const) {
    assertProblem(t, await send(payload), 400, url, {
      detail: `The request is not valid: ${pointer} ${detail}.`,
      errors: [{ pointer, detail }]
    })
  }
  for (const url of ['/password/forgot', '/password/reset'])
    t.equal((await postForm(app, url, { email, token: 'x', new_password: next })).statusCode, 415, url)
})

t.test('Requests are limited by address prefix', async t => {
  const { forgot, received } = await withAlice(t)
  for (let i = 0; i < 30; i++) t.equal((await forgot({ email: `a${i}@example.com` }, '192.0.2.7')).statusCode, 202)
  const refused = await forgot({ email }, '192.0.2.8')
  assertProblem(t, refused, 429, '/password/forgot', { detail: 'Too many attempts. Try again in 1 s.' })
  t.equal(refused.headers['retry-after'], '1')
  t.strictSame(await received(), [])
  t.equal((await forgot({ email }, '203.0.113.1')).statusCode, 202)
  t.equal((await received()).length, 1)
})

t.test('A reset deletes personal access tokens and unlinks accounts elsewhere only if the owner says so', async t => {
  const { url, messages } = await startMailServer(t)
  const { app, exchangeFor, events } = await createIdentityWorld(t, { smtpUrl: url })
  const squatter = await exchangeFor({ sub: 'squatter', email })
  t.equal(squatter.statusCode, 200, 'an account with the address of another')
  const { token: old } = await createToken(app, squatter.json().access_token)
  const user = await app.userAdmin.byIdOrName('alice')
  const post = (path: string, payload: object) => app.inject({ method: 'POST', url: path, payload })
  async function mailed(subject: string) {
    await app.deliverMail()
    return linkIn(messages.splice(0).find(message => message.subject?.startsWith(subject))).token
  }
  t.equal((await post('/email/verify', { token: await mailed('Confirm') })).statusCode, 204)
  async function reset(members: object, token?: string) {
    if (!token) await post('/password/forgot', { email })
    return (await post('/password/reset', { token: token ?? (await mailed('Reset')), ...members })).statusCode
  }
  const left = async () => [(await app.personalTokens.list(user)).length, (await app.identities.list(user)).length]
  await post('/password/forgot', { email })
  const first = await mailed('Reset')
  const both = { delete_tokens: true, unlink_identities: true }
  for (const refused of [{ delete_tokens: 'yes' }, { unlink_identities: 'yes' }, { ...both, new_password: 'short' }])
    t.equal(await reset({ new_password: next, ...refused }, first), 400)
  t.equal(await reset({ new_password: next, delete_tokens: false }, first), 204)
  t.strictSame(await left(), [1, 1], 'neither without a word, nor with a refused password')
  t.equal(await reset({ new_password: `${next} 2`, delete_tokens: true }), 204)
  t.strictSame(await left(), [0, 1])
  t.equal(await app.personalTokens.present(old, null), undefined)
  t.equal((await exchangeFor({ sub: 'squatter', email })).statusCode, 200)
  t.equal(await reset({ new_password: `${next} 3`, unlink_identities: true }), 204)
  t.strictSame(await left(), [0, 0])
  t.match(
    (await exchangeFor({ sub: 'squatter', email, email_verified: true })).json().error_description,
    /log in and link the other one/
  )
  t.match(
    (await events('user.password_reset')).map(({ detail }) => detail),
    [{}, { deleted_tokens: true }, { unlinked_identities: true }]
  )
})
