import t, { type Test } from 'tap'
import type { Config } from '../../../src/config/config.ts'
import { callWith } from '../../support/administrator.ts'
import { createApp, createUser, createVerifiedUser, logIn } from '../../support/app.ts'
import { uncounted } from '../../support/attempts.ts'
import { databaseUrl } from '../../support/engines.ts'
import { createIdentityWorld } from '../../support/identities.ts'
import { holdEnds } from '../../support/locks.ts'
import { pgTest } from '../../support/pg-test.ts'
import { assertProblem } from '../../support/problem.ts'

const url = '/users/me/identities'
const next = 'purple monkey dishwasher lamp'
const device = { ip: '192.0.2.1', userAgent: null }
const full = 'This account already has 20 linked identities. Unlink one first.'
const taken = 'This identity is linked to an account already.'

/** Alice, whose address is verified, and her login. */
async function withAlice(t: Test, settings: Partial<Config> = {}) {
  const world = await createIdentityWorld(t, { accessTokenTtl: 3600, ...settings })
  const alice = await createVerifiedUser(world.app)
  const { access_token } = await logIn(world.app)
  const call = callWith(world.app, access_token)
  const link = (id_token: string, more = {}) => call('POST', url, { id_token, ...more })
  const items = async () => (await call('GET', url)).json().items
  const kinds = async () =>
    (await world.app.db.mail.due(world.clock.now(), 100))
      .map(({ kind }) => kind)
      .filter(kind => /^identity_/.test(kind))
  return { ...world, alice, access_token, call, link, items, kinds }
}

t.test('Linked accounts elsewhere log in, in the order in which they were linked', async t => {
  const { app, alice, link, items, kinds, idToken, provider, events, logInFrom } = await withAlice(t)
  const linked = await link(idToken({ sub: 'first', email: 'al@example.com', nonce: 'n' }), { nonce: 'n' })
  t.equal(linked.statusCode, 201)
  const { id } = linked.json()
  t.strictSame(linked.json(), {
    id,
    issuer: provider.issuer,
    subject: 'first',
    email: 'al@example.com',
    created_at: app.clock.now().toISOString()
  })
  t.equal((await link(idToken({ sub: 'second' }))).statusCode, 201)
  t.match(await items(), [linked.json(), { subject: 'second', email: null }])
  t.match(await events('identity.linked'), [
    { actor: alice.id, subject: alice.id, detail: { identity: id, issuer: provider.issuer } },
    {}
  ])
  t.strictSame(await kinds(), ['identity_added', 'identity_added'])
  for (const sub of ['first', 'second']) {
    const { access_token } = await logInFrom({ sub })
    t.equal((await callWith(app, access_token)('GET', '/users/me')).json().id, alice.id)
  }
  t.match(await app.userAdmin.byId(alice.id), { email: 'alice@example.com', emailVerified: true })
})

t.test('An account elsewhere is linked to one account, whose owner alone unlinks it', async t => {
  const { app, call, link, idToken, logInFrom, items } = await withAlice(t)
  const { access_token } = await logInFrom({ sub: 'other' })
  assertProblem(t, await link(idToken({ sub: 'other' })), 409, url, { detail: taken })
  t.equal((await link(idToken({ sub: 'mine' }))).statusCode, 201)
  assertProblem(t, await link(idToken({ sub: 'mine' })), 409, url, { detail: taken })
  const ofOther = callWith(app, access_token)
  t.equal((await ofOther('POST', url, { id_token: idToken({ sub: 'mine' }) })).statusCode, 409)
  t.match(await items(), [{ subject: 'mine' }])
  const [{ id }] = (await ofOther('GET', url)).json().items
  t.equal((await call('DELETE', `${url}/${id}`)).statusCode, 404, 'it unlinks none of others')
  t.equal((await ofOther('GET', url)).json().items.length, 1)
})

t.test('No account elsewhere is linked while the keys of the issuer cannot be fetched', async t => {
  const { provider, link, idToken, items } = await withAlice(t)
  provider.state.isDown = true
  const answer = await link(idToken())
  t.match([answer.statusCode, answer.headers['content-type']], [503, /^application\/problem\+json/])
  t.match(answer.headers['retry-after'], /^\d+$/)
  t.strictSame(await items(), [])
})

t.test('A link needs an ID token that is right and new, in ten minutes after a login', async t => {
  const { app, clock, call, link, idToken, items, events } = await withAlice(t)
  const refusals: [string, object][] = [
    ['x', { detail: /three parts in base64url/ }],
    [idToken({ aud: 'another app' }), { detail: /client id that is not configured here$/ }],
    [idToken({ iss: 'https://evil.example' }), { detail: /iss/ }],
    [idToken({ nonce: 'n' }), { detail: /nonce/ }]
  ]
  for (const [token, error] of refusals)
    t.match((await link(token)).json(), { status: 400, errors: [{ pointer: '/id_token', ...error }] })
  t.equal((await call('POST', url, {})).statusCode, 400)
  const token = idToken()
  t.equal((await link(token)).statusCode, 201)
  t.match((await link(token)).json(), { errors: [{ pointer: '/id_token', detail: /already used/ }] })
  t.equal((await items()).length, 1)
  t.strictSame(await events('login.failed'), [])
  clock.advance(601)
  for (const late of [await link(idToken({ sub: 'late' })), await call('DELETE', `${url}/${(await items())[0].id}`)]) {
    t.equal(late.statusCode, 401)
    t.match(late.headers['www-authenticate'], /insufficient_user_authentication.*max_age="600"/)
  }
  t.equal((await callWith(app)('POST', url, { id_token: idToken() })).statusCode, 401)
})

t.test('Of two links of one token or subject at once on two nodes, one is made', async t => {
  const { app, config, access_token, idToken, items } = await withAlice(t)
  const { app: other } = await createApp(t, config)
  await createUser(app, 'bob')
  const ofBob = (await logIn(app, { username: 'bob' })).access_token
  for (let n = 0; n < 4; n++) {
    const sub = `${n}`
    const [one, two] = [idToken({ sub }), n % 2 ? idToken({ sub }) : undefined]
    const answers = await Promise.all([
      callWith(app, access_token)('POST', url, { id_token: one }),
      callWith(other, ofBob)('POST', url, { id_token: two ?? one })
    ])
    const [first, second] = answers.map(({ statusCode }) => statusCode).sort()
    t.ok(first === 201 && (second === 409 || second === 400), JSON.stringify([first, second]))
  }
  const linked = [...(await items()), ...(await callWith(other, ofBob)('GET', url)).json().items]
  t.equal(linked.length, 4)
})

t.test('An account has at most 20 accounts elsewhere, and unlinking one ends other logins', async t => {
  const { app, access_token, call, link, idToken, items, kinds, events, alice } = await withAlice(t)
  for (let n = 0; n < 20; n++) t.equal((await link(idToken({ sub: `${n}` }))).statusCode, 201)
  assertProblem(t, await link(idToken({ sub: '20' })), 409, url, { detail: full })
  const { access_token: elsewhere } = await logIn(app)
  const [{ id }] = await items()
  t.equal((await call('DELETE', `${url}/${id}`)).statusCode, 204)
  t.equal((await call('DELETE', `${url}/${id}`)).statusCode, 404)
  t.equal((await callWith(app, elsewhere)('GET', url)).statusCode, 401, 'other logins end')
  t.equal((await callWith(app, access_token)('GET', url)).statusCode, 200)
  t.match(await events('identity.unlinked'), [{ actor: alice.id, subject: alice.id, detail: { identity: id } }])
  t.equal((await kinds()).at(-1), 'identity_removed')
  t.equal((await link(idToken({ sub: '0' }))).statusCode, 201)
  const { ofUser } = app.db.identities
  let reads = 0
  Object.assign(app.db.identities, { ofUser: async (id: string) => (reads++ ? ofUser(id) : []) })
  const late = await link(idToken({ sub: '20' }))
  assertProblem(t, late, 409, url, { detail: full }, 'the last room was taken since it was looked for')
})

t.test('A reset that unlinks accounts elsewhere leaves none, beside a login or a link at the same time', async t => {
  const { app, config, alice, idToken, exchangeFor } = await withAlice(t)
  const { app: other } = await createApp(t, config)
  const read = () => app.userAdmin.byId(alice.id)
  const client = await app.clients.authenticate({}, { authorization: undefined, ip: null })
  for (let n = 0; n < 4; n++) {
    const user = await read()
    const session = await app.sessions.startLogin(user, client, ['me'], device, uncounted())
    const owner = { user, session: { id: String(session?.id) } }
    await app.identities.link(owner, { id_token: idToken({ sub: `${n}` }) }, {})
    await Promise.allSettled<unknown>([
      app.accountPasswords.set(user, `${next} ${n}`, { unlinkIdentities: true }),
      n % 2
        ? exchangeFor({ sub: `${n}` }, {}, other)
        : other.identities.link(owner, { id_token: idToken({ sub: `late ${n}` }) }, {})
    ])
    t.not((await read()).passwordHash, user.passwordHash)
    t.strictSame(await app.identities.list(user), [])
    t.strictSame(await app.sessions.ofUser(user.id), [])
  }
})

t.test('A link is refused when the account or the login changes at the same time', async t => {
  const { app, alice, idToken, link, items } = await withAlice(t)
  const [session] = await app.sessions.ofUser(alice.id)
  const changed = { status: 409, message: /^This was changed by another request/ }
  const owner = { user: { ...alice, passwordHash: 'another' }, session: session as { id: string } }
  await t.rejects(app.identities.link(owner, { id_token: idToken() }, {}), changed)
  await t.rejects(app.identities.link({ user: alice, session: { id: 'ended' } }, { id_token: idToken() }, {}), changed)
  t.equal((await link(idToken())).statusCode, 201)
  const [{ id }] = await items()
  await t.rejects(app.identities.unlink(owner.user, id, {}, session), changed)
  await t.rejects(app.identities.unlink(alice, id, {}, { id: 'ended' }), changed)
  await app.userAdmin.update(alice.id, { disabled: true }, {})
  await t.rejects(app.identities.link({ ...owner, user: alice }, { id_token: idToken({ sub: 'x' }) }, {}), changed)
})

t.test('Accounts elsewhere are linked and unlinked as often as a profile may change', async t => {
  const { app, alice, call, link, idToken, events } = await withAlice(t)
  for (let n = 0; n < 59; n++) await app.throttle.take('profile', alice.id)
  const unlink = async () => (await call('DELETE', `${url}/01890000-0000-7000-8000-000000000000`)).statusCode
  t.strictSame([await unlink(), await unlink()], [404, 429])
  t.match(await events('throttle.refused'), [{ subject: alice.id, detail: { counter: 'profile' } }])
  t.equal((await link(idToken())).statusCode, 429)
})

pgTest('Of two links at once on two nodes, where there is room for one, one is made', async t => {
  const { app, config, alice, link, idToken, items } = await withAlice(t, {
    databaseUrl: await databaseUrl(t, 'postgres')
  })
  const { app: other } = await createApp(t, config)
  for (let n = 0; n < 19; n++) await link(idToken({ sub: `${n}` }))
  const [user, [session]] = [await app.userAdmin.byId(alice.id), await app.sessions.ofUser(alice.id)]
  const [event, createdAt] = [app.auditEvents.event('identity.linked'), app.clock.now()]
  const insert = ({ db }: typeof app, subject: string) =>
    db.identities.insert(
      user,
      { id: app.clock.newId(), issuer: 'https://x.example', subject, userId: user.id, email: null, createdAt },
      { session: String(session?.id), most: 20, spent: { id: subject, expiresAt: createdAt }, messages: [], event }
    )
  const { waiting, release } = await holdEnds(t, config.databaseUrl)
  const first = insert(app, 'first')
  await waiting(1)
  const second = insert(other, 'second')
  await waiting(2)
  await release()
  t.strictSame((await Promise.all([first, second])).sort(), [false, true])
  t.equal((await items()).length, 20)
})
