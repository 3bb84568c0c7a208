import { decodeJwt } from 'jose'
import t from 'tap'
import type { SessionRow } from '../../src/store/sessions.ts'
import { bearer, createApp, createUser, createVerifiedUser, logIn, password, postForm } from '../support/app.ts'
import { databaseUrl } from '../support/engines.ts'
import { assertProblem } from '../support/problem.ts'
import { authenticatorApp, enrol } from '../support/second-factor.ts'
import { select } from '../support/select.ts'

const wrongCode = {
  detail: 'The code is wrong, expired or was already used. Enter the current code of the authenticator app.',
  errors: [{ pointer: '/code', detail: 'is wrong' }]
}
const nothingToConfirm = { detail: 'There is no authenticator app with this id to confirm. Begin again.' }

let number = 0

/** A login of a new account with a verified address. */
async function withAlice(world: Awaited<ReturnType<typeof createApp>>) {
  const { app, config } = world
  const username = `alice${++number}`
  const form = { grant_type: 'password', username, password }
  const user = await createVerifiedUser(app, username)
  const tokens = await logIn(app, { username })
  const as = (token: string) => (method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object) =>
    app.inject({ method, url: `/users/${path}`, headers: bearer(token), ...(payload ? { payload } : {}) })
  const call = as(tokens.access_token)
  const begin = async () => (await call('POST', 'me/factors', { type: 'totp' })).json()
  const confirm = (id: string, code: string) => call('POST', `me/factors/${id}/confirm`, { code })
  const mailed = async () =>
    (await select(config.databaseUrl, `SELECT kind FROM mail WHERE address = '${user.email}'`)).map(({ kind }) => kind)
  const actions = async () => (await app.audit.page({ subject: user.id, limit: 100 })).items.map(({ action }) => action)
  const fromToken = async (more: Record<string, string> = {}) =>
    (await postForm(app, '/token', { ...form, ...more })).statusCode
  return { ...world, username, form, user, tokens, as, call, begin, confirm, mailed, actions, fromToken }
}

t.test('SECOND_FACTOR=required: a login without a factor gets a token that can only enrol one', async t => {
  const world = await withAlice(await createApp(t, { secondFactor: 'required' }))
  const { app, tokens, call, clock } = world
  t.match(tokens, { scope: 'factors' })
  t.notOk('refresh_token' in tokens)
  for (const [method, path] of [
    ['GET', 'me'],
    ['GET', 'me/sessions'],
    ['POST', 'me/recovery-codes'],
    ['DELETE', 'me/factors/01234567-89ab-7def-8123-456789abcdef']
  ] as const)
    t.equal((await call(method, path)).statusCode, 401, path)
  for (const url of ['/verify', '/verify?scope=me', '/verify?scope=factors'])
    t.equal((await app.inject({ url, headers: bearer(tokens.access_token) })).statusCode, 401, url)
  const { id, secret } = await world.begin()
  t.equal((await world.confirm(id, authenticatorApp(secret).code(clock.now()))).statusCode, 200)
  clock.advance(60)
  const answer = await postForm(app, '/token', { ...world.form, otp: authenticatorApp(secret).code(clock.now()) })
  t.match(answer.json(), { scope: 'me' })
  const headers = bearer(answer.json().access_token)
  const last = await app.inject({ method: 'DELETE', url: `/users/me/factors/${id}`, headers })
  assertProblem(t, last, 409, `/users/me/factors/${id}`, {
    detail: 'This account needs a second factor. Add another one before you remove this one.'
  })
})

t.test('SECOND_FACTOR=administrators: other accounts log in with a password alone', async t => {
  const { app } = await createApp(t, { secondFactor: 'administrators' })
  await createUser(app, 'alice')
  await createUser(app, 'root', ['me', 'users:read'])
  t.match(await logIn(app), { scope: 'me' })
  t.match(await logIn(app, { username: 'root' }), { scope: 'factors' })
  t.match(await logIn(app, { username: 'root', scope: 'me' }), { scope: 'factors' }, 'whatever the login asks for')
})

t.test('Existing logins go on when a second factor becomes required', async t => {
  const url = await databaseUrl(t)
  const before = await createApp(t, { databaseUrl: url })
  await createUser(before.app)
  const { refresh_token } = await logIn(before.app)
  const after = await createApp(t, { databaseUrl: url, secondFactor: 'required' })
  const refreshed = await postForm(after.app, '/token', { grant_type: 'refresh_token', refresh_token })
  t.match(refreshed.json(), { scope: 'me' })
})

t.test('SECOND_FACTOR=off: a password is enough, and nothing can be enrolled', async t => {
  const url = await databaseUrl(t)
  const on = await createApp(t, { databaseUrl: url })
  await createUser(on.app)
  await enrol(on)
  const { app } = await createApp(t, { databaseUrl: url, secondFactor: 'off' })
  const tokens = await logIn(app)
  t.match(tokens, { scope: 'me' })
  t.notOk(app.hasRoute({ method: 'POST', url: '/users/me/factors' }))
})

t.test('Of accounts on one server', async t => {
  const shared = await createApp(t, { smtpUrl: 'smtp://127.0.0.1:9' })

  t.test('An authenticator app has a secret of 160 bits, a URI and a QR code (RFC 4226 §4)', async t => {
    const { call, username } = await withAlice(shared)
    const answer = await call('POST', 'me/factors', { type: 'totp' })
    t.equal(answer.statusCode, 201)
    const { id, type, secret, otpauth_uri, svg, ...rest } = answer.json()
    t.strictSame([type, rest], ['totp', {}])
    t.match(id, /^[0-9a-f-]{36}$/)
    t.match(secret, /^[A-Z2-7]{32}$/)
    const uri = new URL(otpauth_uri)
    t.equal(uri.href.split('?')[0], `otpauth://totp/auth.example.com:${username}`)
    t.match(Object.fromEntries(uri.searchParams), { issuer: 'auth.example.com', secret })
    t.match(svg, /^<svg [^>]*viewBox="0 0 (\d+) \1"[^>]*>/)
  })

  t.test('An authenticator app counts only after a right code', async t => {
    const { app, username, begin, confirm, clock, fromToken, call } = await withAlice(shared)
    const { id, secret } = await begin()
    const { code } = authenticatorApp(secret)
    t.equal(await fromToken(), 200)
    const now = code(clock.now())
    const refused = {
      'of the step after the next': code(clock.now(), 2),
      'of the next step': code(clock.now(), 1),
      'of two steps ago': code(clock.now(), -2),
      'of five digits': now.slice(1),
      'of seven digits': `${now}0`,
      'of other digits': [...now].map(digit => String.fromCodePoint(0x660 + Number(digit))).join(''),
      'with a blank': ` ${now}`,
      'without digits': ''
    }
    for (const [name, given] of Object.entries(refused))
      assertProblem(t, await confirm(id, given), 400, `/users/me/factors/${id}/confirm`, wrongCode, name)
    t.strictSame((await call('GET', 'me/factors')).json(), { items: [], recovery_codes_left: 0 })
    t.equal(await fromToken(), 200)
    t.equal((await confirm(id, code(clock.now(), -1))).statusCode, 200, 'a code of the step before is on its way')
    t.equal(await fromToken(), 403)
    t.match((await call('GET', 'me/factors')).json(), {
      items: [{ id, type: 'totp', name: null }],
      recovery_codes_left: 10
    })
    t.ok((await app.db.users.byUsername(username))?.secondFactorAt)
  })

  t.test('A new factor ends the other logins, gives ten recovery codes once, and is reported by mail', async t => {
    const { app, username, begin, confirm, clock, tokens, mailed, actions, call } = await withAlice(shared)
    const other = await logIn(app, { username })
    const { id, secret } = await begin()
    const { recovery_codes: codes } = (await confirm(id, authenticatorApp(secret).code(clock.now()))).json()
    t.equal(new Set(codes).size, 10)
    for (const code of codes) t.match(code, /^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/, '80 bits')
    t.equal((await app.inject({ url: '/users/me', headers: bearer(other.access_token) })).statusCode, 401)
    t.equal((await app.inject({ url: '/users/me', headers: bearer(tokens.access_token) })).statusCode, 200)
    t.ok((await mailed()).includes('factor_added'))
    t.ok((await actions()).includes('factor.added'))
    assertProblem(
      t,
      await confirm(id, authenticatorApp(secret).code(clock.now())),
      404,
      `/users/me/factors/${id}/confirm`,
      nothingToConfirm
    )
    t.notMatch((await call('GET', 'me/factors')).body, new RegExp(secret))
    t.notMatch(JSON.stringify((await app.audit.page({ limit: 100 })).items), new RegExp(`${secret}|${codes[0]}`))
  })

  t.test('Of two apps that begin at once, the last can be confirmed, and only once', async t => {
    const { begin, confirm, clock } = await withAlice(shared)
    const [one, two] = [await begin(), await begin()]
    t.equal((await confirm(one.id, authenticatorApp(one.secret).code(clock.now()))).statusCode, 404)
    const { code } = authenticatorApp(two.secret)
    const both = await Promise.all([confirm(two.id, code(clock.now())), confirm(two.id, code(clock.now(), -1))])
    t.strictSame(both.filter(({ statusCode }) => statusCode === 200).length, 1)
    t.ok(both.every(({ statusCode }) => [200, 404, 409].includes(statusCode)))
  })

  t.test('An app that is not confirmed within an hour has to begin again', async t => {
    const { app, begin, clock, tokens, user } = await withAlice(shared)
    const { id, secret } = await begin()
    const { session } = (await app.accessTokens.authenticate(tokens.access_token)) ?? {}
    clock.advance(3601)
    const given = { id, code: authenticatorApp(secret).code(clock.now()) }
    await t.rejects(app.secondFactors.confirm(user, session as SessionRow, given, {}), {
      name: 'Problem',
      status: 404
    })
  })

  t.test('A new app replaces the former one and its recovery codes', async t => {
    const world = await withAlice(shared)
    const former = await enrol(world, { username: world.username })
    const headers = bearer(
      (await postForm(world.app, '/token', { ...world.form, otp: former.code() })).json().access_token
    )
    const post = async (url: string, payload: object) =>
      (await world.app.inject({ method: 'POST', url, headers, payload })).json()
    const { id, secret } = await post('/users/me/factors', { type: 'totp' })
    await post(`/users/me/factors/${id}/confirm`, { code: authenticatorApp(secret).code(world.clock.now()) })
    world.clock.advance(60)
    t.equal(await world.fromToken({ otp: former.code() }), 403)
    t.equal(await world.fromToken({ recovery_code: String(former.recoveryCodes[0]) }), 403)
    t.equal(await world.fromToken({ otp: authenticatorApp(secret).code(world.clock.now()) }), 200)
  })

  t.test('Removing the last factor makes the password enough again, and is reported by mail', async t => {
    const world = await withAlice(shared)
    const { id, headers } = await enrol(world, { username: world.username })
    const url = `/users/me/factors/${id}`
    t.equal((await world.app.inject({ method: 'DELETE', url, headers })).statusCode, 204)
    t.equal(await world.fromToken(), 200)
    const listed = await world.app.inject({ url: '/users/me/factors', headers })
    t.strictSame(listed.json(), { items: [], recovery_codes_left: 0 })
    t.ok((await world.mailed()).includes('factor_removed'))
    t.ok((await world.actions()).includes('factor.removed'))
  })

  t.test('A change is refused when the account has changed since', async t => {
    const world = await withAlice(shared)
    const { app, clock } = world
    const { id, tokens } = await enrol(world, { username: world.username })
    const session = { id: String(decodeJwt(tokens.access_token).sid) }
    const stale = await app.userAdmin.byIdOrName(world.username)
    clock.advance(1)
    await app.secondFactors.replaceRecoveryCodes(stale, session, {})
    const conflict = { name: 'Problem', status: 409 }
    await t.rejects(app.secondFactors.enrol(stale), conflict)
    await t.rejects(app.secondFactors.replaceRecoveryCodes(stale, session, {}), conflict)
    await t.rejects(app.secondFactors.remove(stale, session, id, {}), conflict)
    await t.rejects(app.secondFactors.removeAll(stale, {}), conflict)
    const deleted = { ...stale, id: '01234567-89ab-7def-8123-456789abcdef' }
    await t.rejects(app.secondFactors.enrol(deleted), conflict)
  })

  t.test('New recovery codes replace the old ones, and need a second factor', async t => {
    const world = await withAlice(shared)
    const none = await world.call('POST', 'me/recovery-codes')
    assertProblem(t, none, 409, '/users/me/recovery-codes', { detail: 'Add a second factor first.' })
    const { headers, recoveryCodes } = await enrol(world, { username: world.username })
    const answer = await world.app.inject({ method: 'POST', url: '/users/me/recovery-codes', headers })
    const { recovery_codes: codes } = answer.json()
    t.equal(codes.length, 10)
    t.equal(await world.fromToken({ recovery_code: String(recoveryCodes[1]) }), 403)
    t.equal(await world.fromToken({ recovery_code: codes[1] }), 200)
    t.ok((await world.mailed()).includes('recovery_codes_replaced'))
  })

  t.test('An administrator sees and removes second factors of other accounts, but no secret', async t => {
    const world = await withAlice(shared)
    const { app, user } = world
    const factor = await enrol(world, { username: world.username })
    await createUser(app, 'root', ['me', 'users:read', 'users:write'])
    const root = world.as((await logIn(app, { username: 'root' })).access_token)
    const listed = await root('GET', `${user.id}/factors`)
    t.match(listed.json(), { items: [{ id: factor.id, type: 'totp' }], recovery_codes_left: 10 })
    t.notMatch(listed.body, new RegExp(factor.secret))
    t.equal((await root('DELETE', `${user.id}/factors`)).statusCode, 204)
    t.equal((await app.inject({ url: '/users/me', headers: factor.headers })).statusCode, 401, 'the logins have ended')
    t.equal(await world.fromToken(), 200)
    t.ok((await world.mailed()).includes('factor_removed'))
    const url = `/users/${user.id}/factors`
    assertProblem(t, await root('DELETE', `${user.id}/factors`), 404, url, {
      detail: 'This account has no second factor.'
    })
  })
})
