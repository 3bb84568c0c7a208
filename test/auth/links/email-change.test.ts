import t, { type Test } from 'tap'
import type { Config } from '../../../src/config/config.ts'
import { bearer, createApp, createVerifiedUser, logIn, password, postForm } from '../../support/app.ts'
import { uncounted } from '../../support/attempts.ts'
import { createMailApp, linkIn, recipientOf } from '../../support/mail-server.ts'
import { assertProblem } from '../../support/problem.ts'
import { auditTrail, openEngine } from '../../support/store.ts'

const next = 'purple monkey dishwasher lamp'
const [a, b, c] = ['alice@example.com', 'b@example.com', 'c@example.com'] as const

/** An app on which alice has verified the address `a` and has logged in. */
async function withAlice(t: Test, settings: Partial<Config> = {}) {
  const made = await createMailApp(t, settings)
  const { app, received } = made
  const user = await createVerifiedUser(app)
  let headers = bearer((await logIn(app)).access_token)
  await received()
  const change = (payload: object) => app.inject({ method: 'PATCH', url: '/users/me', payload, headers })
  /** The tokens of the links that have been mailed since, by recipient. */
  async function links() {
    const messages = (await received()).filter(({ text }) => /token=/.test(String(text)))
    return Object.fromEntries(messages.map(message => [String(recipientOf(message)), linkIn(message).token]))
  }
  return {
    ...made,
    user,
    change,
    /** The status of the use of the link to this address. */
    verify: async (token: string | undefined) =>
      (await app.inject({ method: 'POST', url: '/email/verify', payload: { token } })).statusCode,
    me: () => app.inject({ url: '/users/me', headers }),
    row: () => app.userAdmin.byId(user.id),
    async logInAgain(form: Record<string, string> = {}) {
      const tokens = await logIn(app, form)
      headers = bearer(tokens.access_token)
      return tokens
    },
    links,
    /** Changes the address with the current password, and resolves to the tokens that were mailed, by recipient. */
    async move(email: string | null) {
      t.equal((await change({ email, current_password: password })).statusCode, 200)
      return links()
    }
  }
}

t.test('A new address is pending, and the verified one stays in force until the link is used', async t => {
  const { app, change, verify, me, received, row, links } = await withAlice(t)
  const answer = await change({ email: 'B@example.com', current_password: password })
  t.match(answer.json(), { email: a, email_verified: true, pending_email: b })
  const messages = await received()
  t.strictSame(messages.flatMap(recipientOf).sort(), [a, b])
  const notice = messages.find(message => recipientOf(message).includes(a))
  t.equal(notice?.subject, 'Your e-mail address for auth.example.com was changed')
  t.notMatch(notice?.text, b)
  t.ok((await logIn(app, { username: a })).access_token, 'login by the old address')
  t.notOk((await logIn(app, { username: b })).access_token)
  await app.passwordReset.request(b, { ip: '192.0.2.1' })
  t.strictSame(await received(), [], 'no link for a new password goes to the pending address')
  await app.passwordReset.request(a, { ip: '192.0.2.1' })
  t.strictSame((await received()).flatMap(recipientOf), [a])

  await app.emailVerification.request(await row(), { ip: '192.0.2.1' })
  const { [b]: token, ...others } = await links()
  t.strictSame(others, {})
  t.equal(await verify(token), 204)
  t.match((await me()).json(), { email: b, email_verified: true, pending_email: null })
  t.ok((await logIn(app, { username: b })).access_token)
  t.notOk((await logIn(app, { username: a })).access_token)
})

t.test('A pending address is withdrawn by a change to the present one or another, and its links are void', async t => {
  const { app, change, verify, move, row, clock, logInAgain, user } = await withAlice(t)
  const { refresh_token } = await logInAgain()
  const first = (await move(b))[b]
  clock.advance(601)
  await logInAgain({ grant_type: 'refresh_token', refresh_token })
  t.match((await change({ email: a })).json(), { email: a, email_verified: true, pending_email: null })
  t.equal(await verify(first), 400)
  const second = (await move(b))[b]
  t.equal(await verify(first), 400, 'not even when it is pending again')
  await move(c)
  t.equal(await verify(second), 400)
  t.match(await row(), { email: a, pendingEmail: c })
  await app.userAdmin.resetPassword(user.id, {})
  t.match(await row(), { email: a, pendingEmail: null }, 'also when an administrator resets the password')
})

t.test('A new address replaces an unverified one at once, without a notice', async t => {
  const { app, change, received, logInAgain } = await withAlice(t)
  await app.users.register({ username: 'bob', password, email: b }, {})
  await received()
  await logInAgain({ username: 'bob' })
  t.match((await change({ email: c })).json(), { email: c, email_verified: false, pending_email: null })
  t.strictSame((await received()).flatMap(recipientOf), [c])
})

t.test('A registration does not show that an address is taken: answer, messages and events are the same', async t => {
  const { app, config } = await withAlice(t)
  const { db, schema } = openEngine(t, config.databaseUrl)
  const count = async () => [
    (await db.select().from(schema.mail)).length,
    (await db.select().from(schema.audit)).length
  ]
  const register = async (username: string, email: string) => {
    const before = await count()
    const answer = await app.inject({ method: 'POST', url: '/users', payload: { username, password, email } })
    const { 'x-request-id': _, date: __, etag: ___, ...headers } = answer.headers
    const text = JSON.stringify([answer.statusCode, headers, answer.body])
    return {
      text: text.replaceAll(answer.json().id, 'ID').replaceAll(email, 'EMAIL').replaceAll(username, 'NAME'),
      added: (await count()).map((rows, i) => rows - Number(before[i]))
    }
  }
  const free = await register('first', 'fresh@example.com')
  t.match(free, { text: /^\[201,/, added: [1, 1] })
  t.strictSame(await register('other', a), free)
})

t.test('A change of address does not show that it is taken; its owner is told of the account there is', async t => {
  const { app, change, received, logInAgain, me } = await withAlice(t)
  await createVerifiedUser(app, 'bobby', b)
  await logInAgain({ username: 'bobby' })
  await received()
  const free = await change({ email: 'free-@example.com' })
  const queued = await app.db.mail.count()
  await received()
  const taken = await change({ email: a })
  t.equal(taken.statusCode, free.statusCode)
  t.equal(taken.body, free.body.replace('free-@example.com', a))
  t.equal(await app.db.mail.count(), queued)
  const messages = (await received()).filter(message => recipientOf(message).includes(a))
  t.equal(messages.length, 1)
  t.equal(messages[0]?.subject, 'You already have an account at auth.example.com')
  t.notMatch(messages[0]?.text, /token|alice|bobby|http/)
  t.match((await me()).json(), { email: b, pending_email: a })
})

t.test('An unverified address of another account is free, so no account can occupy an address', async t => {
  const { app, verify, links } = await withAlice(t)
  await app.users.register({ username: 'mallory', password, email: c }, {})
  await links()
  await app.users.register({ username: 'carol', password, email: c }, {})
  const { [c]: token } = await links()
  t.equal(await verify(token), 204)
  t.match(await app.userAdmin.byIdOrName('carol'), { email: c, emailVerified: true })
  t.match(await app.userAdmin.byIdOrName('mallory'), { email: c, emailVerified: false })
  t.ok((await logIn(app, { username: c })).access_token)
})

t.test('A change of address needs the current password or a login of the last 600 s (RFC 9470 §3)', async t => {
  const { change, clock, logInAgain, me } = await withAlice(t)
  const { refresh_token } = await logInAgain()
  const detail = 'Send current_password or log in again to change the e-mail address.'
  clock.advance(600)
  // A refresh does not make a login recent.
  await logInAgain({ grant_type: 'refresh_token', refresh_token })
  t.equal((await change({ email: b })).statusCode, 200)
  clock.advance(1)
  for (const payload of [{ email: c }, { email: null }, { email: c, full_name: 'Alice' }]) {
    const refused = await change(payload)
    assertProblem(t, refused, 401, '/users/me', { detail })
    t.equal(
      refused.headers['www-authenticate'],
      `Bearer realm="sallyport", error="insufficient_user_authentication", error_description="${detail}", max_age="600"`
    )
  }
  t.match((await me()).json(), { email: a, pending_email: b, full_name: null })
  t.equal((await change({ full_name: 'Alice' })).statusCode, 200, 'a name needs neither')
  t.equal((await change({ email: b })).statusCode, 200, 'nor what is pending already')
  t.equal((await change({ email: a })).statusCode, 200, 'nor the address in force')
  t.equal((await change({ email: c, current_password: password })).statusCode, 200)
  await logInAgain()
  t.equal((await change({ email: null })).statusCode, 200)
})

t.test('A wrong current password is 403 even after a recent login, counted and recorded (ASVS 16.3.1)', async t => {
  const { change, me, config, user } = await withAlice(t)
  for (let n = 0; n < 10; n++)
    assertProblem(t, await change({ email: b, current_password: 'not the password' }), 403, '/users/me', {
      detail: 'The current password is wrong.',
      errors: [{ pointer: '/current_password', detail: 'is wrong' }]
    })
  t.equal((await change({ email: b, current_password: password })).statusCode, 429)
  t.match((await me()).json(), { email: a, pending_email: null })
  const events = (await auditTrail(t, config.databaseUrl)).filter(({ action }) => action === 'user.update_failed')
  t.equal(events.length, 10)
  t.match(events[0], { actor: user.id, subject: user.id, ip: '127.0.0.1', detail: {} })
  t.notMatch(JSON.stringify(events), 'not the password')
})

t.test('Only a verified address, or that of an account never used, gets a link for a new password', async t => {
  const { app, links, received } = await withAlice(t)
  const bob = await app.users.register({ username: 'bob', password, email: b }, {})
  await received()
  await app.passwordReset.request(b, { ip: '192.0.2.1' })
  t.equal(await app.db.mail.count(), 1, 'the message is queued')
  t.strictSame(await received(), [], 'and dropped')
  t.equal(await app.userAdmin.resetPassword(bob.id, {}), b, 'an administrator has one sent')
  await app.passwordReset.complete({ token: String((await links())[b]), new_password: next }, {})
  t.match(await app.userAdmin.byId(bob.id), { email: b, emailVerified: true })
  t.ok((await logIn(app, { username: b, password: next })).access_token)

  const carol = await app.users.register({ username: 'carol', password, email: c }, {})
  await received()
  await logIn(app, { username: 'carol' })
  t.equal(await app.userAdmin.resetPassword(carol.id, {}), null, 'the account has been used')
  t.strictSame(await links(), {})
})

t.test('A link to a taken address goes to its owner as a notice, not in the language of who asked', async t => {
  const { app, received, user } = await withAlice(t)
  const subjects = async () => (await received()).map(({ subject }) => subject)
  const register = async (username: string) => {
    const payload = { username, password, email: a }
    const headers = { 'accept-language': 'de' }
    return (await app.inject({ method: 'POST', url: '/users', headers, payload })).json()
  }
  const { id } = await register('bob')
  t.strictSame(await subjects(), ['You already have an account at auth.example.com'])
  await app.userAdmin.resetPassword(id, {})
  t.strictSame(await subjects(), ['You already have an account at auth.example.com'])
  const german = { locale: 'de', updatedAt: app.clock.now() }
  await app.db.users.update(user.id, german, app.auditEvents.event('user.updated'))
  await register('carol')
  t.strictSame(await subjects(), ['Sie haben bereits ein Konto bei auth.example.com'])
})

t.test('A login from a new address prefix is reported to the verified address', async t => {
  const { app, received, clock, user } = await withAlice(t)
  const from = async (remoteAddress: string, username = 'alice') => {
    const answer = await postForm(app, '/token', { grant_type: 'password', username, password }, {}, remoteAddress)
    t.equal(answer.statusCode, 200)
    return received()
  }
  t.strictSame(await from('127.0.0.9'), [], 'the prefix is known')
  clock.advance(3600)
  const messages = await from('198.51.100.7')
  t.strictSame(messages.map(recipientOf), [[a]])
  const [message] = messages
  t.equal(message?.subject, 'New login to your account at auth.example.com')
  t.equal(new Date(String(message?.date)).toISOString(), '2026-01-31T13:00:00.000Z', 'dated at the login')
  t.notMatch(message?.text, /198\.51|http/)
  t.strictSame(await from('198.51.100.8'), [], 'now it is known too')
  await app.users.register({ username: 'bob', password, email: b }, {})
  await received()
  t.strictSame(await from('192.0.2.1', 'bob'), [], 'not the first login')
  t.strictSame(await from('198.51.100.1', 'bob'), [], 'not to an unverified address')
  const none = { email: null, emailVerified: false, updatedAt: clock.now() }
  await app.db.users.update(user.id, none, app.auditEvents.event('user.updated'))
  t.strictSame(await from('203.0.113.1'), [], 'not without an address')
})

t.test('The notice of a login can be turned off, and needs a mail server (setting LOGIN_NOTICE)', async t => {
  const silent = await withAlice(t, { loginNotice: 'off' })
  const { app: unserved } = await createApp(t)
  await createVerifiedUser(unserved)
  await logIn(unserved)
  await unserved.deliverMail()
  for (const app of [silent.app, unserved]) {
    const client = await app.clients.authenticate({}, { authorization: undefined, ip: null })
    const user = await app.userAdmin.byIdOrName('alice')
    t.ok(await app.sessions.startLogin(user, client, ['me'], { ip: '198.51.100.7', userAgent: null }, uncounted()))
    t.equal(await app.db.mail.count(), 0)
  }
})
