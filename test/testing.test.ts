import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { mock } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import { signingAlgs } from '../src/auth/keys/jwk.ts'
import { type BadTokens, startSallyport, type TestOptions, type TestSallyport } from '../src/testing.ts'
import { bearer } from './support/app.ts'
import { linkIn, recipientOf, startMailServer } from './support/mail-server.ts'

/** A Sallyport as tests of other projects start it, closed when the test ends. */
async function start(t: Test, options?: TestOptions) {
  const auth = await startSallyport(options)
  t.teardown(auth.close)
  return auth
}

const ask = (auth: TestSallyport, token: string, path = '/users/me') =>
  fetch(`${auth.url}${path}`, { headers: bearer(token) })

const post = (auth: TestSallyport, path: string, form: Record<string, string>) =>
  fetch(`${auth.url}${path}`, { method: 'POST', body: new URLSearchParams(form) })

/** Checks a token offline as an API does, following docs/clients.md; the time is the machine's unless given. */
function verify({ url, issuer, audience }: TestSallyport, token: string, expected: object = {}) {
  const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`))
  return jwtVerify(token, keys, {
    issuer,
    audience,
    typ: 'at+jwt',
    algorithms: [...signingAlgs],
    ...expected
  })
}

t.test('One line gives a server, a user and working tokens', async t => {
  const auth = await start(t)
  t.match(auth.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  t.equal(auth.issuer, auth.url)
  t.equal(auth.audience, auth.url)
  t.strictSame(auth.user, {
    id: auth.user.id,
    username: 'alice',
    password: 'correct horse battery staple',
    scopes: ['me']
  })
  t.equal(auth.scope, 'me')

  const me = await ask(auth, auth.token)
  t.equal(me.status, 200)
  t.match(await me.json(), { id: auth.user.id, username: 'alice' })
  const { payload } = await verify(auth, auth.token)
  t.match(payload, { sub: auth.user.id, scope: 'me', client_id: 'first-party' })

  const refreshed = await post(auth, '/token', { grant_type: 'refresh_token', refresh_token: auth.refreshToken })
  t.equal(refreshed.status, 200)
})

t.test('The user, their scopes and the settings are options', async t => {
  const auth = await start(t, {
    username: 'Zoë',
    password: 'a password of her own',
    scopes: ['orders:read', 'orders:write'],
    settings: { issuer: 'https://login.example.com', audience: 'https://api.example.com', signingAlg: 'EdDSA' }
  })
  t.match(auth, {
    issuer: 'https://login.example.com',
    audience: 'https://api.example.com',
    user: { username: 'zoë', password: 'a password of her own', scopes: ['orders:read', 'orders:write'] },
    scope: 'orders:read orders:write'
  })
  t.match((await verify(auth, auth.token)).payload, { scope: 'orders:read orders:write' })
  t.equal((await auth.login({ scope: 'orders:read' })).scope, 'orders:read')
  t.equal((await ask(auth, auth.token)).status, 403, 'only the requested scopes are granted')
})

t.test('A token can be for one API, and those of the user have all its scopes (RFC 8707 §2)', async t => {
  const orders = 'https://orders.example.com'
  const auth = await startSallyport({
    scopes: ['me', 'orders:read', 'users:read'],
    settings: { resources: [`${orders} orders:read`] }
  })
  t.teardown(() => auth.close())
  t.equal(auth.scope, 'me orders:read users:read')
  const forOrders = await auth.login({ resource: orders })
  t.match(decodeJwt(forOrders.token), { aud: orders, scope: 'orders:read' })
  await auth.createUser({ username: 'bob', scopes: ['me', 'users:read'] })
  t.equal((await auth.login({ username: 'bob' })).scope, 'me')
})

t.test('Custom claims are in every token, including bad ones', async t => {
  const auth = await start(t, {
    claims: ({ user }) => ({ tenant: `that of ${user?.username}` }),
    settings: { defaultScopes: ['orders:read'] }
  })
  for (const token of [auth.token, auth.badTokens.withoutScope])
    t.match((await verify(auth, token)).payload, { tenant: 'that of alice' })
  t.strictSame(auth.user.scopes, ['orders:read'])
})

t.test('More users can be created, each with a password and scopes', async t => {
  const auth = await start(t, { password: 'the password of everybody' })
  const bob = await auth.createUser({ username: 'bob', scopes: ['reports:read'] })
  t.strictSame(bob, {
    id: bob.id,
    username: 'bob',
    password: 'the password of everybody',
    scopes: ['reports:read']
  })
  const ofBob = await auth.login({ username: 'bob' })
  t.equal(decodeJwt(ofBob.token).sub, bob.id)
  t.equal(ofBob.scope, 'reports:read')

  const carol = await auth.createUser({ username: 'carol', password: 'a password of her very own' })
  t.equal((await ask(auth, (await auth.login(carol)).token)).status, 200)
  await t.rejects(auth.login({ username: 'carol' }), {
    message: /^The login was refused: invalid_grant: /
  })
  await t.rejects(auth.createUser({ username: 'bob' }), { status: 409, message: 'This username is taken.' })
})

t.test('Options that are invalid or would have no effect are refused, all at once', async t => {
  const options = { user: 'bob', scopes: [], claims: 'x', settings: { port: 3000, workers: 2 } }
  const empty = 'is empty, but the user needs a scope to log in: use createUser({ username, scopes: [] }) instead'
  await t.rejects(startSallyport(options as never), {
    name: 'ConfigError',
    problems: [
      'user is not an option',
      'settings.port cannot be set: the test server runs in this process, on a free port of 127.0.0.1',
      'settings.workers cannot be set: the test server runs in this process, on a free port of 127.0.0.1',
      `scopes ${empty}`,
      'claims is not a function'
    ]
  })
  await t.rejects(startSallyport({ settings: { defaultScopes: [] } }), {
    problems: [`settings.defaultScopes ${empty}`]
  } as never)
})

t.test('Undefined options have their defaults, and an account may have no scopes', async t => {
  const auth = await start(t, {
    username: undefined,
    scopes: undefined,
    settings: { databaseUrl: undefined, audience: undefined }
  })
  t.equal(auth.audience, auth.url)
  t.match(await auth.createUser({ username: 'bob', scopes: [] }), { scopes: [] })
  await t.rejects(auth.login({ username: 'bob' }), { message: /invalid_scope/ })
})

t.test('The clock accepts only times', async t => {
  const { clock } = await start(t)
  t.throws(() => clock.set('garbage'), {
    name: 'TypeError',
    message: 'set expects a Date or an ISO 8601 string, not "garbage".'
  })
  t.throws(() => clock.advance('1h' as never), {
    name: 'TypeError',
    message: 'advance expects a number of seconds, not "1h".'
  })
  t.notOk(Number.isNaN(clock.now().getTime()))
})

t.test('Invalid settings and accounts are refused with an explanation, and leave nothing open', async t => {
  const { listen } = Server.prototype
  const servers: Server[] = []
  t.intercept(Server.prototype, 'listen', {
    value(this: Server, ...to: Parameters<typeof listen>) {
      servers.push(this)
      return listen.apply(this, to)
    }
  })
  await t.rejects(startSallyport({ settings: { accessTokenTtl: 0 } }), {
    name: 'ConfigError',
    message: /accessTokenTtl is 0/
  })
  const folder = t.testdir({})
  const settings = { databaseUrl: `sqlite:${folder}/accounts.db` }
  const isShort = { name: 'Problem', message: /\/password is shorter than 15/ }
  await t.rejects(startSallyport({ password: 'short', settings }), isShort)
  t.strictSame(
    servers.map(({ listening }) => listening),
    [false, false]
  )
  // SQLite removes its -wal and -shm when the database is closed.
  t.strictSame(
    readdirSync(folder).filter(name => /-(wal|shm)$/.test(name)),
    []
  )
})

t.test('Mail is sent, as by the real server', async t => {
  const server = await startMailServer(t)
  const auth = await start(t, { settings: { smtpUrl: server.url } })
  const account = { username: 'bob', password: 'correct horse battery staple', email: 'bob@example.com' }
  const registered = await fetch(`${auth.url}/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account)
  })
  t.equal(registered.status, 201)
  for (let tenths = 0; tenths < 100 && server.messages.length === 0; tenths++) await sleep(100)
  t.equal(server.messages.length, 1)
  const [message] = server.messages
  t.strictSame(message && recipientOf(message), ['bob@example.com'])
  t.equal(linkIn(message).link.origin, auth.url)
})

t.test('Without a mail server nothing is written, and a process that forgets to close it still exits', async t => {
  const main = fileURLToPath(new URL('support/testing-main.ts', import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, main], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  t.strictSame({ out, err, code }, { out: '', err: '', code: 0 })
})

const claimRefused = (claim: string) => ({ code: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim })

interface Fault {
  /** The members in which the token differs from a good one. */
  differs: string[]
  /** The error of jose, if it finds one. */
  jose?: { code: string; claim?: string }
  /** The status that Sallyport answers with, if not 401. */
  status?: number
}

const faults: Record<keyof BadTokens, Fault> = {
  expired: { differs: [], jose: { code: 'ERR_JWT_EXPIRED' } },
  notYetValid: { differs: ['nbf'], jose: claimRefused('nbf') },
  wrongAudience: { differs: ['aud'], jose: claimRefused('aud') },
  wrongIssuer: { differs: ['iss'], jose: claimRefused('iss') },
  wrongType: { differs: ['typ'], jose: claimRefused('typ') },
  foreign: { differs: ['kid'], jose: { code: 'ERR_JWKS_NO_MATCHING_KEY' } },
  forged: { differs: [], jose: { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' } },
  symmetric: { differs: ['alg'], jose: { code: 'ERR_JOSE_ALG_NOT_ALLOWED' } },
  unsigned: { differs: ['alg'], jose: { code: 'ERR_JOSE_ALG_NOT_ALLOWED' } },
  withoutScope: { differs: ['scope'], status: 403 }
}
const names = Object.keys(faults) as (keyof BadTokens)[]

for (const signingAlg of signingAlgs) {
  t.test(`Sallyport and an API with its JWKS refuse every bad token for its reason: ${signingAlg}`, async t => {
    const auth = await start(t, { settings: { signingAlg } })
    t.strictSame(Object.keys(auth.badTokens), names)
    for (const name of names) {
      const { jose, status = 401 } = faults[name]
      const token = auth.badTokens[name]
      const answer = await ask(auth, token)
      t.equal(answer.status, status, name)
      const error = status === 401 ? 'invalid_token' : 'insufficient_scope'
      t.match(answer.headers.get('www-authenticate'), `error="${error}"`, name)
      if (jose) await t.rejects(verify(auth, token), jose, name)
      else t.equal((await verify(auth, token)).payload.sub, auth.user.id, name)
    }
  })
}

t.test('Each bad token has exactly one fault', async t => {
  const auth = await start(t)
  const { badTokens } = auth
  const good = { ...decodeProtectedHeader(auth.token), ...decodeJwt(auth.token) } as Record<string, unknown>
  const fresh = ['jti', 'iat', 'exp']
  for (const name of names) {
    const token = badTokens[name]
    const bad = { ...decodeProtectedHeader(token), ...decodeJwt(token) } as Record<string, unknown>
    const members = Object.keys({ ...good, ...bad }).filter(member => !fresh.includes(member))
    t.strictSame(
      members.filter(member => JSON.stringify(bad[member]) !== JSON.stringify(good[member])),
      faults[name].differs,
      name
    )
    t.equal(Number(bad.exp) - Number(bad.iat), Number(good.exp) - Number(good.iat), name)
  }

  // No other fault exists: with another expected issuer, type or audience, or at another time, each token passes.
  await verify(auth, badTokens.wrongAudience, { audience: 'https://another-api.example' })
  await verify(auth, badTokens.wrongIssuer, { issuer: 'https://another-issuer.example' })
  await verify(auth, badTokens.wrongType, { typ: 'JWT' })
  const hour = 3_600_000
  const { expired, notYetValid } = badTokens
  await verify(auth, expired, { currentDate: new Date(Date.now() - hour - 60_000) })
  await verify(auth, notYetValid, { currentDate: new Date(Date.now() + hour + 60_000) })
  auth.clock.advance(-3660)
  t.equal((await ask(auth, expired)).status, 200)
  auth.clock.advance(2 * 3660)
  t.equal((await ask(auth, notYetValid)).status, 200)
})

t.test('The clock follows the machine until it is set, and then continues from there', async t => {
  const auth = await start(t)
  const between = (low: number, time: Date, high: number) => t.ok(low <= time.getTime() && time.getTime() <= high)
  const before = Date.now()
  between(before, auth.clock.now(), Date.now())
  auth.clock.set('2030-01-01T00:00:00Z')
  const set = Date.parse('2030-01-01T00:00:00Z')
  between(set, auth.clock.now(), set + Date.now() - before + 1)
  await sleep(2)
  t.ok(auth.clock.now().getTime() > set)
  auth.clock.set(new Date(set))
  auth.clock.advance(60)
  t.ok(auth.clock.now().getTime() >= set + 60_000)

  const { iat = 0 } = decodeJwt((await auth.login()).token)
  t.ok(iat >= set / 1000 + 60, 'Sallyport uses it')
})

t.test("The clock follows fake timers that replace the machine's clock", async t => {
  const auth = await start(t)
  t.teardown(() => mock.timers.reset())
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  t.equal((await ask(auth, auth.token)).status, 200)
  mock.timers.tick(600_000)
  t.equal((await ask(auth, auth.token)).status, 401)
})

t.test("The tokens expired and notYetValid are invalid by the machine's clock too", async t => {
  const auth = await start(t)
  for (const days of [-365, 365]) {
    auth.clock.set(new Date(Date.now() + days * 86_400_000))
    for (const currentDate of [new Date(), auth.clock.now()]) {
      await t.rejects(verify(auth, auth.badTokens.expired, { currentDate }), { code: 'ERR_JWT_EXPIRED' })
      await t.rejects(verify(auth, auth.badTokens.notYetValid, { currentDate }), claimRefused('nbf'))
    }
    // The others have only one fault if the API uses the clock of Sallyport.
    const [{ token }, currentDate] = [await auth.login(), auth.clock.now()]
    await verify(auth, token, { currentDate })
    await t.rejects(verify(auth, auth.badTokens.wrongAudience, { currentDate }), claimRefused('aud'))
  }
})

t.test('Two at once do not interfere', async t => {
  const [one, two] = await Promise.all([start(t), start(t)])
  t.not(one.url, two.url)
  t.not(one.user.id, two.user.id)
  t.equal((await ask(two, one.token)).status, 401)
  await t.rejects(verify(two, one.token), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
  await one.createUser({ username: 'bob' })
  await t.rejects(two.login({ username: 'bob' }))
  one.clock.advance(601)
  t.equal((await ask(one, one.token)).status, 401)
  t.equal((await ask(two, two.token)).status, 200)
  await one.close()
  t.equal((await ask(two, two.token)).status, 200)
})

t.test('Closing ends all connections, works repeatedly, and happens at the end of a block', async t => {
  const auth = await startSallyport()
  // fetch keeps its connection open.
  await ask(auth, auth.token)
  await auth.close()
  await auth.close()
  const isClosed = { cause: { code: /ECONNREFUSED|UND_ERR_SOCKET/ } }
  await t.rejects(ask(auth, auth.token), isClosed)

  const disposed = await startSallyport()
  await disposed[Symbol.asyncDispose]()
  await t.rejects(ask(disposed, disposed.token), isClosed)
})
