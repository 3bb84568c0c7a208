import t, { type Test } from 'tap'
import { linkDoesNotWork } from '../../../src/auth/mail/one-time-tokens.ts'
import type { Config } from '../../../src/config/config.ts'
import { bearer, createApp, createVerifiedUser, logIn, password, postForm } from '../../support/app.ts'
import { uncounted } from '../../support/attempts.ts'
import { createMailApp, linkIn, recipientOf } from '../../support/mail-server.ts'
import { assertProblem, type Refusal } from '../../support/problem.ts'
import { auditTrail, openEngine } from '../../support/store.ts'

const next = 'purple monkey dishwasher lamp'
const doesNotWork: Refusal = { detail: linkDoesNotWork().message }
const [a, b, c] = ['alice@example.com', 'b@example.com', 'c@example.com'] as const

/** An app on which alice has verified the address `a` and has logged in. */
async function withAlice(t: Test, settings: Partial<Config> = {}) {
  const made = await createMailApp(t, settings)
  const { app, received, config } = made
  const user = await createVerifiedUser(app)
  let headers = bearer((await logIn(app)).access_token)
  await received()
  const post = (url: string) => (token: string) => app.inject({ method: 'POST', url, payload: { token } })
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
    verify: post('/email/verify'),
    undo: post('/email/undo'),
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
    },
    actions: async () => (await auditTrail(t, config.databaseUrl)).map(({ action }) => action)
  }
}

t.test('a new address of an account with a verified one', async t => {
  t.test('is pending, and the old one stays in force until the link is used', async t => {
    const { app, change, verify, me, received, row } = await withAlice(t)
    const answer = await change({ email: 'B@example.com', current_password: password })
    t.match(answer.json(), { email: a, email_verified: true, pending_email: b })
    const messages = await received()
    t.strictSame(messages.flatMap(recipientOf).sort(), [a, b])
    const [notice, link] = messages.sort((one, two) => (recipientOf(one) < recipientOf(two) ? -1 : 1))
    t.equal(notice?.subject, 'Your e-mail address for auth.example.com was changed')
    t.notMatch(notice?.text, b)
    t.ok((await logIn(app, { username: a })).access_token, 'login by the old address')
    t.notOk((await logIn(app, { username: b })).access_token)
    await app.passwordReset.request(b, { ip: '192.0.2.1' })
    t.strictSame(await received(), [], 'no link for a new password goes to the pending address')
    await app.passwordReset.request(a, { ip: '192.0.2.1' })
    t.strictSame((await received()).flatMap(recipientOf), [a])

    t.equal((await verify(linkIn(link).token)).statusCode, 204)
    t.match((await me()).json(), { email: b, email_verified: true, pending_email: null })
    t.ok((await logIn(app, { username: b })).access_token)
    t.notOk((await logIn(app, { username: a })).access_token)
    t.match(await row(), { email: b, emailVerified: true, pendingEmail: null })
  })

  t.test('is withdrawn by a change to the present address, and a link to it no longer works', async t => {
    const { change, verify, move, me, clock, logInAgain } = await withAlice(t)
    const { refresh_token } = await logInAgain()
    const first = (await move(b))[b]
    clock.advance(601)
    await logInAgain({ grant_type: 'refresh_token', refresh_token })
    t.match((await change({ email: a })).json(), { email: a, email_verified: true, pending_email: null })
    assertProblem(t, await verify(String(first)), 400, '/email/verify', doesNotWork)
    const second = (await move(b))[b]
    assertProblem(
      t,
      await verify(String(first)),
      400,
      '/email/verify',
      doesNotWork,
      'not even when it is pending again'
    )
    await move(c)
    assertProblem(t, await verify(String(second)), 400, '/email/verify', doesNotWork)
    t.match((await me()).json(), { email: a, pending_email: c })
  })

  t.test('is withdrawn by a new password, which voids its link', async t => {
    const { app, verify, move, row, user } = await withAlice(t)
    const token = String((await move(b))[b])
    await app.accountPasswords.set(await row(), next, {})
    t.match(await row(), { email: a, pendingEmail: null })
    assertProblem(t, await verify(token), 400, '/email/verify', doesNotWork)
    await app.db.users.update(
      user.id,
      { pendingEmail: b, updatedAt: new Date() },
      app.auditEvents.event('user.updated')
    )
    await app.userAdmin.resetPassword(user.id, {})
    t.equal((await row()).pendingEmail, null, 'also when an administrator resets the password')
  })

  t.test('can be requested a link for', async t => {
    const { app, move, verify, row, links } = await withAlice(t)
    await move(b)
    await app.emailVerification.request(await row(), { ip: '192.0.2.1' })
    const { [b]: token, ...others } = await links()
    t.strictSame(others, {})
    t.equal((await verify(String(token))).statusCode, 204)
  })

  t.test('replaces an unverified one at once, without a notice', async t => {
    const { app, change, received, logInAgain } = await withAlice(t)
    await app.users.register({ username: 'bob', password, email: b }, {})
    await received()
    await logInAgain({ username: 'bob' })
    t.match((await change({ email: c })).json(), { email: c, email_verified: false, pending_email: null })
    t.strictSame((await received()).flatMap(recipientOf), [c])
  })
})

t.test('a change of address is undone', async t => {
  t.test('before the new address is verified: the old one is in force, and every login ends', async t => {
    const { move, undo, verify, me, row, received, actions, user, config } = await withAlice(t)
    const { [a]: token, [b]: link } = await move(b)
    const answer = await undo(String(token))
    t.equal(answer.statusCode, 204)
    t.equal(answer.body, '')
    t.match(await row(), { email: a, emailVerified: true, pendingEmail: null })
    t.equal((await me()).statusCode, 401)
    assertProblem(t, await verify(String(link)), 400, '/email/verify', doesNotWork, 'other links are void')
    const messages = await received()
    t.strictSame(messages.flatMap(recipientOf), [a])
    t.equal(messages[0]?.subject, 'Reset your password for auth.example.com')
    t.equal((await actions()).filter(action => action === 'user.email_change_undone').length, 1)
    const event = (await auditTrail(t, config.databaseUrl)).find(({ action }) => action === 'user.email_change_undone')
    t.match(event, { actor: user.id, subject: user.id, ip: '127.0.0.1', detail: {} })
    assertProblem(t, await undo(String(token)), 400, '/email/undo', doesNotWork, 'twice')
  })

  t.test(
    'after the new address was verified, the password changed and reset, and the address changed again',
    async t => {
      const { app, move, verify, undo, change, row, links, logInAgain } = await withAlice(t)
      const { [a]: token, [b]: link } = await move(b)
      t.equal((await verify(String(link))).statusCode, 204)
      await app.accountPasswords.set(await row(), next, {})
      await app.passwordReset.request(b, { ip: '192.0.2.1' })
      await app.passwordReset.complete({ token: String((await links())[b]), new_password: password }, {})
      await logInAgain()
      const { [b]: undoOfB, [c]: toC } = await move(c)
      t.equal((await verify(String(toC))).statusCode, 204)
      t.match(await row(), { email: c, emailVerified: true })

      t.equal((await undo(String(token))).statusCode, 204)
      t.match(await row(), { email: a, emailVerified: true, pendingEmail: null })
      assertProblem(
        t,
        await undo(String(undoOfB)),
        400,
        '/email/undo',
        doesNotWork,
        'the undo of a later change is void'
      )
      const reset = (await links())[a]
      await app.passwordReset.complete({ token: String(reset), new_password: next }, {})
      await logInAgain({ password: next })
      t.equal((await change({ full_name: 'Alice' })).statusCode, 200)
    }
  )

  t.test('also when a thief undoes a later change first', async t => {
    const { move, verify, undo, row, logInAgain, clock } = await withAlice(t)
    const { [a]: token, [b]: link } = await move(b)
    await verify(String(link))
    clock.advance(1)
    const { [b]: undoOfB } = await move(c)
    t.equal((await undo(String(undoOfB))).statusCode, 204)
    t.match(await row(), { email: b, pendingEmail: null })
    await logInAgain()
    t.equal((await undo(String(token))).statusCode, 204, 'the undo of an earlier change stays valid')
    t.match(await row(), { email: a, emailVerified: true })
  })

  t.test('when the address was removed', async t => {
    const { move, undo, row } = await withAlice(t)
    const { [a]: token } = await move(null)
    t.match(await row(), { email: null, emailVerified: false })
    t.equal((await undo(String(token))).statusCode, 204)
    t.match(await row(), { email: a, emailVerified: true })
  })

  t.test('once: of ten concurrent uses of a token one succeeds', async t => {
    const { app, move, undo, received } = await withAlice(t)
    const { [a]: token } = await move(b)
    const answers = await Promise.all(Array.from({ length: 10 }, () => undo(String(token))))
    t.equal(answers.filter(({ statusCode }) => statusCode === 204).length, 1)
    t.equal((await received()).length, 1)
    t.equal(await app.db.mail.count(), 0)
  })

  t.test('for 72 hours', async t => {
    for (const [seconds, status] of [
      [259_199, 204],
      [259_200, 400]
    ] as const) {
      const { move, undo, clock, row } = await withAlice(t)
      const { [a]: token } = await move(b)
      clock.advance(seconds)
      t.equal((await undo(String(token))).statusCode, status)
      t.equal((await row()).pendingEmail, status === 204 ? null : b)
    }
  })

  t.test('but not for a disabled account, nor if another account has verified the address', async t => {
    const { app, move, verify, undo, row, user, links } = await withAlice(t)
    const { [a]: token, [b]: link } = await move(b)
    await app.userAdmin.update(user.id, { disabled: true }, {})
    assertProblem(t, await undo(String(token)), 400, '/email/undo', doesNotWork, 'disabled')
    await app.userAdmin.update(user.id, { disabled: false }, {})
    await verify(String(link))
    await app.users.register({ username: 'bob', password, email: a }, {})
    t.equal((await verify(String((await links())[a]))).statusCode, 204)
    assertProblem(t, await undo(String(token)), 400, '/email/undo', doesNotWork, 'verified elsewhere')
    t.match(await row(), { email: b, emailVerified: true })
    for (const garbage of ['', 'x'.repeat(43), String(link)])
      assertProblem(t, await undo(garbage), 400, '/email/undo', doesNotWork)
  })

  t.test('and a notice of a later change that is still in the queue gets no link afterwards', async t => {
    const { app, change, move, verify, undo, received, row } = await withAlice(t)
    const { [a]: token, [b]: link } = await move(b)
    await verify(String(link))
    await change({ email: c, current_password: password })
    const [notice] = (await app.db.mail.due(app.clock.now(), 9)).filter(({ kind }) => kind === 'email_changed')
    if (!notice) return t.fail('there is no notice')
    t.equal((await undo(String(token))).statusCode, 204)
    t.equal(await app.oneTimeTokens.issue(await row(), 'undo_email_change', notice), undefined, 'nor one under way')
    t.strictSame((await received()).flatMap(recipientOf), [a])
    t.match(await row(), { email: a, emailVerified: true })
  })
})

t.test('whether an address is taken shows nowhere', async t => {
  t.test('not at registration: byte for byte the same answer, and as many messages and events', async t => {
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

  t.test('not at a change, and the owner is notified of the account that exists', async t => {
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

  t.test('an unverified address of another account is free, so no account can occupy an address', async t => {
    const { app, verify, links } = await withAlice(t)
    await app.users.register({ username: 'mallory', password, email: c }, {})
    await links()
    await app.users.register({ username: 'carol', password, email: c }, {})
    const { [c]: token } = await links()
    t.equal((await verify(String(token))).statusCode, 204)
    t.match(await app.userAdmin.byIdOrName('carol'), { email: c, emailVerified: true })
    t.match(await app.userAdmin.byIdOrName('mallory'), { email: c, emailVerified: false })
    t.ok((await logIn(app, { username: c })).access_token)
  })

  t.test('a link to an address that another account has verified is invalid', async t => {
    const { app, verify, links, move } = await withAlice(t)
    await app.users.register({ username: 'carol', password, email: c }, {})
    const { [c]: carols } = await links()
    const { [c]: alices } = await move(c)
    const answers = await Promise.all([verify(String(carols)), verify(String(alices))])
    t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [204, 400])
    for (const answer of answers)
      if (answer.statusCode === 400) assertProblem(t, answer, 400, '/email/verify', doesNotWork)
  })
})

t.test('a change of address needs the current password or a login of the last 600 s (RFC 9470 §3)', async t => {
  const { change, clock, logInAgain, me } = await withAlice(t)
  const { refresh_token } = await logInAgain()
  const detail = 'Send current_password or log in again to change the e-mail address.'
  clock.advance(600)
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

t.test('a refresh does not make a login recent', async t => {
  const { change, clock, logInAgain } = await withAlice(t)
  const { refresh_token } = await logInAgain()
  clock.advance(601)
  await logInAgain({ grant_type: 'refresh_token', refresh_token })
  t.equal((await change({ email: b })).statusCode, 401)
})

t.test(
  'a wrong current password is 403 even after a recent login, counted and recorded (OWASP ASVS 16.3.1)',
  async t => {
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
  }
)

t.test('the audit trail names the members of a change, and never the password', async t => {
  const { change, config } = await withAlice(t)
  await change({ email: b, current_password: password })
  const event = (await auditTrail(t, config.databaseUrl)).findLast(({ action }) => action === 'user.updated')
  t.strictSame(event?.detail, { members: 'email' })
})

t.test('only a verified address recovers an account', async t => {
  const { app, links, received } = await withAlice(t)
  await app.users.register({ username: 'bob', password, email: b }, {})
  await received()
  await logIn(app, { username: 'bob' })
  await app.passwordReset.request(b, { ip: '192.0.2.1' })
  t.equal(await app.db.mail.count(), 1, 'the message is queued')
  t.strictSame(await received(), [], 'and dropped')
  const bob = await app.userAdmin.byIdOrName('bob')
  t.equal(await app.userAdmin.resetPassword(bob.id, {}), null, 'nor an administrator, once the account has been used')
  t.strictSame(await links(), {})
})

t.test(
  'an administrator resets the password of an account that has never been used, and its address gets the link',
  async t => {
    const { app, links, received } = await withAlice(t)
    const bob = await app.users.register({ username: 'bob', password, email: b }, {})
    await received()
    t.equal(await app.userAdmin.resetPassword(bob.id, {}), b)
    await app.passwordReset.complete({ token: String((await links())[b]), new_password: next }, {})
    t.match(await app.userAdmin.byId(bob.id), { email: b, emailVerified: true })
    t.ok((await logIn(app, { username: b, password: next })).access_token)
  }
)

t.test('such a link to the address of another account goes to its owner as a notice', async t => {
  const { app, received } = await withAlice(t)
  const bob = await app.users.register({ username: 'bob', password, email: a }, {})
  await received()
  await app.userAdmin.resetPassword(bob.id, {})
  t.strictSame(
    (await received()).map(({ subject }) => subject),
    ['You already have an account at auth.example.com']
  )
})

t.test('nor is it in the language of the stranger who asked for it', async t => {
  const { app, received, user } = await withAlice(t)
  const subjects = async (username: string) => {
    const payload = { username, password, email: a }
    await app.inject({ method: 'POST', url: '/users', headers: { 'accept-language': 'de' }, payload })
    return (await received()).map(({ subject }) => subject)
  }
  t.strictSame(await subjects('bob'), ['You already have an account at auth.example.com'])
  const german = { locale: 'de', updatedAt: app.clock.now() }
  await app.db.users.update(user.id, german, app.auditEvents.event('user.updated'))
  t.strictSame(await subjects('carol'), ['Sie haben bereits ein Konto bei auth.example.com'])
})

t.test('a login from a new address prefix is reported to the verified address', async t => {
  const { app, received, clock, user } = await withAlice(t)
  const from = async (remoteAddress: string, username = 'alice') => {
    const answer = await postForm(app, '/token', { grant_type: 'password', username, password }, {}, remoteAddress)
    t.equal(answer.statusCode, 200)
    return received()
  }
  t.strictSame(await from('127.0.0.9'), [], 'the prefix is known')
  clock.advance(3600)
  const [message, ...others] = await from('198.51.100.7')
  t.strictSame(others, [])
  t.strictSame(
    [message].flatMap(found => (found ? recipientOf(found) : [])),
    [a]
  )
  t.equal(message?.subject, 'New login to your account at auth.example.com')
  t.equal(new Date(String(message?.date)).toISOString(), '2026-01-31T13:00:00.000Z', 'dated at the login')
  t.notMatch(message?.text, /198\.51|http/)
  t.strictSame(await from('198.51.100.8'), [], 'now it is known too')
  await app.users.register({ username: 'bob', password, email: b }, {})
  await received()
  t.strictSame(await from('192.0.2.1', 'bob'), [], 'not the first login')
  t.strictSame(await from('198.51.100.1', 'bob'), [], 'not to an unverified address')
  await app.db.users.update(
    user.id,
    { email: null, emailVerified: false, updatedAt: clock.now() },
    app.auditEvents.event('user.updated')
  )
  t.strictSame(await from('203.0.113.1'), [], 'not without an address')
})

t.test('the notice of a login can be turned off, and needs a mail server (setting LOGIN_NOTICE)', async t => {
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

t.test('invalid bodies of POST /email/undo are refused by member (RFC 9457 §3)', async t => {
  const { app } = await withAlice(t)
  const answer = await app.inject({ method: 'POST', url: '/email/undo', payload: {} })
  assertProblem(t, answer, 400, '/email/undo', {
    detail: 'The request is not valid: /token is missing.',
    errors: [{ pointer: '/token', detail: 'is missing' }]
  })
})
