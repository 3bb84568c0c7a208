import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { createApp, createVerifiedUser, freshLogin, logIn, password, withMetrics } from '../../support/app.ts'
import { turns } from '../../support/guess.ts'
import { createMailApp, linkIn, recipientOf } from '../../support/mail-server.ts'
import { auditTrail } from '../../support/store.ts'

const next = 'purple monkey dishwasher lamp'
const email = 'carol@example.com'
const byRoot = { actor: 'root', ip: '192.0.2.1' }
const linkDoesNotWork = { status: 400, message: /^This link is invalid/ }
const seven = { days: 7 * 86_400 }

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

async function assertDead(t: Test, app: FastifyInstance, token: string | undefined, name = 'it does not work') {
  await t.rejects(choose(app, token), linkDoesNotWork, name)
  t.equal((await app.inject(`/reset-password?token=${token}`)).statusCode, 400, name)
}

t.test('an invitation', async t => {
  t.test('has no password, and its link chooses one and proves the address', async t => {
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

  t.test('has no use after a refused password, and none before the link is opened', async t => {
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

  for (const [name, act] of Object.entries<(world: World, token: string | undefined) => Promise<unknown>>({
    'the account was deleted': ({ app, carol }) => app.userAdmin.remove(carol, byRoot),
    'the account was deleted and invited again': async ({ app, carol }) => {
      await app.userAdmin.remove(carol, byRoot)
      await app.users.register({ username: 'carol', email }, byRoot)
    },
    'the account was disabled': ({ app, carol }) => app.userAdmin.update(carol.id, { disabled: true }, byRoot),
    'an administrator has set a password': ({ app, carol }) => app.accountPasswords.set(carol, password, byRoot),
    'an administrator has reset the password': ({ app, carol }) => app.userAdmin.resetPassword(carol.id, byRoot),
    'the address has changed': async ({ app, carol }) => {
      await app.users.updateProfile(carol.id, { email: 'other@example.com' }, { ...freshLogin, ...byRoot })
    },
    'the address has changed and changed back': async ({ app, carol }) => {
      for (const email of ['other@example.com', String(carol.email)])
        await app.users.updateProfile(carol.id, { email }, { ...freshLogin, ...byRoot })
    },
    'seven days': async ({ clock }) => clock.advance(seven.days),
    'it was used': ({ app }, token) => choose(app, token)
  }))
    t.test(`is void after: ${name}`, async t => {
      const world = await withCarol(t)
      const [token] = await world.tokens()
      await act(world, token)
      await assertDead(t, world.app, token)
    })

  t.test('works until the last second of seven days', async t => {
    const { app, clock, tokens } = await withCarol(t)
    const [token] = await tokens()
    clock.advance(seven.days - 1)
    await choose(app, token)
  })

  t.test(
    'is void once another account has verified the address, whose owner is told with the next message',
    async t => {
      const { app, carol, received, tokens } = await withCarol(t)
      const [token] = await tokens()
      await createVerifiedUser(app, 'owner', email)
      await received()
      await t.rejects(choose(app, token), linkDoesNotWork)
      t.match(await app.userAdmin.byId(carol.id), { emailVerified: false, invitedAt: carol.invitedAt })
      t.match(await logIn(app, { username: 'carol', password: next }), { error: 'invalid_grant' })
      await app.invitations.resend(carol, byRoot)
      const messages = await received()
      t.match(messages, [{ subject: 'You already have an account at auth.example.com' }])
      t.notMatch(messages[0]?.text, /token|carol|owner/)
    }
  )

  t.test('works once when it is used twice at once, on two nodes', async t => {
    const { app, config, tokens, carol, trail } = await withCarol(t)
    const { app: other } = await createApp(t, config)
    const [token] = await tokens()
    const uses = await Promise.allSettled([app, other, app, other].map(node => choose(node, token)))
    t.equal(uses.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const use of uses) if (use.status === 'rejected') t.match(use.reason, linkDoesNotWork)
    t.equal((await trail()).filter(({ action }) => action === 'user.password_reset').length, 1)
    for (const node of [app, other]) {
      t.match(await node.userAdmin.byId(carol.id), { invitedAt: null, emailVerified: true })
      await assertDead(t, node, token)
    }
  })

  t.test('is sent again on request, and every link works until one is used', async t => {
    const { app, clock, carol, tokens, trail } = await withCarol(t)
    const [first] = await tokens()
    clock.advance(seven.days - 60)
    t.strictSame(await app.invitations.resend(carol, byRoot), { email, link: undefined })
    const [second] = await tokens()
    t.match((await trail()).pop(), { action: 'user.invitation_requested', actor: 'root', subject: carol.id })
    t.equal((await app.inject(`/reset-password?token=${first}`)).statusCode, 200)
    clock.advance(seven.days - 60)
    await assertDead(t, app, first, 'it has expired')
    await choose(app, second)
    await assertDead(t, app, second)
  })

  t.test('is not sent again to an account with a password, or that is disabled', async t => {
    const { app, carol, tokens, received } = await withCarol(t)
    const [token] = await tokens()
    const repeat = async (name: string) => app.invitations.resend(await app.userAdmin.byIdOrName(name), byRoot)
    await app.userAdmin.update(carol.id, { disabled: true }, byRoot)
    await t.rejects(repeat('carol'), { status: 409, message: /^This account is disabled/ })
    await app.userAdmin.update(carol.id, { disabled: false }, byRoot)
    await choose(app, token)
    await app.users.register({ username: 'bob', password, email: 'bob@example.com' }, byRoot)
    await received()
    for (const name of ['carol', 'bob'])
      await t.rejects(repeat(name), { status: 409, message: /order a password reset/ })
    t.equal(await app.db.mail.count(), 0)
  })

  for (const [name, act] of Object.entries<(world: World) => Promise<unknown>>({
    'the account was deleted': ({ app, carol }) => app.userAdmin.remove(carol, byRoot),
    'a password was set': async ({ app, carol }) => app.db.users.replacePassword(...passwordOf(app, carol)),
    'the account was disabled': ({ app, carol }) => app.userAdmin.update(carol.id, { disabled: true }, byRoot)
  }))
    t.test(`that is queued is not sent after: ${name}`, async t => {
      const world = await withCarol(t)
      await act(world)
      t.strictSame(await world.tokens(), [])
      t.equal(await world.app.db.mail.count(), 0)
    })

  t.test(
    'stays one when an administrator resets the password: earlier links are void, and a new one is sent',
    async t => {
      const { app, carol, tokens } = await withCarol(t)
      const [first] = await tokens()
      t.equal(await app.userAdmin.resetPassword(carol.id, byRoot), email)
      t.match(await app.userAdmin.byId(carol.id), { invitedAt: carol.invitedAt })
      const [second] = await tokens()
      await assertDead(t, app, first)
      await choose(app, second)
    }
  )

  t.test('is refused past ten messages to one address, and no account is created', async t => {
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
    t.match((await trail()).pop(), { action: 'throttle.refused', actor: 'root', detail: { counter: 'invitation' } })
    await app.users.register({ username: 'dave', email: 'dave@example.com' }, byRoot)
    t.equal((await received()).length, before + 1, 'other addresses are not affected')
    clock.advance(3600)
    await app.invitations.resend(carol, byRoot)
    await t.rejects(app.invitations.resend(carol, byRoot), refusal)
  })
})

const passwordOf = (app: FastifyInstance, { id, passwordHash }: { id: string; passwordHash: string }) =>
  [
    { id, from: passwordHash, to: '$', now: app.clock.now() },
    app.auditEvents.event('user.password_changed', { subject: id })
  ] as const

t.test('an account is invited by an administrator, and with an address', async t => {
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

t.test('without a mail server, an invitation is a link that the administrator hands over', async t => {
  async function withLink(t: Test) {
    const { app, clock, config } = await createApp(t, {})
    const carol = await app.users.register({ username: 'carol', email }, byRoot)
    const link = String(await app.invitations.linkFor(carol))
    t.match(link, /^https:\/\/auth\.example\.com\/reset-password\?token=[\w-]{43}$/)
    return { app, clock, config, carol, token: new URL(link).searchParams.get('token') ?? '' }
  }

  t.test('which chooses the password once and proves no address', async t => {
    const { app, config, carol, token } = await withLink(t)
    await createVerifiedUser(app, 'owner', email)
    const page = await app.inject(`/reset-password?token=${token}`)
    t.match([page.statusCode, page.body], [200, /You are invited to auth.example.com\.<\/p>/])
    await choose(app, token)
    const chosen = await app.userAdmin.byId(carol.id)
    t.match(chosen, { email, emailVerified: false, invitedAt: null, passwordHash: /^\$/ })
    t.ok((await logIn(app, { username: 'carol', password: next })).access_token)
    const events = await auditTrail(t, config.databaseUrl)
    t.ok(events.some(({ action, actor }) => action === 'user.password_reset' && actor === carol.id))
    t.equal(
      events.map(event => JSON.stringify(event)).find(event => event.includes(token)),
      undefined
    )
    await assertDead(t, app, token)
  })

  t.test('which is void after seven days, and when the account was reset, disabled or given more', async t => {
    for (const act of [
      ({ clock }) => clock.advance(seven.days),
      ({ app, carol }) => app.userAdmin.resetPassword(carol.id, byRoot),
      ({ app, carol }) => app.userAdmin.update(carol.id, { disabled: true }, byRoot),
      ({ app, carol }) => app.userAdmin.update(carol.id, { scopes: ['me', 'audit:read'] }, byRoot),
      ({ app, carol }) => app.userAdmin.update(carol.id, { claims: { roles: ['owner'] } }, byRoot)
    ] satisfies ((world: Awaited<ReturnType<typeof withLink>>) => unknown)[]) {
      const world = await withLink(t)
      await act(world)
      await assertDead(t, world.app, world.token)
    }
  })

  t.test('and which nobody gets who could not have created the account as it is', async t => {
    const { app, carol } = await withLink(t)
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
})
