import t from 'tap'
import { createUser, password } from '../../../test/support/app.ts'
import { ProblemError } from '../src/index.ts'
import { createClientWorld } from './support/client-world.ts'
import { answerWith, cut, loseAnswer } from './support/network.ts'

const next = 'purple monkey dishwasher lamp'
const change = { currentPassword: password, newPassword: next }
const whoIsAlice = { username: 'alice', scope: 'me' }
const path = '/users/me/password'

/** The client's view of the server: the status of its next request. */
const status = async (client: { fetch: typeof fetch }, url: string) => (await client.fetch(`${url}/users/me`)).status

t.test('A client that changes the password keeps its user signed in, with new tokens', async t => {
  const { url, logIn, open, network, values } = await createClientWorld(t)
  const client = await logIn()
  const elsewhere = await logIn({ storage: undefined, dpop: false })
  const [before] = [...values.values()].map(text => JSON.parse(text))
  t.match(await client.changePassword(change), whoIsAlice)
  const [after] = [...values.values()].map(text => JSON.parse(text))
  t.not(after.accessToken, before.accessToken)
  t.not(after.refreshToken, before.refreshToken)
  t.equal(await status(client, url), 200)
  t.equal(await status(open(), url), 200, 'another tab')
  t.equal(network.count('POST /token'), 2, 'without a refresh')
  t.equal(await status(elsewhere, url), 401)
  t.equal(await elsewhere.signedIn(), undefined, 'every other login has ended')
})

t.test('A refused change is a ProblemError, and the user stays signed in (RFC 9457)', async t => {
  const { url, logIn, network } = await createClientWorld(t)
  const client = await logIn()
  await t.rejects(client.changePassword({ ...change, currentPassword: 'a wrong password' }), {
    name: 'ProblemError',
    status: 403,
    message: 'The current password is wrong.',
    errors: [{ pointer: '/current_password', detail: 'is wrong' }],
    retryAfter: undefined
  })
  await t.rejects(client.changePassword({ ...change, newPassword: 'short' }), {
    status: 400,
    errors: [{ pointer: '/new_password', reason: 'length' }]
  })
  network.plan(path, answerWith('Slow down', { status: 429, headers: { 'retry-after': '7' } }))
  const error = await client.changePassword(change).catch((thrown: unknown) => thrown)
  t.ok(error instanceof ProblemError)
  t.match(error, {
    status: 429,
    retryAfter: 7,
    errors: [],
    message: 'Unexpected response from the server (status 429).'
  })
  network.plan(path, cut)
  await t.rejects(client.changePassword(change), { message: 'fetch failed' })
  t.match(await client.signedIn(), whoIsAlice)
  t.equal(await status(client, url), 200)
})

t.test('Requests and refreshes at the same time end with the new login', async t => {
  const { url, logIn, network, advance } = await createClientWorld(t)
  const client = await logIn()
  network.plan(path, async send => {
    const answer = await send()
    // The server has ended the login that these requests still use.
    const during = Promise.all([status(client, url), status(client, url)])
    await new Promise(resolve => setTimeout(resolve, 50))
    waiting = during
    return answer
  })
  let waiting: Promise<number[]> | undefined
  t.match(await client.changePassword(change), whoIsAlice)
  t.strictSame(await waiting, [200, 200])
  t.equal(network.count('POST /token'), 1, 'no refresh token of the ended login was used')
  // Its token is about to expire, so a request begins a refresh, and the change waits for that.
  advance(575)
  const answers = [status(client, url), client.changePassword({ currentPassword: next, newPassword: `${next} 2` })]
  t.match(await Promise.all(answers), [200, whoIsAlice])
  t.equal(await status(client, url), 200)
})

t.test('An access token that has expired, or is refused, is replaced before the change', async t => {
  const { logIn, network, advance, advanceServer } = await createClientWorld(t)
  const client = await logIn()
  advance(601)
  t.match(await client.changePassword(change), whoIsAlice)
  t.strictSame(network.requests.slice(1), ['POST /token', `PUT ${path}`])
  advanceServer(601)
  t.match(await client.changePassword({ currentPassword: next, newPassword: `${next} 2` }), whoIsAlice)
  t.strictSame(network.requests.slice(3), [`PUT ${path}`, 'POST /token', `PUT ${path}`])
})

t.test('Without a login, nothing is sent, and an ended login is removed', async t => {
  const { app, open, logIn, network, advance } = await createClientWorld(t)
  t.equal(await open().changePassword(change), undefined)
  t.strictSame(network.requests, [])
  for (const seconds of [0, 601]) {
    const client = await logIn()
    await app.sessions.endAll((await app.userAdmin.byIdOrName('alice')).id)
    advance(seconds)
    t.equal(await client.changePassword(change), undefined)
    t.equal(await client.signedIn(), undefined)
  }
  t.equal(await (await logIn()).signOut(), true, 'the password has not changed')
})

t.test('A user who signs out or in before or during the change is not signed in again', async t => {
  for (const [during, isOther] of [
    [path, false],
    [path, true],
    ['/token', false],
    ['/token', true]
  ] as const) {
    const { app, logIn, network, open } = await createClientWorld(t, { resources: ['urn:orders me'] })
    await createUser(app, 'bob')
    const client = await logIn()
    const { id } = await app.userAdmin.byIdOrName('alice')
    network.plan(during, async send => {
      const answer = await send()
      const other = open({ fetch })
      if (isOther) await other.signIn({ username: 'bob', password })
      else await other.signOut()
      return answer
    })
    // The change waits for this token.
    const token = during === '/token' && client.tokenFor('urn:orders')
    t.equal(await client.changePassword(change), undefined)
    await token
    t.match(await client.signedIn(), isOther ? { ...whoIsAlice, username: 'bob' } : undefined)
    t.equal(network.count(`PUT ${path}`), during === path ? 1 : 0, 'another user keeps the password')
    if (during === path) t.strictSame(await app.sessions.ofUser(id), [], 'and the new login ends')
  }
})

t.test('After a lost answer, the user has to sign in with the new password', async t => {
  const { url, logIn, network } = await createClientWorld(t)
  const client = await logIn()
  network.plan(path, loseAnswer)
  await t.rejects(client.changePassword(change), { message: 'fetch failed' })
  t.equal(await status(client, url), 401)
  t.equal(await client.signedIn(), undefined)
  t.match(await client.signIn({ username: 'alice', password: next }), whoIsAlice)
})

t.test('A change that the server does not answer ends after 30 seconds, because refreshes wait for it', async t => {
  const { url, open, network, advance } = await createClientWorld(t)
  const { timeout } = AbortSignal
  const timeouts = t.capture(AbortSignal, 'timeout', (ms: number) => timeout.call(AbortSignal, ms === 30_000 ? 20 : ms))
  const hangs: typeof fetch = (_, init) =>
    new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)))
  const client = open({
    fetch: (input, init) => (init?.method === 'PUT' ? hangs(input, init) : network.fetch(input, init))
  })
  await client.signIn({ username: 'alice', password })
  await t.rejects(client.changePassword(change), { name: 'TimeoutError' })
  t.match(timeouts(), [{ args: [30_000] }])
  advance(601)
  t.equal(await status(client, url), 200)
})
