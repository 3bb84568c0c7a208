import { decodeJwt } from 'jose'
import t from 'tap'
import type { UserRow } from '../../../src/store/users.ts'
import { createApp, createVerifiedUser, logIn, password, postForm, withMetrics } from '../../support/app.ts'
import { codeIn, createCodeWorld, wrong } from '../../support/email-codes.ts'
import { guess, stranger, turns } from '../../support/guess.ts'
import { enrol } from '../../support/second-factor.ts'
import { select } from '../../support/select.ts'
import { auditTrail } from '../../support/store.ts'

const refused = 'insufficient_authorization'

t.test('A code in the mail begins a login of one factor, without a hash, and is stored nowhere', async t => {
  const { app, alice, ask, asked, send, outcome, redeem, received, config } = await createCodeWorld(t, withMetrics)
  const before = await turns(app)
  const { authorization_code } = (await send(await asked())).json()
  const { access_token } = await redeem(authorization_code)
  t.match(decodeJwt(access_token), { sub: alice.id, amr: ['email'], acr: 'aal1', scope: 'me' })
  t.equal(await turns(app), before)
  const actions = (await auditTrail(t, config.databaseUrl)).map(({ action }) => action)
  t.strictSame(actions.slice(-3), ['login.code_requested', 'code.issued', 'login.succeeded'])
  t.equal(await outcome(await asked('Alice@Example.com')), 'code', 'to a verified address, in any case')

  await ask('ALICE')
  const tables = ['email_codes', 'mail', 'audit', 'spent', 'throttle']
  const stored = await Promise.all(tables.map(table => select(config.databaseUrl, `SELECT * FROM ${table}`)))
  t.notMatch(JSON.stringify(stored), new RegExp(`"${codeIn((await received()).at(-1))}"`))
})

t.test('A code in the mail works once, and finishing the login ends every auth session of it', async t => {
  const { asked, send, outcome, config } = await createCodeWorld(t)
  const { auth_session, email_code } = await asked()
  const copy = (await send({ auth_session })).json().auth_session
  t.equal(await outcome({ auth_session: copy, email_code }), 'code')
  for (const again of [auth_session, copy])
    t.equal(await outcome({ auth_session: again, email_code }), 'invalid_session')
  const { app: node } = await createApp(t, config)
  const right = await asked()
  const both = await Promise.all([outcome(right), outcome(right, { node })])
  t.strictSame(both.toSorted(), ['code', 'invalid_session'], 'for two nodes at the same time')
})

t.test('A code in the mail can be tried five times, also at once and on two nodes', async t => {
  const { asked, outcome, config } = await createCodeWorld(t)
  const { app: other } = await createApp(t, config)
  const { auth_session, email_code } = await asked()
  const guessed = wrong(email_code)
  await Promise.all(
    [1, 2, 3, 4, 5, 6, 7].map(n =>
      outcome({ auth_session, email_code: guessed }, n % 2 ? {} : { node: other, from: stranger })
    )
  )
  t.equal(Number((await select(config.databaseUrl, 'SELECT tries FROM email_codes'))[0]?.tries), 5)
  t.equal(await outcome({ auth_session, email_code }, { from: '203.0.113.9' }), refused)
})

t.test('A code in the mail waits with the counters of passwords, whose waits grow', async t => {
  const { ask, send, app } = await createCodeWorld(t)
  const presented = async (auth_session: string) =>
    (await send({ auth_session, email_code: '000000' }, { from: stranger })).statusCode
  const session = await ask()
  for (let n = 0; n < 5; n++) t.equal(await presented(session), 403)
  const { id } = await app.userAdmin.byIdOrName('alice')
  const failed = { subject: id, client_id: 'first-party', ip: stranger, detail: { reason: 'email code' } }
  t.match((await app.audit.page({ action: 'login.failed', limit: 1 })).items, [failed])
  for (let n = 0; n < 5; n++) t.equal((await guess(app)).statusCode, 400)
  t.equal(await presented(session), 429)
  t.equal((await guess(app)).statusCode, 429)
})

t.test('A right code in the mail gives its attempt back, and counts as a login', async t => {
  const { asked, outcome, config } = await createCodeWorld(t, { limits: ['login=1'] })
  t.equal(await outcome(await asked()), 'code')
  const rows = await select(config.databaseUrl, "SELECT key FROM throttle WHERE key LIKE 'logins:%'")
  t.equal(rows.length, 1)
  t.equal(await outcome(await asked()), 'temporarily_unavailable', 'the limit of logins')
})

t.test('A code in the mail is replaced by the next one, unless a stranger has asked for that', async t => {
  const { ask, asked, outcome } = await createCodeWorld(t)
  const theirs = await ask('alice', {}, { from: stranger })
  const [first, second] = [await asked(), await asked()]
  for (let n = 0; n < 6; n++)
    t.equal(await outcome({ auth_session: theirs, email_code: second.email_code }, { from: stranger }), refused)
  t.equal(await outcome(first), refused)
  t.equal(await outcome({ ...second, auth_session: first.auth_session }), refused)
  t.equal(await outcome(second), 'code', 'the tries of the stranger do not count')
})

t.test('A code in the mail belongs to the account that was named, and to the client that asked', async t => {
  const { app, asked, outcome } = await createCodeWorld(t)
  await createVerifiedUser(app, 'mallory')
  const made = { name: 'shop', confidential: false, grants: ['authorization_code'], scopes: ['me'] }
  const { client } = await app.clientAdmin.create(made)
  const mine = await asked('mallory')
  const { auth_session, email_code } = await asked()
  t.equal(await outcome({ ...mine, auth_session }), refused)
  t.equal(await outcome({ auth_session: mine.auth_session, email_code }), refused)
  t.equal(await outcome({ auth_session, email_code, client_id: client.id }), 'invalid_session')
  t.equal(await outcome({ auth_session, email_code, username: 'mallory' }), 'code', 'a name changes nothing')
})

t.test('A code in the mail is void after a change, in an auth session and in the queue', async t => {
  const world = await createCodeWorld(t)
  const { app, clock, config } = world
  const update = (user: UserRow, changes: object) =>
    app.db.users.update(user.id, { ...changes, updatedAt: clock.now() }, app.auditEvents.event('user.updated'))
  const changes: Record<string, (user: UserRow) => unknown> = {
    address: user => update(user, { email: 'new@example.com' }),
    verification: user => update(user, { emailVerified: false }),
    password: user => app.accountPasswords.set(user, 'purple monkey dishwasher lamp', {}),
    factor: ({ username }) => enrol({ app, clock }, { username }),
    disabled: user => app.userAdmin.update(user.id, { disabled: true }, {}),
    deleted: user => app.userAdmin.remove(user, {}),
    time: () => clock.advance(599)
  }
  for (const [name, change] of Object.entries(changes)) {
    const user = await createVerifiedUser(app, name)
    const right = await world.asked(name)
    await world.ask(name)
    await change(user)
    // A second later the auth session has expired too.
    if (name === 'time') clock.advance(1)
    t.equal(await world.outcome(right), name === 'time' ? 'invalid_session' : refused, name)
    const codes = (await world.received()).filter(({ subject }) => /^Your code/.test(String(subject)))
    t.strictSame(codes, [], name)
    t.equal(await app.db.mail.count(), 0, 'the message was dropped')
    const rows = await select(config.databaseUrl, `SELECT * FROM email_codes WHERE user_id = '${user.id}'`)
    t.equal(rows.length > 0, name !== 'deleted', 'it is deleted with the account')
  }
})

t.test('A code in the mail is void after a change of SECRET, and on a server that turns them off', async t => {
  const { app, ask, asked, outcome, config, server } = await createCodeWorld(t)
  const secret = 'another secret of the tests, 32 bytes or more'
  const { app: changed } = await createApp(t, { ...config, secret, secondSecret: config.secret })
  t.equal(await outcome(await asked(), { node: changed }), refused, 'though its auth session is open')
  const right = await asked()
  await ask()
  await app.close()
  const { app: node } = await createApp(t, { ...config, emailCodes: 'off' })
  t.equal(await outcome(right, { node }), 'invalid_request')
  await node.deliverMail()
  t.strictSame(server.messages, [])
  t.equal(await node.db.mail.count(), 0)
})

t.test('Each form that has no place is refused', async t => {
  const { app, asked, send } = await createCodeWorld(t)
  const { email_code, auth_session } = await asked()
  const first = (await send({ response_type: 'code' })).json()
  t.strictSame(first.factors, ['password', 'email_code'])
  const begin = { response_type: 'code', username: 'alice' }
  for (const [form, description] of [
    [{ ...begin, factor: 'sms' }, 'factor must be email_code.'],
    [{ response_type: 'code', factor: 'email_code' }, 'username is missing or empty: required with factor.'],
    [{ ...begin, username: 'al\0ice', factor: 'email_code' }, 'username contains a control character'],
    [{ ...begin, factor: 'email_code', password }, 'with another factor'],
    [{ auth_session, email_code, otp: '000000' }, 'with another factor'],
    [{ ...begin, email_code }, 'auth_session is missing or empty: required with email_code.'],
    [{ auth_session: first.auth_session, email_code }, 'Ask for a code first'],
    [{ auth_session, email_code: '12345' }, 'email_code must be six digits.'],
    [{ auth_session, email_code: '１２３４５６' }, 'email_code must be six digits.']
  ] as const) {
    const answer = await send(form)
    t.equal(answer.statusCode, 400)
    t.match(answer.json(), { error: 'invalid_request', error_description: description })
  }
  const inUrl = await postForm(app, '/authorize-challenge?email_code=123456', begin)
  t.match(inUrl.json(), { error: 'invalid_request', error_description: /email_code in the body/ })
  const continued = await send({ auth_session: first.auth_session, username: 'alice', factor: 'email_code' })
  t.equal(continued.json().auth_session_expires_in, 600, 'a first auth session can ask for a code')
  t.match((await logIn(app)).scope, 'me', 'the password logs in as before')
})

t.test('A code is void for good once its account was disabled, and an invited account gets none', async t => {
  const { app, alice, asked, outcome, ask, received, rightCode } = await createCodeWorld(t)
  const form = await asked()
  for (const disabled of [true, false]) await app.userAdmin.update(alice.id, { disabled }, {})
  t.equal(await outcome(form), 'insufficient_authorization')
  const bob = await app.users.register({ username: 'bob', email: 'bob@example.com' }, { actor: alice.id })
  const verified = { emailVerified: true, updatedAt: app.clock.now() }
  await app.db.users.update(bob.id, verified, app.auditEvents.event('user.updated'))
  await received()
  const auth_session = await ask('bob')
  t.strictSame(await received(), [])
  t.equal(await outcome({ auth_session, email_code: await rightCode() }), 'insufficient_authorization')
})

t.test('Past the limit, an earlier code stays valid in its login', async t => {
  const { ask, asked, outcome, received } = await createCodeWorld(t)
  await ask()
  await ask()
  await received()
  const { auth_session, email_code } = await asked()
  const later = await ask('alice', { auth_session })
  t.strictSame(await received(), [], 'no other code is sent')
  t.equal(await outcome({ auth_session: await ask('alice'), email_code }), 'insufficient_authorization')
  t.equal(await outcome({ auth_session: later, email_code }), 'code')
  t.equal(await outcome({ auth_session, email_code }), 'invalid_session', 'the two are one login')
})
