import t, { type Test } from 'tap'
import { password } from '../../../test/support/app.ts'
import { type CreationOptions, createAuthenticator } from '../../../test/support/authenticator.ts'
import { answers } from './support/client-second-factor.ts'
import { createClientWorld } from './support/client-world.ts'
import { answerWith } from './support/network.ts'
import { installPasskeyBrowser, until } from './support/passkey-browser.ts'

const path = '/users/me/passkeys'
const signals = { signalAllAcceptedCredentials: true, signalUnknownCredential: true }

/** A server with passkeys, alice, and her browser, whose dialog gives the answer of an authenticator. */
async function createWorld(t: Test) {
  const world = await createClientWorld(t, { rpId: 'example.com' })
  const browser = installPasskeyBrowser(t, signals)
  const authenticator = createAuthenticator()
  const answer = async (count = 1) => {
    const { publicKey, resolve } = await browser.ceremony(count)
    resolve({ toJSON: () => authenticator.create(publicKey as CreationOptions) })
  }
  return { ...world, browser, answer, client: await world.logIn() }
}

t.test('A passkey is created and added, and the recovery codes are shown', async t => {
  const { client, browser, answer, network, advance } = await createWorld(t)
  const [added] = await Promise.all([client.addPasskey({ name: 'Phone' }), answer()])
  t.match(added.id, /^[0-9a-f-]{36}$/)
  t.equal(added.recoveryCodes?.length, 10)
  await until(() => browser.signals.length === 1)
  t.match(browser.signals, [['signalAllAcceptedCredentials', { rpId: 'example.com' }]])

  advance(601)
  network.requests.length = 0
  await t.rejects(client.addPasskey({ name: 'Laptop' }), {
    name: 'ProblemError',
    status: 401,
    code: 'insufficient_user_authentication'
  })
  t.equal(browser.ceremonies.length, 1, 'the user is not asked for nothing')
})

t.test('An old login is raised first, by what the server asks for (RFC 9470 §4)', async t => {
  const { client, answer, advance } = await createWorld(t)
  advance(601)
  const { asked, secondFactor } = answers({ password })
  await Promise.all([client.addPasskey({ name: 'Phone', secondFactor }), answer()])
  t.match(asked, [{ acr: undefined, factors: ['password', 'otp', 'recovery_code', 'passkey'] }])

  advance(601)
  const further = answers(undefined)
  await t.rejects(client.addPasskey({ name: 'Laptop', secondFactor: further.secondFactor }), {
    name: 'OAuthError',
    error: 'insufficient_authorization'
  })
  t.match(further.asked, [{ acr: 'aal2' }])
})

t.test('The password allows the first second factor without a recent login', async t => {
  const { client, answer, advance } = await createWorld(t)
  advance(601)
  const wrong = client.addPasskey({ name: 'Phone', currentPassword: 'a wrong password' })
  await t.rejects(wrong, { status: 403, code: 'wrong_password' })
  const [added] = await Promise.all([client.addPasskey({ name: 'Phone', currentPassword: password }), answer()])
  t.equal(added.recoveryCodes?.length, 10)
})

t.test('A passkey that the server refuses is deleted in the browser, unless it may have been added', async t => {
  const { client, browser, answer, network } = await createWorld(t)
  network.plan(path, answerWith('{"code":"limit_reached"}', { status: 409 }), answerWith('', { status: 503 }))
  const refused = t.rejects(client.addPasskey({ name: 'Phone' }), { status: 409, code: 'limit_reached' })
  await Promise.all([refused, answer()])
  t.match(browser.signals, [['signalUnknownCredential', { rpId: 'example.com' }]])
  await Promise.all([t.rejects(client.addPasskey({ name: 'Phone' }), { name: 'ProblemError', status: 503 }), answer(2)])
  t.equal(browser.signals.length, 1)
})

t.test('A passkey that the user does not create is not added', async t => {
  const { client, browser, network } = await createWorld(t)
  const cancelled = t.rejects(client.addPasskey({ name: 'Phone' }), { name: 'NotAllowedError' })
  const { reject } = await browser.ceremony(1)
  reject(new DOMException('', 'NotAllowedError'))
  await cancelled
  t.equal(network.count(`POST ${path}`), 0)
})

t.test('A browser and a server without passkeys, and a client without a user, say so by a code', async t => {
  const { logIn, network } = await createClientWorld(t)
  const client = await logIn()
  await t.rejects(client.addPasskey({ name: 'Phone' }), { name: 'NotSupportedError', message: /no passkeys/ })
  t.equal(network.count(`POST ${path}/options`), 0)
  const { open } = await createWorld(t)
  const nobody = open({ storage: undefined })
  await t.rejects(nobody.addPasskey({ name: 'Phone' }), { name: 'ProblemError', code: 'missing_token' })
  await t.rejects(client.addPasskey({ name: 'Phone' }), { name: 'ProblemError', code: 'not_found' })
})
