import t, { type Test } from 'tap'
import { bearer, logIn, password } from '../../../test/support/app.ts'
import type { OAuthError } from '../src/index.ts'
import { answers, enrolAlice, storedClaims } from './support/client-second-factor.ts'
import { createClientWorld } from './support/client-world.ts'

const alice = { username: 'alice', password }
const whoIsAlice = { username: 'alice', scope: 'me' }
const wrong = { otp: '000000' }
const byCode = ['POST /token', 'POST /authorize-challenge', 'POST /token']

/** A world in which `alice` has an authenticator app. */
async function createWorld(t: Test) {
  const world = await createClientWorld(t)
  const factor = await enrolAlice(world)
  return { ...world, factor }
}

/** Removes `crypto.subtle`, as in React Native and on a page with http. */
function withoutHash(t: Test) {
  // The server is in the same process, and needs the rest.
  const value = {
    getRandomValues: crypto.getRandomValues.bind(crypto),
    randomUUID: crypto.randomUUID.bind(crypto)
  }
  t.intercept(globalThis as { crypto?: unknown }, 'crypto', { value })
}

t.test('A sign-in asks for the code of an account with a second factor, and continues with it', async t => {
  const world = await createWorld(t)
  const { asked, secondFactor } = answers({ otp: world.factor.code() })
  const client = world.open()
  t.match(await client.signIn({ ...alice, scope: 'me', secondFactor }), whoIsAlice)
  t.match(asked, [{ authSession: String, factors: ['otp', 'recovery_code'], passkey: undefined, refused: undefined }])
  t.strictSame(world.network.requests, byCode, 'the password is sent once')
  t.match(storedClaims(world), { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] })
  t.equal((await client.fetch(`${world.url}/users/me`)).status, 200)
  world.advance(601)
  t.equal((await client.fetch(`${world.url}/users/me`)).status, 200, 'and the login can be refreshed')
})

t.test('Neither an account without a second factor nor a wrong password leads to a question', async t => {
  const world = await createClientWorld(t)
  const { asked, secondFactor } = answers(wrong)
  t.match(await world.open().signIn({ ...alice, secondFactor }), whoIsAlice)
  await enrolAlice(world)
  await t.rejects(world.open().signIn({ ...alice, password: 'a wrong password', secondFactor }), {
    name: 'OAuthError',
    error: 'invalid_grant'
  })
  t.strictSame(asked, [])
})

t.test('A wrong code is asked for again with the reason, and the right one signs in', async t => {
  const world = await createWorld(t)
  const { asked, secondFactor } = answers(wrong, wrong, { otp: world.factor.code() })
  t.match(await world.open().signIn({ ...alice, secondFactor }), whoIsAlice)
  const refused = {
    name: 'OAuthError',
    error: 'insufficient_authorization',
    description: 'The code is wrong, expired or was already used.',
    status: 403
  }
  t.match(asked, [{ refused: undefined }, { refused }, { refused }])
  t.equal(new Set(asked.map(({ authSession }) => authSession)).size, 3)
  t.equal(world.network.count('POST /token'), 2, 'without the password again')
})

t.test('Without a callback or an answer, the error says what is missing, and the former login stays', async t => {
  const { open, values, factor } = await createWorld(t)
  const client = open()
  await client.signIn({ ...alice, secondFactor: () => ({ otp: factor.code() }) })
  const before = [...values]
  const cancelled = answers(undefined)
  const cancelledLater = answers(wrong, undefined)
  for (const { secondFactor } of [{ secondFactor: undefined }, cancelled, cancelledLater]) {
    const error = (await client.signIn({ ...alice, secondFactor }).catch((error: unknown) => error)) as OAuthError
    t.match(error, { name: 'OAuthError', error: 'insufficient_authorization' })
    t.match(error.challenge, { authSession: /^\S+$/, factors: ['otp', 'recovery_code'], passkey: undefined })
    t.strictSame([...values], before)
  }
  t.equal(cancelled.asked.length, 1)
  t.equal(cancelledLater.asked.length, 2)
  const reason = new Error('the dialog broke')
  await t.rejects(client.signIn({ ...alice, secondFactor: () => Promise.reject(reason) }), reason)
  t.strictSame([...values], before)
})

t.test('An answer that comes after the auth session has expired is asked for again', async t => {
  const { open, advance, factor } = await createWorld(t)
  const late = () => {
    advance(601)
    return { otp: factor.code() }
  }
  const { asked, secondFactor } = answers(late, () => ({ otp: factor.code() }))
  t.match(await open().signIn({ ...alice, secondFactor }), whoIsAlice)
  t.match(asked, [{ refused: undefined }, { refused: { error: 'invalid_session' } }])
})

t.test('A password that changes before the answer is refused', async t => {
  const { app, url, open, advance, factor } = await createWorld(t)
  const { asked, secondFactor } = answers(async () => {
    const { access_token } = await logIn(app, { otp: factor.code() })
    advance(30)
    const body = JSON.stringify({ current_password: password, new_password: 'another long password' })
    const headers = { 'content-type': 'application/json', ...bearer(access_token) }
    t.equal((await fetch(`${url}/users/me/password`, { method: 'PUT', headers, body })).status, 200)
    return { otp: factor.code() }
  })
  await t.rejects(open().signIn({ ...alice, secondFactor }), { name: 'OAuthError', error: 'invalid_grant' })
  t.equal(asked.length, 1)
})

t.test('Where the platform cannot hash, a code goes to the token endpoint with the password', async t => {
  const world = await createWorld(t)
  withoutHash(t)
  const { asked, secondFactor } = answers(wrong, { otp: world.factor.code() })
  t.match(await world.open().signIn({ ...alice, secondFactor }), whoIsAlice)
  t.match(asked, [{ refused: undefined }, { refused: { error: 'insufficient_authorization', status: 403 } }])
  t.strictSame(world.network.requests, ['POST /token', 'POST /token', 'POST /token'])
  t.match(storedClaims(world), { acr: 'aal2' })
  const message = 'This login or step-up needs crypto.subtle: serve the page with https.'
  await t.rejects(world.open().signIn({ ...alice, secondFactor: () => ({ passkey: {} }) }), { message })
  await t.rejects(world.open().signIn({ passkey: () => ({}) }), { message })
})

t.test('The code of a client without authorization codes goes to the token endpoint with the password', async t => {
  const world = await createWorld(t)
  const registration = { name: 'web', confidential: false, grants: ['password', 'refresh_token'], scopes: ['me'] }
  const { client } = await world.app.clientAdmin.create(registration)
  const { asked, secondFactor } = answers(wrong, { otp: world.factor.code() })
  t.match(await world.open({ clientId: client.id }).signIn({ ...alice, secondFactor }), whoIsAlice)
  t.match(asked, [{ refused: undefined }, { refused: { error: 'insufficient_authorization' } }])
  const { secondFactor: withPasskey } = answers({ passkey: {} })
  await t.rejects(world.open({ clientId: client.id }).signIn({ ...alice, secondFactor: withPasskey }), {
    name: 'OAuthError',
    error: 'unauthorized_client'
  })
})
