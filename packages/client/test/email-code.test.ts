import t, { type Test } from 'tap'
import { codeIn, wrong } from '../../../test/support/email-codes.ts'
import { deliverAll, startMailServer } from '../../../test/support/mail-server.ts'
import type { EmailCodeCredentials, OAuthError } from '../src/index.ts'
import { answers, enrolAlice, storedClaims } from './support/client-second-factor.ts'
import { createClientWorld } from './support/client-world.ts'

const username = 'alice'
const whoIsAlice = { username, scope: 'me' }
const challenge = 'POST /authorize-challenge'
const token = 'POST /token'

/** A world with `EMAIL_CODES=on`, in which `alice` has a verified address. */
async function createWorld(t: Test) {
  const server = await startMailServer(t)
  const world = await createClientWorld(t, { smtpUrl: server.url, emailCodes: 'on' })
  const { app } = world
  const user = await app.db.users.byUsername(username)
  const verified = { email: 'alice@example.com', emailVerified: true, updatedAt: app.clock.now() }
  await app.db.users.update(String(user?.id), verified, app.auditEvents.event('user.email_verified'))

  /** The code of the newest message. */
  async function mailed() {
    await deliverAll(app)
    return codeIn(server.messages.at(-1))
  }

  /** An `emailCode` that gives these answers in turn, from the code of the newest message; and why it was called. */
  function typed(...given: ((code: string) => string | undefined)[]) {
    const asked: (OAuthError | undefined)[] = []
    const emailCode: EmailCodeCredentials['emailCode'] = async ({ refused }) => {
      asked.push(refused)
      return given[asked.length - 1]?.(await mailed())
    }
    return { asked, emailCode }
  }
  return { ...world, messages: server.messages, typed }
}

const right = (code: string) => code

t.test('A code in the mail signs in, by the username or the address, and the login can be refreshed', async t => {
  const world = await createWorld(t)
  const client = world.open()
  const { asked, emailCode } = world.typed(right)
  t.match(await client.signIn({ username, emailCode, scope: 'me' }), whoIsAlice)
  t.strictSame(asked, [undefined])
  t.strictSame(world.network.requests, [challenge, challenge, token])
  t.match(storedClaims(world), { acr: 'aal1', amr: ['email'] })
  world.advance(601)
  t.equal((await client.fetch(`${world.url}/users/me`)).status, 200)

  const byAddress = { username: 'alice@example.com', emailCode: world.typed(right).emailCode }
  t.match(await client.signIn(byAddress), { username: 'alice@example.com', scope: 'me' })
})

t.test('A wrong code and one of another form are asked for again, of the same message', async t => {
  const { open, typed, messages } = await createWorld(t)
  const { asked, emailCode } = typed(
    wrong,
    () => '123 45',
    () => '1',
    right
  )
  t.match(await open().signIn({ username, emailCode }), whoIsAlice)
  t.match(asked, [
    undefined,
    { error: 'insufficient_authorization', description: /^The code is wrong/ },
    { error: 'invalid_request', description: 'email_code must be six digits.' },
    { error: 'invalid_request' }
  ])
  t.equal(messages.length, 1)
})

t.test('When the code has expired, the server mails another one', async t => {
  const { open, typed, messages, advance } = await createWorld(t)
  const late = (code: string) => {
    advance(601)
    return code
  }
  const { asked, emailCode } = typed(late, right)
  t.match(await open().signIn({ username, emailCode }), whoIsAlice)
  t.match(asked, [undefined, { error: 'invalid_session' }])
  t.equal(messages.length, 2)
})

t.test('A sign-in that is begun again past the limit takes the last code, and a new one after ten minutes', async t => {
  const { open, typed, messages, advance } = await createWorld(t)
  const client = open()
  const cancelled = { name: 'OAuthError', error: 'insufficient_authorization' }
  for (let tries = 0; tries < 3; tries++)
    await t.rejects(client.signIn({ username, emailCode: typed(() => undefined).emailCode }), cancelled)
  t.match(await client.signIn({ username, emailCode: typed(right).emailCode }), whoIsAlice)
  t.equal(messages.length, 3)

  advance(3600)
  await t.rejects(client.signIn({ username, emailCode: () => undefined }), cancelled)
  advance(601)
  t.match(await client.signIn({ username, emailCode: typed(right).emailCode }), whoIsAlice)
  t.match(await client.signIn({ username, emailCode: typed(right).emailCode, scope: 'me' }), whoIsAlice)
})

t.test('A second factor is asked for after the code, as after a password', async t => {
  const world = await createWorld(t)
  const factor = await enrolAlice(world)
  const { asked, secondFactor } = answers({ otp: '000000' }, { otp: factor.code() })
  const code = world.typed(wrong, right)
  t.match(await world.open().signIn({ username, emailCode: code.emailCode, secondFactor }), whoIsAlice)
  t.equal(code.asked.length, 2)
  const factors = ['otp', 'recovery_code']
  t.match(asked, [
    { authSession: String, factors, passkey: undefined, refused: undefined },
    { factors, refused: { error: 'insufficient_authorization' } }
  ])
  t.match(storedClaims(world), { acr: 'aal1', amr: ['email', 'otp'] })
})

t.test('Without a code, the sign-in ends, asks for no second factor, and keeps the former login', async t => {
  const { open, typed, logIn, values } = await createWorld(t)
  await logIn()
  const before = [...values]
  for (const given of [[() => undefined], [() => ''], [wrong, () => undefined]]) {
    const { asked, emailCode } = typed(...given)
    const { asked: factors, secondFactor } = answers({ otp: '000000' })
    await t.rejects(open().signIn({ username, emailCode, secondFactor }), {
      name: 'OAuthError',
      error: 'insufficient_authorization'
    })
    t.equal(asked.length, given.length)
    t.strictSame(factors, [])
  }
  const reason = new Error('the dialog broke')
  await t.rejects(open().signIn({ username, emailCode: () => Promise.reject(reason) }), reason)
  t.strictSame([...values], before)
})

t.test('A server without codes and a client without the grant refuse', async t => {
  const emailCode = () => t.fail('the user was asked') as never
  const { open } = await createClientWorld(t)
  await t.rejects(open().signIn({ username, emailCode }), {
    name: 'OAuthError',
    error: 'invalid_request',
    message: /sends no codes/
  })

  const world = await createWorld(t)
  const registration = { name: 'web', confidential: false, grants: ['password', 'refresh_token'], scopes: ['me'] }
  const { client } = await world.app.clientAdmin.create(registration)
  const withoutGrant = world.open({ clientId: client.id })
  await t.rejects(withoutGrant.signIn({ username, emailCode }), { name: 'OAuthError', error: 'unauthorized_client' })
})
