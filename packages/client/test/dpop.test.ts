import type { webcrypto } from 'node:crypto'
import { decodeJwt } from 'jose'
import t from 'tap'
import { createUser, password } from '../../../test/support/app.ts'
import type { Client, SignedIn } from '../src/index.ts'
import { createBoundWorld } from './support/bound-client.ts'
import { answers, enrolAlice } from './support/client-second-factor.ts'
import { answerWith, cut, loseAnswer } from './support/network.ts'
import { installLocks } from './support/web-locks.ts'

const alice = { username: 'alice', password }
const metadata = 'GET /.well-known/oauth-authorization-server'
const me = async (client: Client, url: string) => (await client.fetch(`${url}/users/me`)).status

type App = Awaited<ReturnType<typeof createBoundWorld>>['app']

/** The number of the logins of alice on the server. */
async function loginsAt(app: App): Promise<number> {
  const { id } = await app.userAdmin.byIdOrName('alice')
  return (await app.sessions.ofUser(id)).length
}

/** Resolves when alice has no login on the server, which the client ends in the background. */
async function untilEnded(app: App): Promise<void> {
  while ((await loginsAt(app)) > 0) await new Promise(setImmediate)
}

t.test(
  'A login is bound to a key that cannot be exported, and every request proves it (RFC 9449 §5, §7.1)',
  async t => {
    const { url, open, sent, stored, indexedDb } = await createBoundWorld(t)
    const client = open()
    t.match(await client.signIn(alice), { username: 'alice', scope: 'me' })
    t.strictSame(sent(), [metadata, 'POST /token proof'], 'the metadata have the nonce, so nothing is refused')
    const { jkt, accessToken } = stored()
    t.strictSame(decodeJwt(accessToken).cnf, { jkt })
    const [pair] = [...indexedDb.values.values()] as webcrypto.CryptoKeyPair[]
    t.equal(pair?.privateKey.extractable, false)
    await t.rejects(crypto.subtle.exportKey('jwk', pair?.privateKey as webcrypto.CryptoKey))

    t.equal(await me(client, `${url}`), 200)
    const inTokenOf = await client.fetch(`${url}/users/me?a=b#c`)
    t.equal(inTokenOf.status, 200, 'a proof is for the URL without its query (RFC 9449 §4.2)')
    t.strictSame(sent(), ['GET /users/me DPoP', 'GET /users/me DPoP'])
  }
)

t.test('A copy of the storage without the key can neither refresh nor read', async t => {
  const { app, url, open, values, storage, indexedDb, logIn } = await createBoundWorld(t)
  await logIn()
  const copied = new Map(values)
  const copy = { ...storage, get: (key: string) => copied.get(key), remove: (key: string) => copied.delete(key) }
  indexedDb.values.clear()
  const thief = open({ storage: copy })
  t.ok(await thief.signedIn())
  const { accessToken, refreshToken } = JSON.parse([...copied.values()].join())
  const bearer = await fetch(`${url}/users/me`, { headers: { authorization: `Bearer ${accessToken}` } })
  t.equal(bearer.status, 401)
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken })
  t.equal((await fetch(`${url}/token`, { method: 'POST', body })).status, 400)
  t.equal(await loginsAt(app), 1, 'the owner stays logged in')
  t.equal(await me(thief, url), 401)
  t.equal(await thief.signedIn(), undefined)
  await untilEnded(app)
})

t.test('A login that is bound lasts over reloads, refreshes and tabs', async t => {
  installLocks(t)
  const { url, open, sent, advance, logIn, indexedDb, network } = await createBoundWorld(t)
  await logIn()
  const tabs = [open(), open()] as const
  sent()
  for (let round = 0; round < 3; round++) {
    network.requests.length = 0
    t.strictSame(await Promise.all(tabs.map(tab => me(tab, url))), [200, 200])
    advance(601)
  }
  network.requests.length = 0
  advance(601)
  t.strictSame(await Promise.all([...tabs, ...tabs].map(tab => me(tab, url))), [200, 200, 200, 200])
  t.equal(network.count('POST /token'), 2, 'one refresh, and one that learns the nonce')
  t.equal(indexedDb.values.size, 1)
  t.notMatch(sent(), [metadata], 'a bound login asks for no metadata')
})

t.test('Tabs that log in at once, and several accounts, share the key of the first', async t => {
  const { app, url, open, indexedDb } = await createBoundWorld(t)
  await createUser(app, 'bob')
  const tabs = [open(), open()]
  await Promise.all(tabs.map(tab => tab.signIn(alice)))
  for (const tab of [...tabs, open()]) t.equal(await me(tab, url), 200)
  const client = open()
  await client.signIn({ username: 'bob', password })
  t.match(await (await client.fetch(`${url}/users/me`)).json(), { username: 'bob' })
  t.equal(indexedDb.values.size, 1)
  t.equal(await client.signOut(), true)
})

t.test('A login of an earlier version is bound at its next refresh (RFC 9449 §5)', async t => {
  const { url, open, sent, stored, values, advance, logIn } = await createBoundWorld(t)
  await logIn({ dpop: false })
  t.strictSame(sent(), ['POST /token'])
  for (const [name, text] of values) {
    const { endsAt, jkt, ...login } = JSON.parse(text)
    t.equal(jkt, undefined)
    values.set(name, JSON.stringify(login))
  }
  const client = open()
  t.equal(await me(client, url), 200)
  t.strictSame(sent(), ['GET /users/me Bearer'])
  advance(601)
  t.equal(await me(client, url), 200)
  t.strictSame(sent(), [metadata, 'POST /token proof', 'GET /users/me DPoP'])
  t.match(decodeJwt(stored().accessToken).cnf, { jkt: stored().jkt })
  t.ok(stored().endsAt)
})

t.test('A token for an API binds the login too, also when the answer is lost (RFC 8707)', async t => {
  const api = 'https://api.example.com'
  const { url, open, stored, logIn, network } = await createBoundWorld(t, { resources: [`${api} me`] })
  await logIn({ dpop: false })
  const client = open()
  network.plan('/token', loseAnswer)
  t.match(decodeJwt(String(await client.tokenFor(api))).cnf, { jkt: stored().jkt })
  t.equal(await me(client, url), 200)
  t.match(decodeJwt(stored().accessToken).cnf, { jkt: stored().jkt }, 'its own token is replaced')
})

t.test('With dpop: false, a login that is bound keeps its key, and new ones are not bound', async t => {
  const { url, open, sent, stored, advance, logIn } = await createBoundWorld(t)
  await logIn()
  const client = open({ dpop: false })
  for (let round = 0; round < 2; round++) {
    t.equal(await me(client, url), 200)
    advance(601)
  }
  t.ok(stored().jkt)
  sent()
  await client.signIn(alice)
  t.equal(await me(client, url), 200)
  t.strictSame(sent(), ['POST /token', 'POST /revoke', 'GET /users/me Bearer'])
  t.equal(stored().jkt, undefined)
  t.equal(await client.signOut(), true)
})

t.test('A server that does not announce DPoP gets no proofs, and has bearer logins (RFC 9449 §5.1)', async t => {
  const { url, sent, stored, advance, logIn } = await createBoundWorld(t, { dpop: 'off' })
  const client = await logIn()
  t.equal(await me(client, url), 200)
  advance(601)
  t.equal(await me(client, url), 200)
  t.strictSame(sent(), [metadata, 'POST /token', 'GET /users/me Bearer', 'POST /token', 'GET /users/me Bearer'])
  t.equal(stored().jkt, undefined)
})

t.test('A server that announces DPoP, and ignores the proof, has bearer logins', async t => {
  const { url, network, open, sent, stored } = await createBoundWorld(t)
  const client = open()
  const tokens = { access_token: 'h.e30.s', token_type: 'Bearer', expires_in: 600, scope: 'me' }
  network.plan('/token', async () => Response.json(tokens))
  await client.signIn(alice)
  network.plan('/users/me', answerWith('{}'))
  t.equal(await me(client, url), 200)
  t.strictSame(sent(), [metadata, 'POST /token proof', 'GET /users/me Bearer'])
  t.equal(stored().jkt, undefined)
})

t.test('Metadata that cannot be read leaves the login unbound until its next refresh', async t => {
  const { url, network, logIn, stored, advance } = await createBoundWorld(t)
  for (const fault of [cut, answerWith('<h1>Sign in to the Wi-Fi</h1>'), answerWith('', { status: 503 })]) {
    network.plan('/.well-known/oauth-authorization-server', fault)
    const client = await logIn()
    t.equal(stored().jkt, undefined)
    advance(601)
    t.equal(await me(client, url), 200)
    t.ok(stored().jkt)
  }
})

t.test(
  'A server at another URL than its issuer has bearer logins, because a proof is for one URL (RFC 9449 §4.3)',
  async t => {
    const { url, logIn, stored } = await createBoundWorld(t)
    const other = url.replace('127.0.0.1', 'localhost')
    const client = await logIn({ url: other })
    t.equal(await me(client, other), 200)
    t.equal(stored().jkt, undefined)
  }
)

t.test('Every kind of login, a step-up and a change of the password prove the key', async t => {
  const world = await createBoundWorld(t)
  const { url, open, sent, stored, advance } = world
  const { code } = await enrolAlice(world)
  const client = open()
  const who: SignedIn = { username: 'alice', scope: 'me' }
  sent()
  t.match(await client.signIn({ ...alice, secondFactor: () => ({ otp: code() }) }), who)
  t.strictSame(
    sent().slice(-2),
    ['POST /authorize-challenge proof', 'POST /token proof'],
    'the auth session and the code are bound'
  )
  const { jkt } = stored()
  t.ok(jkt)
  advance(301)
  t.match(await client.stepUp({ maxAge: 300, ...answers(() => ({ otp: code() })) }), who)
  t.strictSame(sent(), [
    'POST /token proof',
    'POST /token proof',
    'POST /authorize-challenge proof',
    'POST /token proof',
    'POST /token proof'
  ])
  const next = 'purple monkey dishwasher lamp'
  t.match(await client.changePassword({ currentPassword: password, newPassword: next }), who)
  t.strictSame(sent(), ['PUT /users/me/password DPoP'])
  t.equal(stored().jkt, jkt)
  t.equal(await me(client, url), 200)
  await t.rejects(client.changePassword({ currentPassword: password, newPassword: next }), {
    name: 'ProblemError'
  })
  sent()
  t.equal(await client.signOut(), true)
  t.strictSame(sent(), ['POST /revoke'], 'to end a login needs no proof')
})

t.test('A nonce that has ended is replaced by the one of the answer, once (RFC 9449 §8, §9)', async t => {
  const { url, logIn, proofs, sent, advance, network } = await createBoundWorld(t, { accessTokenTtl: 3600 })
  const client = await logIn()
  t.equal(await me(client, url), 200)
  proofs()
  advance(600)
  const body = JSON.stringify({ full_name: 'Alice' })
  const headers = { 'content-type': 'application/json' }
  const request = new Request(`${url}/users/me`, { method: 'PATCH', headers, body })
  t.match(await (await client.fetch(request)).json(), { full_name: 'Alice' }, 'the body is sent again')
  const [first, second, ...more] = proofs()
  t.not(first?.nonce, second?.nonce)
  t.not(first?.jti, second?.jti)
  t.strictSame(more, [])
  advance(600)
  sent()
  t.ok(await client.changePassword({ currentPassword: password, newPassword: 'purple monkey dishwasher lamp' }))
  t.strictSame(sent(), ['PUT /users/me/password DPoP', 'PUT /users/me/password DPoP'], 'a change of the password too')

  const refused = answerWith('', { status: 401, headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"' } })
  network.plan('/users/me', refused)
  t.equal(await me(client, url), 401, 'without another nonce, a second proof would be refused too')
  t.equal(proofs().length, 1)
  const endless = (nonce: string) =>
    answerWith('', {
      status: 401,
      headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': nonce }
    })
  network.plan('/users/me', ...['a', 'b', 'c', 'd'].map(endless))
  t.equal(await me(client, url), 401)
  t.equal(proofs().length, 3, 'a server that never accepts one gets three proofs')
})

t.test('Metadata from a cache, with a nonce that has ended or without one, cost one more request', async t => {
  const { network, open, sent, stored } = await createBoundWorld(t)
  for (const headers of [{ 'dpop-nonce': '1.ended' }, {}]) {
    network.plan(
      '/.well-known/oauth-authorization-server',
      async send => new Response((await send()).body, { headers })
    )
    await open({ storage: undefined }).signIn(alice)
    t.strictSame(sent(), [metadata, 'POST /token proof', 'POST /token proof'])
  }
  t.strictSame([stored()], [null], 'in memory')
})

t.test('A wrong clock is corrected by the Date of the answer (RFC 9449 §11.1)', async t => {
  for (const seconds of [-3600, 3600]) {
    const { url, open, proofs, advanceServer, network, logIn } = await createBoundWorld(t)
    advanceServer(seconds)
    const client = await logIn()
    t.equal(await me(client, url), 200)
    const times = proofs().map(({ iat }) => Number(iat))
    t.equal(times.length, 3)
    t.ok(Math.abs(Number(times[1]) - Number(times[0]) - seconds) < 2)

    const refused = answerWith('', { status: 401, headers: { 'www-authenticate': 'DPoP error="invalid_dpop_proof"' } })
    network.plan('/users/me', refused)
    t.equal(await me(client, url), 401, 'a proof that is refused for another reason is not sent again')
    t.equal(proofs().length, 1)
    network.plan('/token', answerWith('{"error":"invalid_dpop_proof"}', { status: 400 }))
    await t.rejects(open({ fetch: network.fetch }).signIn(alice), /status 400/, 'nor without a Date')
    t.ok(await open().signedIn())
    advanceServer(60)
    t.strictSame(await Promise.all([1, 2, 3].map(() => me(client, url))), [200, 200, 200], 'all requests on their way')
  }
})

t.test('A login whose key is lost ends, here and on the server, and is reported', async t => {
  const { app, url, open, logIn, sent, indexedDb, values } = await createBoundWorld(t)
  const heard: unknown[] = []
  const former = await logIn()
  indexedDb.values.clear()
  t.equal(await me(former, url), 200, 'a page that is open has the key')
  const client = open()
  client.onChange(who => heard.push(who?.username))
  sent()
  t.equal(await me(client, url), 401)
  t.equal(values.size, 0)
  t.strictSame(heard, ['alice', undefined])
  t.strictSame(sent(), ['POST /revoke', 'GET /users/me'], 'without a token, which the server would refuse')
  await untilEnded(app)
  await client.signIn(alice)
  t.equal(await me(client, url), 200)
  t.equal(await me(former, url), 200, 'a page with the former key reads the new one')
})

t.test('Every use of a login whose key is lost ends it, also one without a refresh token', async t => {
  const api = 'https://api.example.com'
  const uses: [name: string, (client: Client) => Promise<unknown>][] = [
    ['a token for an API', client => client.tokenFor(api)],
    ['a step-up', client => client.stepUp({ maxAge: 300, secondFactor: () => undefined })],
    [
      'a change of the password',
      client => client.changePassword({ currentPassword: password, newPassword: 'purple monkey lamp' })
    ]
  ]
  const { app, url, open, logIn, indexedDb, values, stored } = await createBoundWorld(t, {
    dpop: 'required',
    resources: [`${api} me`]
  })
  for (const [name, use] of uses) {
    await logIn()
    indexedDb.values.clear()
    const client = open()
    t.equal(await use(client), undefined, name)
    t.equal(await client.signedIn(), undefined, name)
    await untilEnded(app)
  }
  await logIn()
  indexedDb.values.clear()
  const { refreshToken, ...login } = stored()
  t.ok(refreshToken)
  for (const name of values.keys()) values.set(name, JSON.stringify(login))
  const client = open()
  t.equal(await me(client, url), 401)
  t.equal(await client.signedIn(), undefined)
  await untilEnded(app)
})

t.test('A key that cannot be read now keeps the login', async t => {
  const api = 'https://api.example.com'
  const { app, url, open, logIn, indexedDb } = await createBoundWorld(t, { resources: [`${api} me`] })
  await logIn()
  const client = open()
  indexedDb.isDenied = true
  await t.rejects(client.fetch(`${url}/users/me`), /InvalidStateError/)
  await t.rejects(client.tokenFor(api), /InvalidStateError/)
  t.ok(await client.signedIn())
  t.equal(await loginsAt(app), 1)
  indexedDb.isDenied = false
  t.equal(await me(client, url), 200)
})
