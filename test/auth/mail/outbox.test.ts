import t, { type Test } from 'tap'
import type { Message } from '../../../src/auth/mail/messages.ts'
import { createOneTimeTokens } from '../../../src/auth/mail/one-time-tokens.ts'
import { createOutbox, type Outcome, retryMs } from '../../../src/auth/mail/outbox.ts'
import { createServices, createUser, createVerifiedUser, freshLogin, password } from '../../support/app.ts'
import { newMail, openEngine } from '../../support/store.ts'

const email = 'alice@example.com'
const minute = 60_000

/** An app with the account alice, and outboxes on its queue; `taken` holds the messages handed to the mail server. */
async function withOutbox(t: Test) {
  const { app, clock, config } = await createServices(t, {})
  const user = await app.users.register({ username: 'alice', password, email }, {})
  const taken: Message[] = []
  const heard: (Outcome | string)[] = []
  const server = { send: async (_to: string): Promise<void> => {} }
  const stop = new AbortController()
  const create = () =>
    createOutbox({
      store: app.db.mail,
      users: app.db.users,
      tokens: createOneTimeTokens({ store: app.db.oneTimeTokens, now: clock.now }),
      codes: app.emailCodes,
      throttle: app.throttle,
      texts: app.texts,
      issuer: config.issuer,
      send: async message => {
        await server.send(message.to)
        taken.push(message)
      },
      onOutcome: (outcome, { kind }) => void heard.push(`${kind} ${outcome}`),
      now: clock.now
    })
  const outbox = create()
  return { app, clock, config, user, taken, heard, server, stop, create, deliver: () => outbox.deliver(stop.signal) }
}

async function notice(app: Awaited<ReturnType<typeof withOutbox>>['app'], address: string) {
  for (const message of await app.mail.passwordChanged({
    id: 'alice',
    email: address,
    emailVerified: true,
    locale: null
  }))
    await app.db.mail.queue(message, app.auditEvents.event('user.updated'))
}

t.test('A message that could not be sent is retried after 2 minutes, 4, 8 … an hour, for a day', async t => {
  const { app, clock, taken, server, heard, deliver } = await withOutbox(t)
  server.send = () => Promise.reject(new Error('no mail server'))
  const begun = clock.now().getTime()
  const minutes: number[] = []
  for (let passed = 0; passed < 26 * 60; passed++) {
    const before = heard.length
    await deliver()
    if (heard.length > before) minutes.push((clock.now().getTime() - begun) / minute)
    // The steps are no smaller than necessary.
    const next = passed < 62 ? 1 : 20
    clock.advance(next * 60)
    passed += next - 1
  }
  t.strictSame(minutes.slice(0, 8), [0, 2, 6, 14, 30, 62, 122, 182])
  t.strictSame(new Set(heard.slice(0, -1)), new Set(['verify_email failed']))
  t.equal(heard.at(-1), 'verify_email expired')
  t.ok((minutes.at(-1) as number) >= 24 * 60 && (minutes.at(-2) as number) < 24 * 60)
  t.equal(await app.db.mail.count(), 0)
  t.strictSame(taken, [])
})

t.test('A link is created when its message is sent, and the queue has no secret', async t => {
  const { app, config, clock, taken, server, deliver, user } = await withOutbox(t)
  server.send = () => Promise.reject(new Error('no mail server'))
  await app.userAdmin.resetPassword(user.id, {})
  await deliver()
  const queued = await app.db.mail.due(new Date('9999-01-01'), 5)
  t.equal(queued.length, 2)
  server.send = async () => {}
  clock.advance(3 * 3600)
  await deliver()
  t.equal(taken.length, 2)
  const urls = taken.map(({ link }) => new URL(String(link)))
  const tokenOf = (path: string) => String(urls.find(({ pathname }) => pathname === path)?.searchParams.get('token'))
  t.match(
    (await app.passwordReset.accountOf(tokenOf('/reset-password'))).user,
    { id: user.id },
    'three hours later it works'
  )
  t.strictSame(await app.emailVerification.accountOf(tokenOf('/verify-email')), {
    username: 'alice',
    email,
    locale: null
  })
  const { db, schema } = openEngine(t, config.databaseUrl)
  const stored = JSON.stringify([queued, await db.select().from(schema.oneTimeTokens)])
  for (const path of ['/reset-password', '/verify-email']) t.notMatch(stored, tokenOf(path))
})

t.test('Notices to one address are ten of each kind and then one an hour, but those with a link are not', async t => {
  const { app, clock, taken, deliver } = await withOutbox(t)
  const { id, email: address } = await createVerifiedUser(app, 'vera')
  await deliver()
  taken.length = 0
  const kinds = [
    'password_changed',
    'new_login',
    'factor_removed',
    'recovery_code_used',
    'recovery_codes_replaced',
    'passkey_refused',
    'email_changed',
    'factor_added'
  ] as const
  const queue = async (times: number) => {
    for (const kind of kinds)
      for (let n = 0; n < times; n++) {
        const undoes = kind === 'email_changed' || kind === 'factor_added'
        const about = { kind, address: String(address), userId: undoes ? id : null, createdAt: clock.now() }
        await app.db.mail.queue(
          newMail({ ...about, nextAttemptAt: clock.now() }),
          app.auditEvents.event('recovery_codes.replaced')
        )
      }
    await deliver()
    return taken.splice(0).length
  }
  t.equal(await queue(12), 6 * 10 + 2 * 12)
  const { items } = await app.audit.page({ action: 'recovery_codes.replaced', limit: 100 })
  t.equal(items.length, 8 * 12, 'what is not reported is recorded')
  clock.advance(3600)
  t.equal(await queue(2), 6 + 2 * 2)
})

t.test('Notices to one address are not used up by another account, whose address is not verified', async t => {
  const { app, clock, taken, deliver } = await withOutbox(t)
  const vera = await createVerifiedUser(app, 'vera')
  const mallory = await createUser(app, 'mallory')
  await app.users.updateProfile(mallory.id, { email: vera.email }, freshLogin)
  const change = async (id: string) => app.accountPasswords.set(await app.userAdmin.byId(id), `${password} too`, {})
  for (let n = 0; n < 11; n++) {
    await change(mallory.id)
    clock.advance(200)
  }
  await deliver()
  taken.length = 0
  await change(vera.id)
  await deliver()
  t.match(taken, [{ to: vera.email, subject: 'Your password for auth.example.com was changed' }])
})

t.test('Notices count once if they are retried, and not at all if their change did not happen', async t => {
  const { app, clock, server, taken, deliver } = await withOutbox(t)
  const vera = await createVerifiedUser(app, 'vera')
  await deliver()
  taken.length = 0
  const change = (user: typeof vera) => app.accountPasswords.set(user, `${password} too`, {})
  const stale = { ...vera, passwordHash: 'another' }
  for (let n = 0; n < 12; n++) await t.rejects(change(stale), { message: /was changed by another request/ })
  server.send = () => Promise.reject(new Error('no mail server'))
  for (let n = 0; n < 10; n++) await change(await app.userAdmin.byId(vera.id))
  await deliver()
  t.strictSame(taken, [])
  server.send = async () => {}
  clock.advance(120)
  await deliver()
  t.equal(taken.length, 10)
})

t.test('A link that is no longer useful is not sent', async t => {
  const { app, clock, user, taken, heard, deliver } = await withOutbox(t)
  const changes: Record<string, () => Promise<unknown>> = {
    'the address is verified': () =>
      app.db.users.verifyEmail(user, clock.now(), app.auditEvents.event('user.email_verified')),
    'the account is disabled': () => app.userAdmin.update(user.id, { disabled: true }, {})
  }
  for (const [name, change] of Object.entries(changes)) {
    await change()
    await deliver()
    t.strictSame(taken, [], name)
    t.equal(heard.pop(), `${name.includes('verified') ? 'verify_email' : 'reset_password'} dropped`, name)
    await app.passwordReset.request(email, { ip: '192.0.2.7' })
  }
  await app.userAdmin.update(user.id, { disabled: false }, {})
  await app.users.updateProfile(user.id, { email: null }, freshLogin)
  await deliver()
  t.strictSame(heard.sort(), ['email_changed sent', 'reset_password dropped'])
  t.strictSame(
    taken.map(({ to }) => to),
    [email]
  )
})

t.test('An attempt whose process died is repeated by the next process', async t => {
  const { app, clock, taken, deliver } = await withOutbox(t)
  const [row] = await app.db.mail.due(clock.now(), 1)
  if (!row) return t.fail('there is none')
  // The other process died here.
  await app.db.mail.claim(row, new Date(clock.now().getTime() + retryMs(0)))
  await deliver()
  t.strictSame(taken, [])
  clock.advance(120)
  await deliver()
  t.equal(taken.length, 1)
})

t.test('An address that the mail server rejects for good is not retried (RFC 5321 §4.2.1)', async t => {
  const { app, heard, server, deliver } = await withOutbox(t)
  server.send = () => Promise.reject(Object.assign(new Error('no such mailbox'), { isFinal: true }))
  await deliver()
  t.strictSame(heard, ['verify_email refused'])
  t.equal(await app.db.mail.count(), 0)
})

t.test('A long queue is sent completely, and kept when the server stops', async t => {
  const { app, taken, server, stop, deliver } = await withOutbox(t)
  for (let i = 0; i < 19; i++) await notice(app, `${i}@example.com`)
  server.send = async () => {
    if (taken.length >= 5) stop.abort()
  }
  await deliver()
  t.equal(taken.length, 10, 'a started delivery is completed')
  t.equal(await app.db.mail.count(), 10)
})

t.test('No message is claimed after the server stops', async t => {
  const { app, taken, stop, deliver } = await withOutbox(t)
  const { due } = app.db.mail
  app.db.mail.due = (...args) => {
    stop.abort()
    return due(...args)
  }
  await deliver()
  t.equal(taken.length, 0)
  t.match(await due(app.clock.now(), 10), [{ attempts: 0 }])
})

t.test('A database failure is reported, and the message stays for the next attempt', async t => {
  const { app, clock, taken, deliver } = await withOutbox(t)
  const { insert } = app.db.oneTimeTokens
  app.db.oneTimeTokens.insert = () => Promise.reject(new Error('the store is ill'))
  await t.rejects(deliver(), { message: 'the store is ill' })
  app.db.oneTimeTokens.insert = insert
  clock.advance(120)
  await deliver()
  t.equal(taken.length, 1)
})

t.test('A failed delivery ends only after all parallel deliveries have ended', async t => {
  const { app, taken, server, deliver } = await withOutbox(t)
  await notice(app, 'bob@example.com')
  const { claim } = app.db.mail
  app.db.mail.claim = (row, until) =>
    row.address === email ? Promise.reject(new Error('the store is ill')) : claim(row, until)
  server.send = () => new Promise(resolve => setTimeout(resolve, 10))
  await t.rejects(deliver(), { message: 'the store is ill' })
  t.strictSame(
    taken.map(({ to }) => to),
    ['bob@example.com']
  )
  t.equal(await app.db.mail.count(), 1, 'sent messages are removed from the queue')
})

t.test('A notice with a link becomes one without when its account was disabled since', async t => {
  const { app, user, clock, taken, heard, deliver } = await withOutbox(t)
  await app.db.users.verifyEmail(user, clock.now(), app.auditEvents.event('user.email_verified'))
  await app.users.updateProfile(user.id, { email: null }, freshLogin)
  await app.userAdmin.update(user.id, { disabled: true }, {})
  await deliver()
  const [message] = taken
  t.match(message, { to: email, subject: 'Your account at auth.example.com was changed and closed' })
  t.equal(message?.link, undefined)
  t.strictSame(heard.sort(), ['email_changed sent', 'verify_email dropped'])
})

t.test('A link whose message was deleted while it was being sent is dropped', async t => {
  const { app, taken, heard, deliver } = await withOutbox(t)
  const { claim } = app.db.mail
  app.db.mail.claim = async (row, until) => {
    const isClaimed = await claim(row, until)
    await app.db.mail.remove(row.id)
    return isClaimed
  }
  await deliver()
  t.strictSame([taken, heard], [[], ['verify_email dropped']])
})
