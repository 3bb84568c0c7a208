import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import mail from '../../plugins/mail.ts'
import texts from '../../plugins/texts.ts'
import type { Config } from '../../src/config/config.ts'
import { createApp, metricOf, testConfig } from '../support/app.ts'
import { createClock } from '../support/clocks.ts'
import { databaseUrl } from '../support/engines.ts'
import { recipientOf, startMailServer } from '../support/mail-server.ts'
import { bareFastify, registerServices } from '../support/plugins.ts'
import { newMail, newUser } from '../support/store.ts'

const email = 'alice@example.com'

/** A bare server with the plugin and its dependencies, and the lines that it logs. */
async function createMailer(t: Test, settings: Partial<Config> = {}) {
  const { app, log } = bareFastify(t)
  const time = createClock()
  const config = testConfig({ databaseUrl: await databaseUrl(t, 'sqlite'), ...settings })
  await registerServices(app, { config, now: time.now })
  await app.register(texts, { config })
  await app.register(mail, { config })
  const event = () => app.auditEvents.event('user.updated')
  return {
    app,
    time,
    /** Queues a notice to this address. */
    async queue(address = email) {
      for (const message of await app.mail.passwordChanged({
        id: 'alice',
        email: address,
        emailVerified: true,
        locale: null
      }))
        await app.db.mail.queue(message, event())
    },
    /** Queues a link for a new user, and resolves to the messages. */
    async queueLink(username = 'alice') {
      const user = newUser(username)
      const messages = await app.mail.link('reset_password', { id: user.id, email: user.email, locale: null })
      await app.db.users.insert(user, event(), messages)
    },
    log: () => log.map(line => JSON.parse(line)).filter(({ level }) => level >= 30),
    metric: (name: string) => metricOf(app, name)
  }
}

/** The content of a log line besides time and process. */
const said = ({ time: _, pid: __, hostname: ___, ...line }: Record<string, unknown>) => line

t.test(
  'A message is sent as plain text, from MAIL_FROM, and marked as automatically generated (RFC 3834 §5)',
  async t => {
    const server = await startMailServer(t)
    const { app, queue, log } = await createMailer(t, {
      smtpUrl: server.url,
      mailFrom: 'The Shop, Inc <shop@example.com>'
    })
    await queue()
    await app.deliverMail()
    const [message, ...others] = server.messages
    if (!message) return t.fail('nothing arrived')
    t.strictSame(others, [])
    t.strictSame(message.from, { address: 'shop@example.com', name: 'The Shop, Inc' })
    t.strictSame(recipientOf(message), [email])
    const headers = Object.fromEntries(message.headers.map(({ key, value }) => [key, value]))
    t.match(headers, { 'auto-submitted': 'auto-generated', 'content-type': 'text/plain; charset=utf-8' })
    t.match(message.text, /^The password of your account at auth\.example\.com was changed\.\n/)
    t.match(log().map(said), [{ level: 30, kind: 'password_changed', attempt: 1, msg: 'message sent' }])
  }
)

t.test('Umlauts arrive in subject and text, and the Date is the time of the event (RFC 5322 §3.6.1)', async t => {
  const server = await startMailServer(t)
  const { app, time } = await createMailer(t, { smtpUrl: server.url })
  const happened = time.now()
  const row = newMail({ locale: 'de', createdAt: happened, nextAttemptAt: happened })
  await app.db.mail.queue(row, app.auditEvents.event('user.updated'))
  time.advance(3600)
  await app.deliverMail()
  const [message] = server.messages
  t.equal(message?.subject, 'Ihr Passwort für auth.example.com wurde geändert')
  t.match(message?.text, /\nPersönliche Zugriffstoken gelten weiter, sofern sie nicht gelöscht\n/)
  t.equal(new Date(String(message?.date)).getTime(), happened.getTime())
})

t.test('A subject adds no header, even if a text of the folder is no longer what was checked', async t => {
  const server = await startMailServer(t)
  const { app, queue } = await createMailer(t, { smtpUrl: server.url })
  app.texts.message = () => ({ subject: 'Hello\r\nBcc: eve@example.com', text: 'x' })
  await queue()
  await app.deliverMail()
  const [message] = server.messages
  t.equal(message?.subject, 'Hello Bcc: eve@example.com')
  t.notOk(message?.headers.some(({ key }) => key === 'bcc'))
})

t.test('An address is always one address, with any content', async t => {
  const recipients: string[] = []
  const server = await startMailServer(t, {
    onRcptTo({ address }, _session, done) {
      recipients.push(address)
      done()
    }
  })
  const { app, queue } = await createMailer(t, { smtpUrl: server.url })
  const addresses = [
    'a@example.com,b@example.com',
    'a@example.com\r\nBcc: b@example.com',
    'a@x.y>\r\nRCPT TO:<b@example.com'
  ]
  for (const address of [...addresses, email]) await queue(address)
  await app.deliverMail()
  t.equal(recipients.filter(address => address === email).length, 1)
  t.notOk(recipients.includes('b@example.com'), recipients.join())
  for (const { headers, text } of server.messages) {
    t.notOk(headers.some(({ key }) => key === 'bcc'))
    t.match(text, /^The password/)
  }
})

t.test('The log contains neither addresses nor links if there is a mail server', async t => {
  const server = await startMailServer(t, {
    onRcptTo({ address }, _session, done) {
      const responseCode = address.startsWith('unknown') ? 550 : address.startsWith('busy') ? 450 : undefined
      done(responseCode ? Object.assign(new Error(`${address} is not here`), { responseCode }) : undefined)
    }
  })
  const { app, queueLink, queue, log, metric } = await createMailer(t, { smtpUrl: server.url })
  await queueLink()
  await queue('unknown@example.com')
  await queue('busy@example.com')
  await app.deliverMail()
  t.equal(server.messages.length, 1)
  const lines = log().map(said)
  t.notMatch(JSON.stringify(lines), /example\.com|token=/)
  t.match(
    lines.sort((a, b) => String(a.msg).localeCompare(String(b.msg))),
    [
      { level: 40, responseCode: 450, command: 'RCPT TO', msg: 'message not sent: retrying later' },
      { level: 40, responseCode: 550, msg: 'message not sent: the mail server rejected the address' },
      { level: 30, kind: 'reset_password', msg: 'message sent' }
    ]
  )
  for (const outcome of ['sent', 'refused', 'failed'])
    t.match(await metric('sallyport_mail_total'), `sallyport_mail_total{outcome="${outcome}"} 1`)
  t.match(await metric('sallyport_mail_queued'), /^sallyport_mail_queued 1$/m)
})

t.test('Without SMTP_URL and on a loopback issuer, a message is a warning in the log, with its link', async t => {
  const { app, queueLink, queue, log } = await createMailer(t, { issuer: 'http://127.0.0.1:3000' })
  await queueLink()
  await app.deliverMail()
  const [line] = log().map(said)
  t.match(line, {
    level: 40,
    to: email,
    subject: 'Reset your password for 127.0.0.1:3000',
    link: /^http:\/\/127\.0\.0\.1:3000\/reset-password\?token=[\w-]{43}$/,
    msg: 'SMTP_URL is not set: message logged instead of sent'
  })
  await queue()
  await app.deliverMail()
  t.strictSame(said(log().at(-2)), {
    level: 40,
    to: email,
    subject: 'Your password for 127.0.0.1:3000 was changed',
    msg: 'SMTP_URL is not set: message logged instead of sent'
  })
  t.equal(await app.db.mail.count(), 0)
})

t.test(
  'Without SMTP_URL and on any other issuer, a message is dropped: the log has neither address nor link',
  async t => {
    for (const issuer of ['https://auth.example.com', 'https://localhost.example.com', 'https://192.0.2.7']) {
      const { app, queueLink, queue, log, metric } = await createMailer(t, { issuer })
      await queueLink()
      await queue()
      await app.deliverMail()
      t.match(log().map(said), [
        { level: 30, msg: 'message dropped: SMTP_URL is not set' },
        { level: 30, msg: 'message dropped: SMTP_URL is not set' }
      ])
      t.notMatch(JSON.stringify(log()), /alice|token|\/reset-password/)
      t.match(await metric('sallyport_mail_total'), 'sallyport_mail_total{outcome="dropped"} 2')
      t.equal(await app.db.mail.count(), 0)
    }
  }
)

t.test('A server that will drop messages warns once when it starts, and no other server does', async t => {
  const warning = 'SMTP_URL is not set: messages are dropped until it is set'
  for (const [settings, count] of [
    [{}, 1],
    [{ issuer: 'http://localhost:3000' }, 0],
    [{ smtpUrl: 'smtp://127.0.0.1:1' }, 0]
  ] as const) {
    const { app, log } = await createMailer(t, settings)
    t.equal(log().filter(({ msg }) => msg === warning).length, 0, 'not in a command, which sends nothing')
    await app.listen({ host: '127.0.0.1', port: 0 })
    t.equal(log().filter(({ msg, level }) => msg === warning && level === 40).length, count, JSON.stringify(settings))
    await app.close()
  }
})

t.test('Messages queued while a mail server is down arrive when it is up again', async t => {
  const { port, close } = await startMailServer(t)
  await close()
  const { app, queue, log, time } = await createMailer(t, { smtpUrl: `smtp://127.0.0.1:${port}` })
  await queue()
  await app.deliverMail()
  t.match(log().at(-1), {
    level: 40,
    code: 'ESOCKET',
    attempt: 1,
    msg: 'message not sent: retrying later. Check SMTP_URL'
  })
  const server = await startMailServer(t, { port })
  await app.deliverMail()
  t.strictSame(server.messages, [], 'not before it is due')
  time.advance(120)
  await app.deliverMail()
  t.equal(server.messages.length, 1)
})

t.test('A silent mail server delays nothing, least of all the shutdown', async t => {
  const silent = createServer()
  silent.listen(0, '127.0.0.1')
  t.teardown(() => silent.close())
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const { app, queue, log } = await createMailer(t, { smtpUrl: `smtp://127.0.0.1:${port}` })
  await queue()
  const delivery = app.deliverMail()
  const [socket] = await once(silent, 'connection')
  socket.on('error', () => {})
  await queue('bob@example.com')
  t.equal(await app.db.mail.count(), 2, 'a new message is queued at once')
  t.equal(app.deliverMail(), delivery, 'and not sent in parallel')
  await app.close()
  await delivery
  t.match(log().at(-1), { level: 40, code: 'EABORT', msg: 'message not sent: retrying later' })
})

t.test('A mail server that refuses the sender is a matter of MAIL_FROM', async t => {
  const server = await startMailServer(t, { onMailFrom: (_, __, done) => done(new Error('not this one')) })
  const { app, queue, log } = await createMailer(t, { smtpUrl: server.url })
  await queue()
  await app.deliverMail()
  t.match(log().at(-1), { level: 40, command: 'MAIL FROM', msg: /retrying later\. Check MAIL_FROM$/ })
})

t.test('Nothing is sent to a mail server with an invalid certificate', async t => {
  // A self-signed certificate, which no authority has signed.
  const [upgrading, secure] = [
    await startMailServer(t, { disabledCommands: ['AUTH'] }),
    await startMailServer(t, { secure: true, disabledCommands: ['AUTH'] })
  ]
  for (const smtpUrl of [upgrading.url, secure.url.replace('smtp:', 'smtps:')]) {
    const { app, queue, log } = await createMailer(t, { smtpUrl })
    await queue()
    await app.deliverMail()
    t.match(log().at(-1), { level: 40, code: 'ESOCKET' }, smtpUrl)
    t.equal(await app.db.mail.count(), 1)
  }
  const { app, queue } = await createMailer(t, { smtpUrl: `${upgrading.url}?tls.rejectUnauthorized=false` })
  await queue()
  await app.deliverMail()
  t.equal(upgrading.messages.length, 1, 'unless the settings allow it')
  t.strictSame(secure.messages, [])
})

t.test('The user and password of SMTP_URL are used to log in (setting SMTP_URL)', async t => {
  const given: unknown[] = []
  const server = await startMailServer(t, {
    disabledCommands: ['STARTTLS'],
    authOptional: false,
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, done) {
      given.push([username, password])
      done(null, password === 'p@ss' ? { user: username } : {})
    }
  })
  for (const [password, count] of [
    ['wrong', 1],
    ['p%40ss', 0]
  ] as const) {
    const { app, queue } = await createMailer(t, { smtpUrl: server.url.replace('//', `//shop:${password}@`) })
    await queue()
    await app.deliverMail()
    t.equal(await app.db.mail.count(), count, 'a wrong password is a settings error, and retried')
  }
  t.strictSame(given, [
    ['shop', 'wrong'],
    ['shop', 'p@ss']
  ])
})

/** Lets everything run that can run now. */
const settle = () => new Promise(resolve => setImmediate(resolve))

t.test('A listening server checks the queue each second, logs a failure once, and stops when closed', async t => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const { app, log } = await createMailer(t)
  let [looks, broken] = [0, false]
  const { due } = app.db.mail
  app.db.mail.due = (...args) => {
    looks++
    return broken ? Promise.reject(new Error('the store is ill')) : due(...args)
  }
  const tick = async (times = 1) => {
    for (let i = 0; i < times; i++) {
      mock.timers.tick(1000)
      for (let turn = 0; turn < 5; turn++) await settle()
    }
  }
  await tick(3)
  t.equal(looks, 0, 'a command, which does not listen, sends nothing')
  await app.listen({ host: '127.0.0.1', port: 0 })
  await tick()
  t.equal(looks, 1)
  const complaints = () => log().filter(({ msg }) => msg === 'failed to process queued messages').length
  broken = true
  await tick(3)
  t.strictSame([looks, complaints()], [4, 1])
  broken = false
  await tick()
  broken = true
  await tick()
  t.strictSame([looks, complaints()], [6, 2])
  await app.close()
  await tick(3)
  t.equal(looks, 6)
})

/**
 * The whole service, in which the keys start before the mail, and the number of checks for messages in so many seconds.
 */
async function createService(t: Test) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const { app } = await createApp(t)
  let looks = 0
  app.db.mail.due = async () => {
    looks++
    return []
  }
  return {
    app,
    async looksIn(seconds: number) {
      looks = 0
      for (let second = 0; second < seconds; second++) {
        mock.timers.tick(1000)
        for (let turn = 0; turn < 5; turn++) await settle()
      }
      return looks
    }
  }
}

t.test('Mail is sent even if the keys could not be read when the server began to listen', async t => {
  const { app, looksIn } = await createService(t)
  app.db.keys.published = () => Promise.reject(new Error('the store is ill'))
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.equal(await looksIn(3), 3)
})

t.test('A server that is closed before its start is complete checks for no messages afterwards', async t => {
  const { app, looksIn } = await createService(t)
  const keys = await app.db.keys.published(app.clock.now())
  let letGo = () => {}
  const held = new Promise<void>(resolve => {
    letGo = resolve
  })
  app.db.keys.published = () => held.then(() => keys)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const closed = app.close()
  for (let turn = 0; turn < 10; turn++) await settle()
  letGo()
  await closed
  t.equal(await looksIn(3), 0)
})
