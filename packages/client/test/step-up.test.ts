import t, { type Test } from 'tap'
import type { Config } from '../../../src/config/config.ts'
import { createUser, password } from '../../../test/support/app.ts'
import { type Client, stepUpAsked } from '../src/index.ts'
import { answers, enrolAlice, storedClaims } from './support/client-second-factor.ts'
import { createClientWorld } from './support/client-world.ts'
import { answerWith, cut, loseAnswer } from './support/network.ts'
import { installLocks, installNavigator } from './support/web-locks.ts'

const alice = { username: 'alice', password }
const whoIsAlice = { username: 'alice', scope: 'me' }
const never = () => {
  throw new Error('the user was asked')
}

/** A world in which `alice`, who has an authenticator app, signed in 301 seconds ago. */
async function createWorld(t: Test, settings: Partial<Config> = {}) {
  const world = await createClientWorld(t, settings)
  const factor = await enrolAlice(world)
  const client = world.open()
  await client.signIn({ ...alice, secondFactor: () => ({ otp: factor.code() }) })
  world.advance(301)
  world.network.requests.length = 0
  /** The age of the login of the stored access token, in seconds. */
  const age = () => Math.floor(Date.now() / 1000) - Number(storedClaims(world).auth_time)
  return { ...world, client, factor, age, otp: () => ({ otp: factor.code() }) }
}

const readMe = async (client: Client, url: string) => (await client.fetch(`${url}/users/me`)).status

t.test('A step-up makes the login fresh, in the same session (RFC 9470 §4)', async t => {
  const { client, url, age, otp, network, advance, ...world } = await createWorld(t)
  const { sid } = storedClaims(world)
  const { asked, secondFactor } = answers(otp)
  t.match(await client.stepUp({ maxAge: 300, secondFactor }), whoIsAlice)
  t.match(asked, [{ factors: ['password', 'otp', 'recovery_code'], refused: undefined }])
  t.equal(age(), 0)
  t.equal(storedClaims(world).sid, sid)
  t.strictSame(network.requests, ['POST /token', 'POST /authorize-challenge', 'POST /token', 'POST /token'])
  for (let round = 0; round < 2; round++) {
    t.equal(await readMe(client, url), 200)
    advance(601)
  }
})

t.test('A login that already is what is asked for is refreshed without a question', async t => {
  const { client, network } = await createWorld(t)
  t.match(await client.stepUp({ acr: 'aal2', maxAge: 302, secondFactor: never }), whoIsAlice)
  t.strictSame(network.requests, ['POST /token'])
})

t.test('The password makes the login of an account without a second factor fresh', async t => {
  const { logIn, advance, ...world } = await createClientWorld(t)
  const client = await logIn()
  advance(301)
  t.match(await client.stepUp({ maxAge: 300, secondFactor: () => ({ password }) }), whoIsAlice)
  t.match(storedClaims(world), { acr: 'aal1', auth_time: Math.floor(Date.now() / 1000) })
  const { asked, secondFactor } = answers({ password }, undefined)
  await t.rejects(client.stepUp({ acr: 'aal2', secondFactor }), {
    name: 'OAuthError',
    error: 'unmet_authentication_requirements',
    message: /Enrol one first/
  })
  t.strictSame(asked, [], 'it asks for nothing that the account does not have')
})

t.test('A wrong password is asked for again with the reason', async t => {
  const { logIn, advance } = await createClientWorld(t)
  const client = await logIn()
  advance(301)
  const { asked, secondFactor } = answers({ password: 'a wrong password' }, { password })
  t.match(await client.stepUp({ maxAge: 300, secondFactor }), whoIsAlice)
  t.match(asked, [{ refused: undefined }, { refused: { error: 'invalid_grant', status: 400 } }])
  t.equal(asked[0]?.authSession, asked[1]?.authSession)
})

t.test('A step-up that is cancelled or fails keeps the login', async t => {
  const { client, url, network, otp, values } = await createWorld(t)
  const before = [...values]
  await t.rejects(client.stepUp({ maxAge: 300, secondFactor: () => undefined }), {
    name: 'OAuthError',
    error: 'insufficient_authorization'
  })
  network.plan('/authorize-challenge', cut)
  await t.rejects(client.stepUp({ maxAge: 300, secondFactor: otp }), TypeError)
  await t.rejects(client.stepUp({ acr: 'gold', secondFactor: otp }), {
    name: 'OAuthError',
    error: 'unmet_authentication_requirements'
  })
  t.strictSame([...values], before)
  t.equal(await readMe(client, url), 200)
})

t.test('A step-up whose answer was lost is found by the next one', async t => {
  const { client, network, otp, age } = await createWorld(t)
  network.plan('/token', send => send(), loseAnswer)
  await t.rejects(client.stepUp({ maxAge: 300, secondFactor: otp }), TypeError)
  t.match(await client.stepUp({ maxAge: 300, secondFactor: never }), whoIsAlice)
  t.equal(age(), 0)
})

t.test('A refresh whose answer is lost during a step-up is retried', async t => {
  const { client, network, otp, age } = await createWorld(t)
  network.plan(
    '/token',
    cut,
    send => send(),
    send => send(),
    loseAnswer
  )
  t.match(await client.stepUp({ maxAge: 300, secondFactor: otp }), whoIsAlice)
  t.equal(age(), 0)
})

t.test('Two step-ups of one client at once ask the user once', async t => {
  const { client, otp } = await createWorld(t)
  const { asked, secondFactor } = answers(otp, otp)
  const stepUp = () => client.stepUp({ maxAge: 300, secondFactor })
  t.match(await Promise.all([stepUp(), stepUp()]), [whoIsAlice, whoIsAlice])
  t.equal(asked.length, 1)
})

for (const hasLocks of [true, false]) {
  t.test(`Two tabs ${hasLocks ? 'with' : 'without'} Web Locks step up at once, and both stay signed in`, async t => {
    const { client, open, url, factor, otp, advance, age } = await createWorld(t)
    if (hasLocks) installLocks(t)
    else installNavigator(t, {})
    const other = open()
    const recovery = () => ({ recoveryCode: String(factor.recoveryCodes[0]) })
    const [here, there] = [answers(otp), answers(recovery)]
    const results = await Promise.all([
      client.stepUp({ maxAge: 300, secondFactor: here.secondFactor }),
      other.stepUp({ maxAge: 300, secondFactor: there.secondFactor })
    ])
    t.match(results, [whoIsAlice, whoIsAlice])
    t.equal(age(), 0)
    for (let round = 0; round < 3; round++) {
      advance(601)
      t.strictSame(await Promise.all([client, other].map(tab => readMe(tab, url))), [200, 200])
    }
  })
}

t.test('Refreshes go on while the user is asked', async t => {
  const { client, open, url, advance, age, otp } = await createWorld(t)
  const other = open()
  const { secondFactor } = answers(async () => {
    for (const tab of [other, client]) {
      advance(250)
      t.equal(await readMe(tab, url), 200)
    }
    return otp()
  })
  t.match(await client.stepUp({ maxAge: 300, secondFactor }), whoIsAlice)
  t.equal(age(), 0)
  advance(601)
  t.equal(await readMe(other, url), 200)
})

t.test('A sign-out while the user is asked stands, and without a user there is nothing to step up', async t => {
  const { client, open, otp } = await createWorld(t)
  const signOut = answers(async () => {
    await open().signOut()
    return otp()
  })
  t.equal(await client.stepUp({ maxAge: 300, secondFactor: signOut.secondFactor }), undefined)
  t.equal(await client.signedIn(), undefined)
  t.equal(await client.stepUp({ acr: 'aal2', secondFactor: never }), undefined, 'nor does a page without a user')
})

t.test('A sign-in of another user while the user is asked stands, and the next user is not asked', async t => {
  const { client, app, open, otp } = await createWorld(t)
  await createUser(app, 'bob')
  const { asked, secondFactor } = answers(async () => {
    await open().signOut()
    await open().signIn({ username: 'bob', password })
    return otp()
  })
  t.equal(await client.stepUp({ maxAge: 300, secondFactor }), undefined)
  t.equal(asked.length, 1)
  t.match(await client.signedIn(), { username: 'bob' })
})

t.test('A login without a refresh token cannot step up', async t => {
  const world = await createClientWorld(t)
  const registration = { name: 'once', confidential: false, grants: ['password'], scopes: ['me'] }
  const { client: registered } = await world.app.clientAdmin.create(registration)
  const client = await world.logIn({ clientId: registered.id })
  t.equal(await client.stepUp({ maxAge: 0, secondFactor: never }), undefined)
  t.match(await client.signedIn(), whoIsAlice)
})

t.test('The tokens for other APIs are replaced, because they are those of the login as it was', async t => {
  const orders = 'https://api.example.com/orders'
  const { client, otp } = await createWorld(t, { resources: [`${orders} me`] })
  const before = await client.tokenFor(orders)
  await client.stepUp({ maxAge: 300, secondFactor: otp })
  const after = await client.tokenFor(orders)
  t.type(after, 'string')
  t.not(after, before)
})

t.test('A response that asks for another login says which, and the request can be repeated (RFC 9470 §3)', async t => {
  const { client, url, network, otp } = await createWorld(t)
  const challenge = 'Bearer realm="x", error="insufficient_user_authentication", acr_values="aal2", max_age="300"'
  network.plan('/users/me', answerWith('', { status: 401, headers: { 'www-authenticate': challenge } }))
  let answer = await client.fetch(`${url}/users/me`)
  const asked = stepUpAsked(answer)
  t.strictSame(asked, { acr: 'aal2', maxAge: 300 })
  await client.stepUp({ ...asked, secondFactor: otp })
  answer = await client.fetch(`${url}/users/me`)
  t.equal(answer.status, 200)
  t.equal(stepUpAsked(answer), undefined)
})

t.test('Only a 401 with insufficient_user_authentication asks for another login', t => {
  const of = (value: string, status = 401) =>
    stepUpAsked(new Response('', { status, headers: { 'www-authenticate': value } }))
  const error = 'Bearer error="insufficient_user_authentication"'
  t.strictSame(of(error), { acr: undefined, maxAge: undefined })
  t.strictSame(of(`${error}, max_age=60`), { acr: undefined, maxAge: 60 })
  t.strictSame(of(`${error}, acr_values="aal2 phr", error_description="x"`), { acr: 'aal2 phr', maxAge: undefined })
  t.equal(of(error, 403), undefined)
  t.equal(of('Bearer error="invalid_token", max_age="60"'), undefined)
  t.equal(stepUpAsked(new Response('', { status: 401 })), undefined)
  t.end()
})
