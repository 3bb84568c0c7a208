import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { createApp, createVerifiedUser, logIn, password, withMetrics } from '../../support/app.ts'
import { turns } from '../../support/guess.ts'
import { createMailApp, linkIn, recipientOf } from '../../support/mail-server.ts'
import { auditTrail } from '../../support/store.ts'

const next = 'purple monkey dishwasher lamp'
const email = 'carol@example.com'
const byRoot = { actor: 'root', ip: '192.0.2.1' }
const linkDoesNotWork = { status: 400, message: /^This link is invalid/ }

/** An app with carol, who is invited; `tokens` sends the queued messages, which are all invitations, to her. */
async function withCarol(t: Test) {
  const world = await createMailApp(t, withMetrics)
  const { app, received, config } = world
  const hashed = await turns(app)
  const carol = await app.users.register({ username: 'carol', email: 'Carol@example.com', full_name: 'Eve' }, byRoot)
  t.equal(await turns(app), hashed, 'no hash is made')
  async function tokens() {
    const messages = await received()
    for (const message of messages)
      t.match([message.subject, recipientOf(message)], ['You are invited to auth.example.com', [email]])
    return messages.map(message => linkIn(message).token)
  }
  const trail = async () => (await auditTrail(t, config.databaseUrl)).filter(({ action }) => !action.startsWith('key.'))
  return { ...world, carol, tokens, trail }
}

type World = Awaited<ReturnType<typeof withCarol>>

const choose = (app: FastifyInstance, token: string | undefined) =>
  app.passwordReset.complete({ token: String(token), new_password: next }, { ip: '192.0.2.9' })

t.test('An invited account has no password, and the link chooses one and proves the address', async t => {
  const { app, carol, received, trail } = await withCarol(t)
  t.match(carol, { email, emailVerified: false, invitedAt: app.clock.now(), passwordHash: /^!/ })
  const [message, ...others] = await received()
  t.strictSame(others, [])
  t.notMatch(`${message?.subject}${message?.text}`, /carol|Eve/i, 'no text from users')
  const { token, path } = linkIn(message)
  t.match(path, /^\/reset-password\?/)
  t.match((await app.inject(path)).body, /value="carol"/)
  await choose(app, token)
  const chosen = await app.userAdmin.byId(carol.id)
  t.match(chosen, { email, emailVerified: true, invitedAt: null, passwordHash: /^\$/ })
  t.ok((await logIn(app, { username: email, password: next })).access_token)
  t.match((await trail()).slice(0, 2), [
    { action: 'user.created', actor: 'root', subject: carol.id, detail: { scopes: 'me', invited: true } },
    { action: 'user.password_reset', actor: carol.id, subject: carol.id, ip: '192.0.2.9' }
  ])
})

t.test('An invited account cannot be used before its link is, which survives a refused password', async t => {
  const { app, carol, tokens } = await withCarol(t)
  const [token] = await tokens()
  await t.rejects(app.passwordReset.complete({ token: String(token), new_password: 'carol' }, {}), {
    message: /new_password/
  })
  for (const word of [carol.passwordHash, 'null', password])
    t.match(await logIn(app, { password: word, username: 'carol' }), { error: 'invalid_grant' })
  await app.passwordReset.request(email, { ip: '192.0.2.1' })
  t.strictSame(await tokens(), [], 'nobody else can ask for a link')
  t.match(await app.userAdmin.byId(carol.id), { invitedAt: carol.invitedAt, emailVerified: false })
  await choose(app, token)
})

t.test('The owner of an address learns of invitations to it only that there is an account already', async t => {
  const { app, carol, received } = await withCarol(t)
  await createVerifiedUser(app, 'owner', email)
  await received()
  await app.invitations.resend(carol, byRoot)
  const messages = await received()
  t.match(messages, [{ subject: 'You already have an account at auth.example.com' }])
  t.notMatch(messages[0]?.text, /token|carol|owner/)
})

t.test('An invitation is sent again on request, and every link works until one is used', async t => {
  const { app, clock, carol, tokens, trail } = await withCarol(t)
  const [first] = await tokens()
  clock.advance(7 * 86_400 - 60)
  t.strictSame(await app.invitations.resend(carol, byRoot), { email, link: undefined })
  const [second] = await tokens()
  t.match((await trail()).pop(), { action: 'user.invitation_requested', actor: 'root', subject: carol.id })
  t.equal((await app.inject(`/reset-password?token=${first}`)).statusCode, 200)
  clock.advance(7 * 86_400 - 60)
  await t.rejects(choose(app, first), linkDoesNotWork, 'it has expired')
  await choose(app, second)
})

t.test('An invitation stays one when an administrator resets the password: a new link is sent', async t => {
  const { app, carol, tokens } = await withCarol(t)
  const [first] = await tokens()
  t.equal(await app.userAdmin.resetPassword(carol.id, byRoot), email)
  t.match(await app.userAdmin.byId(carol.id), { invitedAt: carol.invitedAt })
  const [second] = await tokens()
  await t.rejects(choose(app, first), linkDoesNotWork)
  await choose(app, second)
})

t.test('An invitation is not sent again to an account with a password, or that is disabled', async t => {
  const { app, carol, tokens, received } = await withCarol(t)
  const [token] = await tokens()
  const repeat = async (name: string) => app.invitations.resend(await app.userAdmin.byIdOrName(name), byRoot)
  await app.userAdmin.update(carol.id, { disabled: true }, byRoot)
  await t.rejects(repeat('carol'), { status: 409, message: /^This account is disabled/ })
  await app.userAdmin.update(carol.id, { disabled: false }, byRoot)
  await choose(app, token)
  await app.users.register({ username: 'bob', password, email: 'bob@example.com' }, byRoot)
  await received()
  for (const name of ['carol', 'bob']) await t.rejects(repeat(name), { status: 409, message: /order a password reset/ })
  t.equal(await app.db.mail.count(), 0)
})

t.test('An invitation that is queued is not sent once its account is deleted, disabled or has a password', async t => {
  for (const [name, act] of Object.entries<(world: World) => Promise<unknown>>({
    deleted: ({ app, carol }) => app.userAdmin.remove(carol, byRoot),
    'has a password': ({ app, carol: { id, passwordHash: from } }) =>
      app.db.users.replacePassword(
        { id, from, to: '$', now: app.clock.now() },
        app.auditEvents.event('user.password_changed', { subject: id })
      ),
    disabled: ({ app, carol }) => app.userAdmin.update(carol.id, { disabled: true }, byRoot)
  })) {
    const world = await withCarol(t)
    await act(world)
    t.strictSame(await world.tokens(), [], name)
    t.equal(await world.app.db.mail.count(), 0, name)
  }
})

t.test('An invitation is refused past ten messages to one address, and no account is created', async t => {
  const { app, clock, carol, received, trail } = await withCarol(t)
  for (let n = 1; n < 9; n++) await app.users.register({ username: `carol${n}`, email }, byRoot)
  await app.users.register({ username: 'bob', password, email }, byRoot)
  const bob = await app.userAdmin.byIdOrName('bob')
  t.equal(await app.userAdmin.resetPassword(bob.id, byRoot), email, 'a link to the address counts too')
  const before = await app.db.mail.count()
  const refusal = { status: 429, message: /Try again in 3600 s/ }
  await t.rejects(app.users.register({ username: 'carol9', email: 'CAROL@example.com' }, byRoot), refusal)
  await t.rejects(app.invitations.resend(carol, byRoot), refusal)
  await t.rejects(app.userAdmin.resetPassword(carol.id, byRoot), refusal)
  t.strictSame(await app.userAdmin.byId(carol.id), carol)
  await t.rejects(app.userAdmin.byIdOrName('carol9'), { message: /There is no user/ })
  t.equal(await app.db.mail.count(), before)
  t.match((await trail()).pop(), { action: 'throttle.refused', actor: 'root', detail: { counter: 'message' } })
  await app.users.register({ username: 'dave', email: 'dave@example.com' }, byRoot)
  t.equal((await received()).length, before + 1, 'other addresses are not affected')
  clock.advance(3600)
  await app.invitations.resend(carol, byRoot)
  await t.rejects(app.invitations.resend(carol, byRoot), refusal)
})

t.test('An account is invited by an administrator, and with an address', async t => {
  const { app } = await createApp(t)
  for (const origin of [{}, { ip: '192.0.2.1' }])
    await t.rejects(app.users.register({ username: 'carol', email }, origin), {
      errors: [{ pointer: '/password', detail: 'is missing' }]
    })
  for (const registration of [{}, { email: null }])
    await t.rejects(app.users.register({ username: 'carol', ...registration }, byRoot), {
      errors: [{ pointer: '/email' }]
    })
})

t.test('Without a mail server, an administrator hands over the link, which proves no address', async t => {
  const { app, config } = await createApp(t)
  const carol = await app.users.register({ username: 'carol', email }, byRoot)
  const link = String(await app.invitations.linkFor(carol))
  t.match(link, /^https:\/\/auth\.example\.com\/reset-password\?token=[\w-]{43}$/)
  const token = new URL(link).searchParams.get('token') ?? ''
  await createVerifiedUser(app, 'owner', email)
  const page = await app.inject(`/reset-password?token=${token}`)
  t.match([page.statusCode, page.body], [200, /You are invited to auth.example.com\.<\/p>/])
  await choose(app, token)
  const chosen = await app.userAdmin.byId(carol.id)
  t.match(chosen, { email, emailVerified: false, invitedAt: null, passwordHash: /^\$/ })
  t.ok((await logIn(app, { username: 'carol', password: next })).access_token)
  const events = await auditTrail(t, config.databaseUrl)
  t.ok(events.some(({ action, actor }) => action === 'user.password_reset' && actor === carol.id))
  t.notMatch(JSON.stringify(events), token)
})

t.test('Nobody gets the link of an invitation who could not have created the account as it is', async t => {
  const { app } = await createApp(t)
  const carol = await app.users.register({ username: 'carol', email }, byRoot)
  const resend = async () => app.invitations.resend(await app.userAdmin.byId(carol.id), { scopes: ['users:write'] })
  t.match(await resend(), { email, link: /token=/ }, 'the scopes of every new account need not be held')
  await app.userAdmin.update(carol.id, { scopes: ['me', 'keys:write'] }, byRoot)
  await t.rejects(resend(), { status: 403, message: /keys:write/ })
  t.equal(await app.db.mail.count(), 2, 'a refused one queues nothing')
  t.match(await app.invitations.resend(await app.userAdmin.byId(carol.id), byRoot), { link: /token=/ })
  const own = { ...(await app.userAdmin.byId(carol.id)), scopes: ['me'] }
  for (const user of [
    { ...own, emailVerified: true },
    { ...own, emailVerified: true, lastLoginAt: new Date() }
  ])
    await t.rejects(app.invitations.resend(user, byRoot), { status: 409, message: /sallyport users set-password/ })
})
