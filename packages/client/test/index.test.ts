import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { bearer, createUser, logIn, password } from '../../../test/support/app.ts'
import { startSite } from '../../../test/support/site.ts'
import { createClient, OAuthError, type SignedIn } from '../src/index.ts'
import { createClientWorld } from './support/client-world.ts'
import { answerWith, cut, type Fault } from './support/network.ts'

const alice = { username: 'alice', password }
const whoIsAlice = { username: 'alice', scope: 'me' }

/** A third party's server, which answers with `status` and `headers`, and the requests it received. */
async function startStranger(t: Test, status = 200, headers: Record<string, string> = {}) {
  const received: { url: string; authorization: string | undefined }[] = []
  const url = await startSite(t, ({ url = '', headers: { authorization } }, response) => {
    received.push({ url, authorization })
    response.writeHead(status, headers).end()
  })
  return { url, received }
}

/** The error that a call rejected with. */
const rejection = (call: Promise<unknown>) =>
  call.then(
    () => 'nothing',
    (error: unknown) => error
  )

t.test('By default the login is in memory, and each call uses the global fetch', async t => {
  const { url } = await createClientWorld(t)
  const client = createClient({ url: `${url}/` })
  await client.signIn(alice)
  t.equal((await client.fetch(`${url}/users/me`)).status, 200)
  t.equal(await createClient({ url }).signedIn(), undefined, 'and not shared with another client')
  t.equal(await client.signOut(), true)
  t.equal(await client.signedIn(), undefined)
  const tokens = { access_token: 'a', expires_in: 600, scope: 'me' }
  t.intercept(globalThis, 'fetch', { value: async () => Response.json(tokens) })
  await client.signIn(alice)
  t.strictSame(await (await client.fetch(`${url}/users/me`)).json(), tokens)
})

t.test('A refused login is an OAuthError (RFC 6749 §5.2)', async t => {
  const { open, network } = await createClientWorld(t)
  const html = { 'content-type': 'text/html' }
  const noServer = { error: 'server_error', retryAfter: undefined }
  const busy = { error: 'temporarily_unavailable' }
  const wrong = { error: 'invalid_grant', description: 'The username or the password is wrong.' }
  const slow = { ...busy, description: 'Unexpected response from the token server (status 429).', retryAfter: 7 }
  const refusal = (status: number, body: string, headers = html as Record<string, string>) =>
    answerWith(body, { status, headers })
  const date = refusal(503, '', { 'retry-after': 'Sat, 31 Jan 2026 12:00:00 GMT' })
  const scenarios: [name: string, form: object, Fault | undefined, status: number, expected: object][] = [
    ['a wrong password', { password: 'a wrong password' }, undefined, 400, { ...wrong, retryAfter: undefined }],
    ['an unknown scope', { scope: 'everything' }, undefined, 400, { error: 'invalid_scope', retryAfter: undefined }],
    ['a proxy that limits', {}, refusal(429, 'Slow down', { 'retry-after': '7' }), 429, slow],
    ['Retry-After in a form that is not supported', {}, date, 503, { ...busy, retryAfter: undefined }],
    ['a proxy without a server', {}, refusal(502, '<h1>Bad Gateway</h1>'), 502, noServer],
    ['a captive portal', {}, refusal(200, '<h1>Welcome</h1>'), 200, noServer],
    ['JSON that is not an answer', {}, refusal(200, '{}'), 200, noServer]
  ]
  for (const [name, form, fault, status, expected] of scenarios) {
    if (fault) network.plan('/token', fault)
    const client = open()
    const refused = (await rejection(client.signIn({ ...alice, ...form }))) as OAuthError
    t.ok(refused instanceof OAuthError, name)
    t.match({ ...refused, status: refused.status }, { name: 'OAuthError', status, ...expected }, name)
    t.equal(refused.message, refused.description, name)
    t.equal(await client.signedIn(), undefined, name)
  }
})

t.test('A registered client sends its id and stores its login separately (RFC 6749 §3.2.1)', async t => {
  const { app, url, open } = await createClientWorld(t)
  const registration = { name: 'web', confidential: false, grants: ['password', 'refresh_token'], scopes: ['me'] }
  const { client: registered } = await app.clientAdmin.create(registration)
  const client = open({ clientId: registered.id })
  await client.signIn(alice)
  const sessions = await client.fetch(`${url}/users/me/sessions`)
  t.match(await sessions.json(), { items: [{ client_id: registered.id }] })
  t.equal(await open().signedIn(), undefined)
  t.equal(await client.signOut(), true)
})

t.test('Signing out ends the session on the server and forgets the login (RFC 7009)', async t => {
  const { url, open, logIn, values, network } = await createClientWorld(t)
  const client = await logIn()
  const { accessToken } = JSON.parse([...values.values()].join())
  t.equal(await client.signOut(), true)
  t.equal(await client.signedIn(), undefined)
  t.strictSame([...values], [])
  t.equal((await fetch(`${url}/users/me`, { headers: bearer(accessToken) })).status, 401)

  network.requests.length = 0
  t.equal(await open().signOut(), true, 'without a login there is nothing to do')
  t.strictSame(network.requests, [])
})

t.test('Signing in ends the session that was stored before, since nothing else could', async t => {
  const { app, logIn, open, network } = await createClientWorld(t)
  const { id } = await createUser(app, 'bob')
  const former = await app.userAdmin.byIdOrName('alice')
  const client = await logIn()
  const revoked = new Promise<void>(resolve => {
    network.plan('/revoke', async send => {
      const answer = await send()
      resolve()
      return answer
    })
  })
  await client.signIn({ username: 'bob', password })
  await Promise.race([revoked, delay(2000, undefined, { ref: false })])
  t.strictSame(await app.sessions.ofUser(former.id), [])
  t.equal((await app.sessions.ofUser(id)).length, 1)

  await t.test('A sign-in neither waits for that end nor fails with it', async t => {
    const hung: Fault = async () => await new Promise(() => {})
    for (const fault of [cut, hung]) {
      network.plan('/revoke', fault)
      t.match(await client.signIn(alice), whoIsAlice)
    }
    t.match(await client.signedIn(), whoIsAlice)
  })

  network.requests.length = 0
  await open({ storage: undefined, dpop: false }).signIn(alice)
  t.strictSame(network.requests, ['POST /token'], 'without a request if no session was stored')
})

t.test('Signing out forgets the login and reports it even if the server cannot be reached', async t => {
  const { logIn, values, network } = await createClientWorld(t)
  for (const fault of [cut, answerWith('', { status: 503 })]) {
    const client = await logIn()
    network.plan('/revoke', fault)
    t.equal(await client.signOut(), false)
    t.strictSame([...values], [])
    t.equal(await client.signedIn(), undefined)
  }
})

t.test('The token is sent to the server and to the named origins only, and other origins get nothing', async t => {
  const { url, logIn } = await createClientWorld(t)
  const [api, stranger] = [await startStranger(t), await startStranger(t)]
  const client = await logIn({ origins: [`${api.url}/v1/`] })
  const scenarios: [string, boolean][] = [
    [`${url}/users/me`, true],
    [`${api.url}/orders`, true],
    [stranger.url, false],
    // The same host under another name, scheme or port is another origin (RFC 6454 §4).
    [api.url.replace('127.0.0.1', 'localhost'), false],
    [api.url.replace('http:', 'https:'), false],
    [`${stranger.url}/?${url}`, false],
    [`${stranger.url}/#@${new URL(url).host}`, false],
    ['data:text/plain,x', false]
  ]
  for (const [target, isAllowed] of scenarios) {
    const result = client.fetch(target, { method: 'POST', body: 'x' })
    if (isAllowed) await t.resolves(result, target)
    else {
      const { origin } = new URL(target)
      const message = `${origin} is not in the origins of the client: add it, or use the global fetch.`
      await t.rejects(result, { message }, target)
    }
  }
  t.match(api.received, [{ url: '/orders', authorization: /^Bearer / }])
  t.strictSame(stranger.received, [])
})

t.test('A redirect to another origin drops the token (Fetch §4.4)', async t => {
  const stranger = await startStranger(t)
  const api = await startStranger(t, 302, { location: `${stranger.url}/elsewhere` })
  const { logIn } = await createClientWorld(t)
  const client = await logIn({ origins: [api.url] })
  await client.fetch(`${api.url}/orders`)
  t.match(api.received, [{ authorization: /^Bearer / }])
  t.strictSame(stranger.received, [{ url: '/elsewhere', authorization: undefined }])
})

t.test('No redirect forwards the password or the refresh token (RFC 9110 §15.4.8)', async t => {
  const stranger = await startStranger(t)
  const redirecting = await startStranger(t, 307, { location: stranger.url })
  await t.rejects(createClient({ url: redirecting.url }).signIn(alice), TypeError)
  t.strictSame(
    redirecting.received.map(({ url, authorization }) => [url, authorization]),
    [
      ['/.well-known/oauth-authorization-server', undefined],
      ['/token', undefined]
    ]
  )
  t.strictSame(stranger.received, [])
})

t.test('A URL without an origin is refused when the client is created', async t => {
  const url = 'https://auth.example.com'
  for (const wrong of ['', '/auth', 'auth.example.com', 'localhost:3000', 'https://', 'file:///etc', '*', 'null']) {
    const message = `Invalid URL "${wrong}": expected a URL such as https://auth.example.com.`
    t.throws(() => createClient({ url: wrong }), { name: 'TypeError', message })
    t.throws(() => createClient({ url, origins: [wrong] }), { name: 'TypeError', message })
  }
  t.throws(() => createClient({ url: 'https://no host' }), { name: 'TypeError' })
})

t.test('The fetch of a client takes all arguments, and sends a body again after a refused token', async t => {
  const { url, logIn, advance, network } = await createClientWorld(t)
  const client = await logIn()
  const headers = { 'content-type': 'application/json' }
  const bodies: [string, (name: string) => Parameters<typeof fetch>][] = [
    ['a URL and a text', name => [new URL(`${url}/users/me`), { method: 'PATCH', headers, body: name }]],
    ['a Request', name => [new Request(`${url}/users/me`, { method: 'PATCH', headers, body: name })]],
    [
      'a Request and other headers',
      name => [new Request(`${url}/users/me`, { method: 'PATCH', body: name }), { headers: new Headers(headers) }]
    ]
  ]
  for (const [name, argumentsFor] of bodies) {
    network.plan('/users/me', async send => {
      // The token expires on the way to the server.
      advance(601)
      return await send()
    })
    network.requests.length = 0
    const answer = await client.fetch(...argumentsFor(JSON.stringify({ full_name: name })))
    t.match(await answer.json(), { full_name: name }, name)
    t.strictSame(network.requests, ['PATCH /users/me', 'POST /token', 'PATCH /users/me'], name)
  }
})

t.test('A stream is neither read ahead nor kept, and not sent again after a refused token', async t => {
  const { url, logIn, advance, advanceServer, network } = await createClientWorld(t)
  const bodies: unknown[] = []
  const client = await logIn({
    fetch(input, init) {
      bodies.push(init?.body)
      return network.fetch(input, init)
    }
  })
  const headers = { 'content-type': 'application/json' }
  const streams = [
    () => new Blob(['{"full_name":"Alice"}']).stream(),
    async function* () {
      yield new TextEncoder().encode('{"full_name":"Alice"}')
    }
  ]
  for (const createStream of streams) {
    const upload = async () => {
      const body = createStream()
      const init = { method: 'PATCH', headers, body, duplex: 'half' }
      network.requests.length = 0
      const { status } = await client.fetch(`${url}/users/me`, init as RequestInit)
      t.equal(bodies.at(-1) === body, status === 200 && network.requests.at(-1) === 'PATCH /users/me')
      return status
    }
    advance(601)
    t.equal(await upload(), 200)
    t.strictSame(network.requests, ['POST /token', 'PATCH /users/me'], 'an expiring token is replaced first')
    advanceServer(601)
    t.equal(await upload(), 401)
    t.strictSame(network.requests, ['PATCH /users/me', 'POST /token'])
    t.equal(await upload(), 200, 'the caller sends a new stream')
    advanceServer(-601)
  }
})

t.test('Requests for another fetch are plain values, or a Request of its own', async t => {
  const { url, logIn, advanceServer } = await createClientWorld(t)
  // The package `undici` has its own Request class.
  const OtherRequest = Request
  t.intercept(globalThis, 'Request', { value: class extends Request {} })
  const otherFetch: typeof fetch = async (input, init) => {
    if (input instanceof Request) throw new TypeError('Failed to parse URL from [object Request]')
    return await fetch(input, init)
  }
  const client = await logIn({ fetch: otherFetch })
  const change = { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: '{"full_name":"Alice"}' }
  const target = `${url}/users/me`
  for (const input of [target, new URL(target), new OtherRequest(target, change)]) {
    advanceServer(601)
    t.equal((await client.fetch(input, change)).status, 200)
  }
  t.equal(
    (await client.fetch(target, new OtherRequest(url, change))).status,
    200,
    'a Request as the second argument too'
  )
})

t.test('An aborted request does not wait for a new token (Fetch §4)', async t => {
  const { url, logIn, advance, network } = await createClientWorld(t)
  const client = await logIn()
  advance(601)
  const [leaving, reason] = [new AbortController(), new Error('the caller has left')]
  network.plan('/token', async () => {
    leaving.abort(reason)
    return await new Promise(() => {})
  })
  t.equal(await rejection(client.fetch(`${url}/users/me`, { signal: leaving.signal })), reason)

  network.requests.length = 0
  t.equal(await rejection(client.fetch(`${url}/users/me`, { signal: AbortSignal.abort(reason) })), reason)
  t.strictSame(network.requests, [], 'nothing is sent for a request that is aborted already')
})

t.test('An answer that the caller does not receive is closed', async t => {
  const { url, logIn, network } = await createClientWorld(t)
  const client = await logIn()
  const refusal = { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }
  const [leaving, reason] = [new AbortController(), new Error('the caller has left')]
  let closed = 0
  const refuse = async () => {
    const cancel = async () => {
      closed++
      throw new Error('and it cannot be closed')
    }
    return new Response(new ReadableStream({ cancel }), refusal)
  }

  network.plan('/users/me', refuse)
  network.plan('/token', answerWith('', { status: 503 }))
  await t.rejects(client.fetch(`${url}/users/me`), { name: 'OAuthError', status: 503 })
  t.equal(closed, 1, 'when no new token can be had')

  network.plan('/users/me', async () => {
    leaving.abort(reason)
    return await refuse()
  })
  t.equal(await rejection(client.fetch(`${url}/users/me`, { signal: leaving.signal })), reason)
  t.equal(closed, 2, 'when the request is aborted')

  network.plan('/users/me', refuse)
  t.equal((await client.fetch(`${url}/users/me`)).status, 200)
  t.equal(closed, 3, 'when the request is sent again')
})

t.test('A listener gets the signed-in user, at once and after every change', async t => {
  const { app, url, open, advance, values } = await createClientWorld(t)
  await createUser(app, 'bob')
  const client = open()
  const heard: (SignedIn | undefined)[] = []
  const stop = client.onChange(who => heard.push(who))
  /** Waits for everything under way. */
  const settle = () => new Promise(resolve => setImmediate(resolve))

  await settle()
  t.strictSame(heard.splice(0), [undefined])
  await client.signIn(alice)
  await settle()
  t.match(heard.splice(0), [whoIsAlice])
  advance(601)
  t.equal((await client.fetch(`${url}/users/me`)).status, 200)
  await settle()
  t.strictSame(heard.splice(0), [], 'new tokens are not reported')
  await client.signIn({ username: 'bob', password })
  await settle()
  t.match(heard.splice(0), [{ username: 'bob', scope: 'me' }])
  await client.signOut()
  await settle()
  t.strictSame(heard.splice(0), [undefined])

  stop()
  await client.signIn(alice)
  await settle()
  t.strictSame(heard, [], 'until it unsubscribes')

  client.onChange(who => heard.push(who))()
  await settle()
  t.strictSame(heard, [], 'even before the first call')
  t.equal(values.size, 1)
})

t.test("A session that ended elsewhere gives the server's answer and notifies listeners", async t => {
  const { app, url, advance, ...world } = await createClientWorld(t)
  for (const [name, seconds] of [
    ['while the token is fresh', 0],
    ['when it has expired', 601]
  ] as const) {
    const client = await world.logIn()
    const heard: (SignedIn | undefined)[] = []
    const stop = client.onChange(who => heard.push(who))
    const other = await logIn(app)
    await fetch(`${url}/users/me/sessions`, { method: 'DELETE', headers: bearer(other.access_token) })
    advance(seconds)
    t.equal((await client.fetch(`${url}/users/me`)).status, 401, name)
    t.equal(await client.signedIn(), undefined, name)
    t.match(heard, [whoIsAlice, undefined], name)
    stop()
  }
})
