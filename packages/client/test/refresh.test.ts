import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { createUser, password } from '../../../test/support/app.ts'
import { type Client, createClient, type OAuthError } from '../src/index.ts'
import { createClientWorld } from './support/client-world.ts'
import { answerWith, cut, loseAnswer } from './support/network.ts'
import { installLocks, installNavigator } from './support/web-locks.ts'

const whoIsAlice = { username: 'alice', scope: 'me' }

/** The answers to `count` concurrent requests, and the number of refreshes that they caused. */
async function readAtOnce(
  clients: Client[],
  { url, network }: Awaited<ReturnType<typeof createClientWorld>>,
  count: number
) {
  network.requests.length = 0
  const reads = Array.from({ length: count }, (_, i) =>
    (clients[i % clients.length] as Client).fetch(`${url}/users/me`)
  )
  const statuses = new Set((await Promise.all(reads)).map(({ status }) => status))
  return { statuses: [...statuses], refreshes: network.count('POST /token') }
}

t.test('Forty concurrent requests around an expiry cause one refresh', async t => {
  const world = await createClientWorld(t)
  const client = await world.logIn()
  await t.test('A refresh begins shortly before the token expires', async t => {
    world.advance(569)
    t.strictSame(await readAtOnce([client], world, 40), { statuses: [200], refreshes: 0 })
    world.advance(1)
    const stored = world.nextStored()
    t.strictSame(await readAtOnce([client], world, 40), { statuses: [200], refreshes: 1 })
    t.equal(world.network.count('GET /users/me'), 40, 'and no request was refused')
    await stored
  })
  await t.test('Requests wait for a refresh after the token has expired', async t => {
    world.advance(601)
    t.strictSame(await readAtOnce([client], world, 40), { statuses: [200], refreshes: 1 })
    t.equal(world.network.count('GET /users/me'), 40)
  })
  await t.test('The server refuses a token that has not expired by the local clock', async t => {
    world.advanceServer(601)
    t.strictSame(await readAtOnce([client], world, 40), { statuses: [200], refreshes: 1 })
    t.equal(world.network.count('GET /users/me'), 80)
  })
  t.match(await client.signedIn(), whoIsAlice)
})

t.test('A token that lives for one second is used before it is replaced', async t => {
  const world = await createClientWorld(t, { accessTokenTtl: 1 })
  const client = await world.logIn()
  t.strictSame(await readAtOnce([client], world, 1), { statuses: [200], refreshes: 0 })
})

t.test('Two tabs around an expiry cause one refresh with Web Locks', async t => {
  const world = await createClientWorld(t)
  const { names } = installLocks(t)
  const tabs = [await world.logIn(), world.open()]
  world.advance(601)
  t.strictSame(await readAtOnce(tabs, world, 40), { statuses: [200], refreshes: 1 })
  t.strictSame([...names], [`world sallyport ${world.url} `])
})

t.test('A failed refresh releases the lock, and the other tab gets its turn', async t => {
  const world = await createClientWorld(t)
  installLocks(t)
  const [here, there] = [await world.logIn(), world.open()]
  world.advance(601)
  world.network.plan('/token', answerWith('', { status: 503 }))
  const answers = await Promise.allSettled([here, there].map(tab => tab.fetch(`${world.url}/users/me`)))
  t.match(answers, [
    { status: 'rejected', reason: { status: 503 } },
    { status: 'fulfilled', value: { status: 200 } }
  ])
})

t.test('Two tabs without Web Locks get the same successor, and both stay signed in', async t => {
  // Node.js 24 has its own Web Locks.
  installNavigator(t, {})
  const world = await createClientWorld(t)
  const tabs = [await world.logIn(), world.open()]
  for (let round = 0; round < 3; round++) {
    world.advance(601)
    t.strictSame(await readAtOnce(tabs, world, 40), { statuses: [200], refreshes: 2 })
  }
})

t.test('A lock that is held or unavailable delays no request beyond the grace time', async t => {
  const world = await createClientWorld(t)
  const client = await world.logIn()
  const read = () => Promise.race([readAtOnce([client], world, 2), delay(9000, 'too late', { ref: false })])
  await t.test('A frozen tab holds the lock', async t => {
    installLocks(t).freeze()
    world.advance(601)
    world.network.plan('/token', loseAnswer)
    t.strictSame(await read(), { statuses: [200], refreshes: 2 })
  })
  await t.test('A frame without an origin has no lock', async t => {
    installNavigator(t, { locks: { request: () => Promise.reject(new Error('SecurityError')) } })
    world.advance(601)
    t.strictSame(await read(), { statuses: [200], refreshes: 1 })
  })
})

t.test('Storage per user takes no lock: no user waits for the refresh of another', async t => {
  const world = await createClientWorld(t)
  const { names } = installLocks(t)
  const createStorage = () => {
    const values = new Map<string, string>()
    return {
      get: async (key: string) => values.get(key),
      set: async (key: string, value: string) => void values.set(key, value),
      remove: async (key: string) => void values.delete(key)
    }
  }
  const [one, other] = [
    await world.logIn({ storage: createStorage() }),
    await world.logIn({ storage: createStorage() })
  ]
  world.advance(601)
  const hung = new Promise<void>(resolve => {
    world.network.plan('/token', async () => {
      resolve()
      return await new Promise(() => {})
    })
  })
  one.fetch(`${world.url}/users/me`)
  await hung
  const answer = other.fetch(`${world.url}/users/me`)
  t.match(await Promise.race([answer, delay(2000, 'too late', { ref: false })]), { status: 200 })
  t.strictSame([...names], [])
})

t.test('A login in memory takes no lock, since nothing shares it', async t => {
  const world = await createClientWorld(t)
  const { names } = installLocks(t)
  const client = createClient({ url: world.url, fetch: world.network.fetch, dpop: false })
  await client.signIn({ username: 'alice', password })
  world.advance(601)
  t.strictSame(await readAtOnce([client], world, 2), { statuses: [200], refreshes: 1 })
  t.strictSame([...names], [])
})

t.test('A refresh whose answer is lost is retried, and gets the same successor', async t => {
  const world = await createClientWorld(t)
  const client = await world.logIn()
  for (const faults of [[loseAnswer], [cut], [loseAnswer, loseAnswer], [answerWith('', { status: 502 })]]) {
    world.advance(601)
    world.network.plan('/token', ...faults)
    t.strictSame(await readAtOnce([client], world, 40), { statuses: [200], refreshes: faults.length + 1 })
  }
})

t.test('A user who is offline or behind a captive portal stays signed in, and continues after it', async t => {
  const world = await createClientWorld(t)
  const client = await world.logIn()
  const portal = answerWith('<h1>Welcome</h1>', { status: 200, headers: { 'content-type': 'text/html' } })
  for (const [faults, error] of [
    [[loseAnswer, cut, cut], { name: 'TypeError', message: 'fetch failed' }],
    [[portal, portal, portal], { name: 'OAuthError', error: 'server_error', status: 200 }]
  ] as const) {
    world.advance(601)
    world.network.requests.length = 0
    world.network.plan('/token', ...faults)
    await t.rejects(client.fetch(`${world.url}/users/me`), error)
    t.equal(world.network.count('POST /token'), 3, 'three attempts, no more')
    t.match(await client.signedIn(), whoIsAlice)
    t.strictSame(await readAtOnce([client], world, 2), { statuses: [200], refreshes: 1 })
  }
})

t.test('Only invalid_grant signs out; other refusals of a refresh are reported and keep the login', async t => {
  const world = await createClientWorld(t)
  const client = await world.logIn()
  world.advance(601)
  const json = { 'content-type': 'application/json' }
  const busy = '{"error":"temporarily_unavailable","error_description":"Wait."}'
  const scenarios = [
    { status: 429, body: busy, headers: { 'retry-after': '3' }, error: 'temporarily_unavailable', retryAfter: 3 },
    { status: 503, body: busy, headers: { 'retry-after': '5' }, error: 'temporarily_unavailable', retryAfter: 5 },
    { status: 401, body: '{"error":"invalid_client"}', error: 'invalid_client' },
    { status: 400, body: '{"error":"unauthorized_client"}', error: 'unauthorized_client' }
  ]
  for (const { status, body, headers, error, retryAfter } of scenarios) {
    world.network.requests.length = 0
    world.network.plan('/token', answerWith(body, { status, headers: { ...json, ...headers } }))
    const refused = await client.fetch(`${world.url}/users/me`).catch((error: OAuthError) => error)
    t.match(refused, { name: 'OAuthError', error, status, retryAfter }, error)
    t.strictSame(world.network.requests, ['POST /token'], 'it is not retried at once')
    t.match(await client.signedIn(), whoIsAlice, error)
  }
  t.strictSame(await readAtOnce([client], world, 2), { statuses: [200], refreshes: 1 })
})

t.test('Requests use the old token during a refresh until it expires, and wait only then', async t => {
  const world = await createClientWorld(t)
  const client = await world.logIn()
  world.advance(595)
  let answerAtLast = () => {}
  const hung = new Promise<void>(resolve => {
    answerAtLast = resolve
  })
  world.network.plan('/token', send => hung.then(send))
  const inTime = <T>(result: Promise<T>) => Promise.race([result, delay(2000, 'too late', { ref: false })])
  t.strictSame(await inTime(readAtOnce([client], world, 40)), { statuses: [200], refreshes: 1 })
  world.advance(6)
  const next = client.fetch(`${world.url}/users/me`)
  t.equal(await Promise.race([next, delay(100, 'it waits')]), 'it waits')
  answerAtLast()
  t.match(await next, { status: 200 })
  t.equal(world.network.count('POST /token'), 1)
  t.equal(world.network.count('GET /users/me'), 41, 'and no request was refused')
  t.strictSame(await readAtOnce([client], world, 1), { statuses: [200], refreshes: 0 }, 'the late tokens are stored')
})

t.test('A failed refresh fails no request while the token still works, and the next request retries', async t => {
  const world = await createClientWorld(t)
  const client = await world.logIn()
  world.advance(580)
  for (const faults of [[answerWith('', { status: 503 })], [cut, loseAnswer, cut]]) {
    world.network.plan('/token', ...faults)
    const { statuses, refreshes } = await readAtOnce([client], world, 40)
    t.strictSame(statuses, [200])
    t.ok(refreshes >= 1 && refreshes <= faults.length, `${refreshes}`)
    while (world.network.count('POST /token') < faults.length) await delay(10)
  }
  const stored = world.nextStored()
  t.strictSame(await readAtOnce([client], world, 40), { statuses: [200], refreshes: 1 })
  await stored
  t.strictSame(await readAtOnce([client], world, 1), { statuses: [200], refreshes: 0 })
})

t.test('An ended session is forgotten even while its access token still works', async t => {
  const world = await createClientWorld(t)
  const client = await world.logIn()
  world.advance(580)
  world.network.plan('/token', answerWith('{"error":"invalid_grant"}', { status: 400 }))
  const ended = new Promise<void>(resolve => client.onChange(who => void (who ?? resolve())))
  t.strictSame(await readAtOnce([client], world, 1), { statuses: [200], refreshes: 1 })
  await ended
  t.equal(await client.signedIn(), undefined)
})

t.test('A sign-out or sign-in during a refresh stands', async t => {
  const world = await createClientWorld(t)
  await createUser(world.app, 'bob')
  const [signsOut, signsIn] = [
    (client: Client) => client.signOut(),
    (client: Client) => client.signIn({ username: 'bob', password })
  ]
  const refusal = answerWith('{"error":"invalid_grant"}', { status: 400 })
  const scenarios = [
    { name: 'out, and new tokens come', act: signsOut, answer: undefined, who: undefined },
    { name: 'in, and new tokens come', act: signsIn, answer: undefined, who: { username: 'bob', scope: 'me' } },
    { name: 'out, and a refusal comes', act: signsOut, answer: refusal, who: undefined },
    { name: 'in, and a refusal comes', act: signsIn, answer: refusal, who: { username: 'bob', scope: 'me' } }
  ]
  for (const { name, act, answer, who } of scenarios) {
    for (const seconds of [580, 601]) {
      const client = await world.logIn()
      world.advance(seconds)
      const acted = new Promise<void>(resolve => {
        world.network.plan('/token', async send => {
          const answered = await (answer ?? (send => send()))(send)
          await act(world.open())
          resolve()
          return answered
        })
      })
      await client.fetch(`${world.url}/users/me`)
      // While the token works, the request does not wait for the outcome of the refresh.
      await acted
      await delay(20)
      t.match(await client.signedIn(), who, `${name}, ${seconds} seconds later`)
    }
  }
})

t.test('A request of one user is not sent in the name of the next', async t => {
  const world = await createClientWorld(t)
  await createUser(world.app, 'bob')
  const [tab, other] = [await world.logIn(), world.open()]
  const change = { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: '{"full_name":"Alice"}' }
  world.network.plan('/users/me', async send => {
    const answer = await send()
    await other.signOut()
    await other.signIn({ username: 'bob', password })
    return answer
  })
  world.advanceServer(601)
  t.equal((await tab.fetch(`${world.url}/users/me`, change)).status, 401)
  t.match(await (await tab.fetch(`${world.url}/users/me`)).json(), { username: 'bob', full_name: null })
})

t.test('A login without a refresh token is kept until its access token expires (RFC 6749 §5.1)', async t => {
  const world = await createClientWorld(t)
  const registration = { name: 'once', confidential: false, grants: ['password'], scopes: ['me'] }
  const { client: registered } = await world.app.clientAdmin.create(registration)
  const options = { clientId: registered.id }
  const client = await world.logIn(options)
  const invalidToken = answerWith('', { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } })
  world.network.plan('/users/me', invalidToken)
  t.strictSame(await readAtOnce([client], world, 1), { statuses: [401], refreshes: 0 })
  t.match(await client.signedIn(), whoIsAlice, 'a refusal by another API does not sign out')
  world.advance(599)
  t.strictSame(await readAtOnce([client], world, 2), { statuses: [200], refreshes: 0 })
  world.advance(2)
  t.strictSame(await readAtOnce([client], world, 1), { statuses: [401], refreshes: 0 })
  t.equal(await client.signedIn(), undefined)

  const again = await world.logIn(options)
  t.equal(await again.signOut(), true, 'by its access token (RFC 7009 §2.1)')
  t.equal(world.network.count('POST /revoke'), 1)
})

t.test('No refresh changes when a login ends (draft-ietf-oauth-refresh-token-expiration §6.1)', async t => {
  const world = await createClientWorld(t, { sessionTtl: 7200 })
  const endsAt = Date.now() + 7_200_000
  const client = await world.logIn()
  t.strictSame(await client.signedIn(), { ...whoIsAlice, endsAt })
  const heard: unknown[] = []
  const stop = client.onChange(who => heard.push(who))
  world.advance(601)
  // A response takes some of a second, which the next one may round off in another way.
  world.advance(0.4)
  t.equal((await client.fetch(`${world.url}/users/me`)).status, 200)
  t.strictSame(await client.signedIn(), { ...whoIsAlice, endsAt })
  t.strictSame(heard, [{ ...whoIsAlice, endsAt }])
  stop()
  const tokens = { access_token: 'token', token_type: 'Bearer', expires_in: 600, scope: 'me' }
  world.network.plan('/token', async () => Response.json(tokens))
  t.strictSame(await client.signIn({ username: 'alice', password }), whoIsAlice, 'a server that does not say')
})
