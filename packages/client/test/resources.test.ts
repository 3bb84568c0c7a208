import { decodeJwt } from 'jose'
import t from 'tap'
import { createUser, password } from '../../../test/support/app.ts'
import type { OAuthError } from '../src/index.ts'
import { createClientWorld } from './support/client-world.ts'
import { installLocks } from './support/web-locks.ts'

const [orders, bills] = ['https://api.example.com/orders', 'urn:bills'] as const
const settings = {
  resources: [`${orders} orders:read`, `${bills} bills:pay`],
  defaultScopes: ['me', 'orders:read', 'bills:pay']
}

async function createWorld(t: Parameters<typeof createClientWorld>[0], more = {}) {
  const world = await createClientWorld(t, { ...settings, ...more })
  await world.app.userAdmin.update(
    (await world.app.userAdmin.byIdOrName('alice')).id,
    { scopes: settings.defaultScopes },
    {}
  )
  const refreshes = () => world.network.count('POST /token') - 1
  return { ...world, refreshes }
}

t.test('A token for an API is for that API alone, and is kept until it is due (RFC 8707 §2.2)', async t => {
  const world = await createWorld(t)
  const client = await world.logIn()
  const token = await client.tokenFor(orders)
  t.match(decodeJwt(String(token)), { aud: orders, scope: 'orders:read' })
  t.equal(await client.tokenFor(orders), token)
  t.equal(world.refreshes(), 1)
  t.equal((await client.fetch(`${world.url}/users/me`)).status, 200, 'the login has its own token still')
  t.match(await client.signedIn(), { username: 'alice', scope: 'me orders:read bills:pay' })
  t.match(decodeJwt(String(await client.tokenFor(bills))), { aud: bills, scope: 'bills:pay' })
  world.advance(569)
  t.equal(await client.tokenFor(orders), token)
  world.advance(1)
  t.not(await client.tokenFor(orders), token)
})

t.test('Tokens for several APIs and a refresh at once each use the latest refresh token', async t => {
  installLocks(t)
  const world = await createWorld(t)
  const tabs = [await world.logIn(), world.open()] as const
  world.advance(601)
  const answers = await Promise.all([
    tabs[0].tokenFor(orders),
    tabs[0].fetch(`${world.url}/users/me`),
    tabs[1].tokenFor(bills),
    tabs[1].tokenFor(orders),
    tabs[0].tokenFor(bills)
  ])
  t.equal(answers[0], answers[3], 'the tabs share the token')
  t.equal(answers[2], answers[4])
  t.equal(world.refreshes(), 3)
  world.advance(60)
  t.equal(await tabs[1].tokenFor(bills), answers[2], 'a refresh of the login keeps the tokens')
  world.advance(541)
  t.ok(await tabs[1].tokenFor(bills), 'the login has not ended')
})

t.test('An unknown API is refused, and nothing is lost', async t => {
  const world = await createWorld(t)
  const client = await world.logIn()
  const refused = await client.tokenFor('https://api.example.com').catch((error: OAuthError) => error)
  t.match(refused, { error: 'invalid_target', status: 400 })
  t.ok(await client.tokenFor(orders))
})

t.test('There is no token without a login, after its end, and without a refresh token', async t => {
  const world = await createWorld(t)
  t.equal(await world.open().tokenFor(orders), undefined)
  const client = await world.logIn()
  const { id } = await world.app.userAdmin.byIdOrName('alice')
  await world.app.userAdmin.endSessions(id, {})
  t.equal(await client.tokenFor(orders), undefined)
  t.equal(await client.signedIn(), undefined)
  const { client: kiosk } = await world.app.clientAdmin.create({
    name: 'kiosk',
    confidential: false,
    grants: ['password'],
    scopes: ['orders:read']
  })
  const other = world.open({ clientId: kiosk.id })
  await other.signIn({ username: 'alice', password })
  t.equal(await other.tokenFor(orders), undefined)
})

t.test('A request of one user is not sent with the token of the next (RFC 8707 §2.2)', async t => {
  for (const moment of ['before its token comes', 'when it is refused']) {
    const world = await createWorld(t)
    await createUser(world.app, 'bob', settings.defaultScopes)
    const other = world.open()
    const change = async () => {
      await other.signOut()
      await other.signIn({ username: 'bob', password })
    }
    const sent: (string | null)[] = []
    async function fetch(...[input, init]: Parameters<typeof globalThis.fetch>): Promise<Response> {
      const request = new Request(input, init)
      if (request.url !== orders) return await world.network.fetch(request)
      sent.push(request.headers.get('Authorization'))
      if (moment === 'when it is refused') await change()
      return new Response('', { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } })
    }
    const client = await world.logIn({ fetch, dpop: false })
    if (moment === 'before its token comes')
      world.network.plan('/token', async send => {
        const answer = await send()
        await change()
        return answer
      })
    t.equal((await client.fetchFor(orders)(orders, { method: 'POST', body: 'tea for alice' })).status, 401, moment)
    t.equal(sent.length, 1)
    if (moment === 'before its token comes') t.equal(sent[0], null, 'as without a login')
    t.match(await client.signedIn(), { username: 'bob' })
  }
})
