import t, { type Test } from 'tap'
import { startIdentityProvider } from '../../../test/support/identity-provider.ts'
import { answers, enrolAlice, storedClaims } from './support/client-second-factor.ts'
import { createClientWorld } from './support/client-world.ts'

const challenge = 'POST /authorize-challenge'
const token = 'POST /token'
const asked = { name: 'OAuthError', error: 'insufficient_authorization' }

/** A world whose server takes ID tokens of an issuer, and `idToken`, a new one of `subject` there. */
async function createWorld(t: Test) {
  const provider = await startIdentityProvider(t, () => world.app.clock.now())
  const world = await createClientWorld(t, { identityProviders: [provider.setting] })
  let count = 0
  const idToken = (subject: string, claims = {}) =>
    provider.idToken({ sub: subject, email: `${subject}@example.com`, jti: String(count++), ...claims })
  return { ...world, idToken }
}

/** A world in which alice logs in with a linked ID token and has an authenticator app. */
async function createLinkedWorld(t: Test) {
  const world = await createWorld(t)
  const client = await world.logIn()
  const body = JSON.stringify({ id_token: world.idToken('alice') })
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
  t.equal((await client.fetch(`${world.url}/users/me/identities`, init)).status, 201)
  const factor = await enrolAlice(world)
  world.network.requests.length = 0
  return { ...world, factor }
}

t.test('An ID token makes an account, logs in to it again, and the login can be refreshed', async t => {
  const world = await createWorld(t)
  const { open, url, idToken, network, advance } = world
  const client = open()
  t.match(await client.signIn({ idToken: idToken('bob'), scope: 'me' }), { username: 'bob', scope: 'me' })
  t.strictSame(network.requests, [token])
  t.match(storedClaims(world), { acr: 'aal1', amr: ['fed'], preferred_username: 'bob' })
  const { sub } = storedClaims(world)
  advance(601)
  t.equal((await client.fetch(`${url}/users/me`)).status, 200)
  t.ok(await client.signOut())

  const nonce = 'the nonce of the page'
  await client.signIn({ idToken: idToken('bob', { nonce }), nonce })
  t.equal(storedClaims(world).sub, sub)
})

t.test('A second factor is asked for after the ID token, as after a password', async t => {
  const world = await createLinkedWorld(t)
  const { open, idToken, factor, network } = world
  const { asked: questions, secondFactor } = answers({ otp: '000000' }, { otp: factor.code() })
  const who = await open().signIn({ idToken: idToken('alice'), secondFactor })
  t.match(who, { username: 'alice', scope: 'me' })
  t.strictSame(network.requests.slice(0, 4), [token, challenge, challenge, token])
  t.match(questions, [{ refused: undefined }, { refused: asked }])
  t.match(storedClaims(world), { amr: ['fed', 'otp'] })
})

t.test('After ten minutes with the question, the login is refused, because the ID token was used', async t => {
  const { open, idToken, factor, advance } = await createLinkedWorld(t)
  const late = answers(() => {
    advance(601)
    return { otp: factor.code() }
  })
  await t.rejects(open().signIn({ idToken: idToken('alice'), secondFactor: late.secondFactor }), {
    name: 'OAuthError',
    error: 'invalid_request'
  })
  t.equal(late.asked.length, 1)
})
