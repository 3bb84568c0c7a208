import t from 'tap'
import { password } from '../../../test/support/app.ts'
import { createClientWorld } from './support/client-world.ts'
import { until } from './support/passkey-browser.ts'
import { createScripted } from './support/scripted-server.ts'

const alice = { username: 'alice', password }
const loading = { isLoading: true, isSignedIn: false }
const signedOut = { isLoading: false, isSignedIn: false }

t.test('The session is one frozen object until the user changes', async t => {
  const { url, open, advance, values } = await createClientWorld(t)
  const [client, other] = [open(), open()]
  let calls = 0
  const stop = client.subscribe(() => calls++)
  t.match(client.current, loading)
  t.equal(calls, 0, 'it does not call at once')
  await until(() => calls === 1)
  t.match(client.current, { ...signedOut, user: undefined, claims: undefined })

  await client.signIn(alice)
  await until(() => calls === 2)
  const { current } = client
  t.match(current, { isLoading: false, isSignedIn: true, user: await client.signedIn(), claims: { scope: 'me' } })
  for (const part of [current, current.user, current.claims]) t.ok(Object.isFrozen(part))
  t.notHas(current.claims, { iat: Number, exp: Number, jti: String })

  const [before] = [...values.values()]
  advance(601)
  t.equal((await client.fetch(`${url}/users/me`)).status, 200)
  t.not([...values.values()][0], before, 'the token was replaced')
  t.equal(client.current, current)
  t.equal(calls, 2)

  other.subscribe(() => {})
  await until(() => other.current.isSignedIn)
  stop()
  await client.signOut()
  await until(() => !client.current.isSignedIn)
  t.equal(calls, 2, 'it was stopped')
})

t.test('Each subscription is stopped alone, also of the same function', async t => {
  const { open } = await createClientWorld(t)
  const client = open()
  let calls = 0
  const listener = () => calls++
  client.subscribe(listener)()
  client.subscribe(listener)
  client.subscribe(listener)
  await until(() => !client.current.isLoading)
  t.equal(calls, 2)
})

t.test('The first look at the session reads the storage', async t => {
  const { open } = await createClientWorld(t)
  const client = open()
  t.match(client.current, loading)
  await until(() => !client.current.isLoading)
  t.match(client.current, signedOut)
})

t.test('A token that is no JWT has no claims', async t => {
  const { client } = createScripted(Response.json({ access_token: 'opaque', expires_in: 600, scope: 'me' }))
  await client.signIn(alice)
  t.match(client.current, loading)
  await until(() => client.current.isSignedIn)
  t.strictSame(client.current.claims, {})
})
