import t from 'tap'
import { codeIn, createCodeWorld } from '../../support/email-codes.ts'
import { logInFrom, stranger } from '../../support/guess.ts'
import { startMailServer } from '../../support/mail-server.ts'

const refused = 'insufficient_authorization'

t.test('messages with codes', async t => {
  t.test('are limited by name, and what strangers ask for does not count where the owner has logged in', async t => {
    const { app, ask, asked, outcome, received, clock } = await createCodeWorld(t)
    t.equal(await logInFrom(app, '127.0.0.1'), 200)
    let sent = 0
    for (let n = 0; n < 60; n++) {
      await ask('alice', {}, { from: `198.51.${n}.7` })
      clock.advance(60)
      sent += (await received()).length
    }
    t.ok(sent >= 3 && sent <= 14, `${sent} in an hour`)
    t.equal(await outcome(await asked()), 'code')
  })

  t.test('that are not sent leave the code that was', async t => {
    const { ask, asked, outcome, received } = await createCodeWorld(t)
    const about = { from: stranger }
    await asked('alice', {}, about)
    await asked('alice', {}, about)
    const right = await asked('alice', {}, about)
    const late = await ask('alice', {}, about)
    t.strictSame(await received(), [])
    t.equal(await outcome({ ...right, auth_session: late }), refused)
    t.equal(await outcome(right), 'code')
  })

  t.test('are limited by address prefix: 30, then 429', async t => {
    const { send } = await createCodeWorld(t)
    const statuses: number[] = []
    for (let n = 0; n < 32; n++)
      statuses.push(
        (await send({ response_type: 'code', username: `nobody${n}`, factor: 'email_code' }, { from: stranger }))
          .statusCode
      )
    t.strictSame(statuses, [...Array(30).fill(400), 429, 429])
  })

  t.test('have the code of the moment when they are sent late', async t => {
    const { app, ask, outcome, received, clock, server } = await createCodeWorld(t)
    const first = await ask()
    await server.close()
    t.strictSame(await received(), [])
    const second = await ask()
    t.strictSame(await received(), [])
    const { messages } = await startMailServer(t, { port: server.port })
    clock.advance(300)
    await app.deliverMail()
    const [email_code, ...others] = messages.map(codeIn)
    t.strictSame(others, [email_code], 'one for each message')
    t.equal(await outcome({ auth_session: first, email_code: String(email_code) }), refused)
    t.equal(await outcome({ auth_session: second, email_code: String(email_code) }), 'code')
  })
})
