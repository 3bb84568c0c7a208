import t from 'tap'
import { codeIn, createCodeWorld } from '../../support/email-codes.ts'
import { logInFrom, stranger } from '../../support/guess.ts'
import { startMailServer } from '../../support/mail-server.ts'

const refused = 'insufficient_authorization'

t.test('Messages with codes are limited by name, and strangers do not count where the owner has logged in', async t => {
  const { app, ask, asked, outcome, received } = await createCodeWorld(t)
  t.equal(await logInFrom(app, '127.0.0.1'), 200)
  for (let n = 0; n < 6; n++) await ask('alice', {}, { from: `198.51.${n}.7` })
  t.equal((await received()).length, 3)
  t.equal(await outcome(await asked()), 'code')
})

t.test('A message with a code that is not sent leaves the code that was', async t => {
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

t.test('Messages with codes are limited by address prefix: 30, then 429', async t => {
  const { app, send } = await createCodeWorld(t)
  for (let n = 0; n < 29; n++) await app.throttle.take('mail', stranger)
  const form = { response_type: 'code', username: 'nobody', factor: 'email_code' }
  const ask = async () => (await send(form, { from: stranger })).statusCode
  t.strictSame([await ask(), await ask()], [403, 429])
})

t.test('A message with a code that is sent late has the code of that moment', async t => {
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
