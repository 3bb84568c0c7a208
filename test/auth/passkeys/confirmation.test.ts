import t, { type Test } from 'tap'
import { lastWayIn } from '../../../src/auth/ways-in.ts'
import { Problem } from '../../../src/errors.ts'
import { callWith } from '../../support/administrator.ts'
import { bearer, password, postForm } from '../../support/app.ts'
import { createAuthenticator } from '../../support/authenticator.ts'
import { type EngineName, engines } from '../../support/engines.ts'
import { wrongPassword } from '../../support/guess.ts'
import { createPasskeyWorld } from '../../support/passkeys.ts'
import { assertProblem } from '../../support/problem.ts'
import { stepUp } from '../../support/step-up.ts'

const url = '/users/me/passkeys'

/** A world in which alice has a passkey that waits to be confirmed, and has just logged in. */
async function withUnconfirmed(t: Test, engine: EngineName = 'sqlite') {
  const world = await createPasskeyWorld(t, { accessTokenTtl: 3600 }, engine)
  const { app } = world
  const { passkey } = await world.add(createAuthenticator(), {}, 'alice', true)
  const { token, session, user } = await world.logIn()
  const call = callWith(app, token)
  const own = `${url}/${passkey.id}`
  return {
    ...world,
    passkey,
    token,
    session,
    user,
    call,
    own,
    confirm: (body?: object, by = call) => by('POST', `${own}/confirmation`, body),
    row: () => app.userAdmin.byId(user.id),
    factors: async () => (await call('GET', '/users/me/factors')).json()
  }
}

const noLonger = { detail: 'You have no passkey with this id to confirm.' }

for (const engine of engines) {
  t.test(`a confirmed passkey is a second factor like any other, on ${engine}`, async t => {
    const world = await withUnconfirmed(t, engine)
    const { app, call, confirm, own, passkey, user, logIn, events, notices, clock, factors } = world
    const other = await logIn()
    clock.advance(1)
    const done = await confirm()
    t.equal(done.statusCode, 200, done.body)
    t.match(done.headers, { 'cache-control': 'no-store' })
    const { passkey: confirmed, recovery_codes } = done.json()
    t.equal(recovery_codes.length, 10)
    const at = clock.now().toISOString()
    t.match(confirmed, { id: passkey.id, confirmed_at: at, created_at: passkey.createdAt.toISOString() })
    t.strictSame((await call('GET', url)).json().items, [confirmed])
    t.match(await factors(), { items: [{ id: passkey.id, type: 'passkey' }], recovery_codes_left: 10 })
    t.strictSame((await world.row()).secondFactorAt, clock.now())
    t.ok((await app.sessions.find(other.session.id))?.session.revokedAt, 'the other login has ended')
    const alone = await postForm(app, '/token', { grant_type: 'password', username: 'alice', password })
    t.equal(alone.statusCode, 403, 'the password alone is not enough any more')
    const about = { actor: user.id, subject: user.id, ip: '192.0.2.1', detail: { type: 'passkey', id: passkey.id } }
    t.match(await events(), [{ action: 'factor.added' }, { action: 'factor.confirmed', ...about }])
    t.strictSame(await notices(), ['passkey_created', 'factor_added'])
    assertProblem(t, await confirm({ current_password: password }), 401, `${own}/confirmation`, {
      detail: (await confirm()).json().detail
    })
    await stepUp(app, world.token)
    assertProblem(t, await confirm(), 404, `${own}/confirmation`, noLonger, 'twice')
  })

  t.test(`of two confirmations at once, one confirms, on ${engine}`, async t => {
    const { confirm, events, notices, factors } = await withUnconfirmed(t, engine)
    const answers = await Promise.all([confirm(), confirm()])
    const [first, second] = answers.sort((one, two) => one.statusCode - two.statusCode)
    t.equal(first?.statusCode, 200)
    t.match(String(second?.statusCode), /^40[149]$/)
    t.match(await factors(), { recovery_codes_left: 10 })
    t.equal((await events()).length, 2)
    t.equal((await notices()).length, 2)
  })

  t.test(`a passkey is confirmed or removed, never both, on ${engine}`, async t => {
    const { app, confirm, call, own, row } = await withUnconfirmed(t, engine)
    const [confirmed, removed] = await Promise.all([confirm(), call('DELETE', own)])
    const { secondFactorAt, id } = await row()
    const [passkey] = await app.db.secondFactors.passkeysOf(id)
    t.equal(secondFactorAt !== null, passkey !== undefined && passkey.confirmedAt !== null)
    t.equal(confirmed.statusCode === 200, passkey !== undefined)
    t.equal(removed.statusCode === 204, passkey === undefined)
  })

  t.test(`the removal of a passkey that is not confirmed changes no rule of the account, on ${engine}`, async t => {
    const { app, call, own, row, logIn, events, notices } = await withUnconfirmed(t, engine)
    const other = await logIn()
    const notFactor = { detail: 'You have no second factor with this id.' }
    const asFactor = own.replace('passkeys', 'factors')
    assertProblem(t, await call('DELETE', asFactor), 404, asFactor, notFactor)
    const bob = callWith(app, (await logIn('bob')).token)
    assertProblem(t, await bob('DELETE', own), 404, own, notFactor)
    const both = await Promise.all([call('DELETE', own), call('DELETE', own)])
    const [first, second] = both.map(({ statusCode }) => statusCode).sort()
    t.equal(first, 204)
    t.not(second, 204)
    t.match(await row(), { secondFactorAt: null })
    t.ok((await app.sessions.find(other.session.id))?.session.revokedAt, 'it may have logged in with it')
    t.match(await events(), [{ action: 'factor.added' }, { action: 'factor.removed', detail: { type: 'passkey' } }])
    t.strictSame(await notices(), ['passkey_created', 'factor_removed'])
  })

  t.test(`beside a second factor, a passkey waits, is removed, and is no last factor, on ${engine}`, async t => {
    const { app, add, passkey, logIn, row } = await withUnconfirmed(t, engine)
    const counted = await add()
    const { token } = await logIn()
    const call = callWith(app, token)
    const last = await call('DELETE', `${url}/${counted.passkey.id}`)
    t.equal(last.statusCode, 204)
    t.equal((await row()).secondFactorAt, null, 'the passkey that waits is not a factor')
    t.strictSame((await call('GET', '/users/me/factors')).json(), { items: [], recovery_codes_left: 0 })
    const again = await add()
    const another = callWith(app, (await logIn()).token)
    t.equal((await another('DELETE', `${url}/${passkey.id}`)).statusCode, 204)
    t.match(await row(), { secondFactorAt: Date })
    t.match((await another('GET', url)).json(), { items: [{ id: again.passkey.id }] })
    t.equal((await another('GET', '/users/me/factors')).json().recovery_codes_left, 10)
  })

  t.test(`a new password removes the passkeys that were made after the old one, on ${engine}`, async t => {
    const { app, token, add, user } = await withUnconfirmed(t, engine)
    const left = async () => (await app.db.secondFactors.passkeysOf(user.id)).map(({ confirmedAt }) => confirmedAt)
    const change = { current_password: password, new_password: 'purple monkey dishwasher lamp' }
    const answer = await app.inject({
      method: 'PUT',
      url: '/users/me/password',
      headers: bearer(token),
      payload: change
    })
    t.equal(answer.statusCode, 200, answer.body)
    t.strictSame(await left(), [])
    await add(createAuthenticator(), {}, 'alice', true)
    await add()
    t.equal((await left()).length, 2)
    await app.userAdmin.resetPassword(user.id, { actor: null })
    t.strictSame(await left(), [app.clock.now()])
  })

  t.test(`an administrator removes passkeys that wait too, on ${engine}`, async t => {
    const { app, user, logIn } = await withUnconfirmed(t, engine)
    t.strictSame(await app.secondFactors.list(user), { items: [], recovery_codes_left: 0 })
    await app.secondFactors.removeAll(user, {})
    t.strictSame(await app.db.secondFactors.passkeysOf(user.id), [])
    await t.rejects(
      app.secondFactors.removeAll(user, {}),
      new Problem('not_found', 'This account has no second factor.')
    )
    t.match(await logIn(), { user: { secondFactorAt: null } })
  })

  t.test(`the end of an account's right to log in removes the passkeys that wait, on ${engine}`, async t => {
    const { app, user } = await withUnconfirmed(t, engine)
    await app.userAdmin.update(user.id, { disabled: true }, {})
    t.strictSame(await app.db.secondFactors.passkeysOf(user.id), [])
  })

  t.test(`a passkey that waits is not a way in, on ${engine}`, async t => {
    const { app, user, passkey, session } = await withUnconfirmed(t, engine)
    const { updatedAt } = user
    const event = app.auditEvents.event('user.updated')
    await app.db.users.update(user.id, { passwordHash: '!', emailVerified: false, updatedAt }, event)
    const ways = { passkeys: true, mail: true, issuers: [] }
    t.equal(await app.db.waysIn.has(user.id, ways, {}), false)
    const current = await app.userAdmin.byId(user.id)
    await t.rejects(app.secondFactors.remove(current, session, passkey.id, {}, 'passkey'), lastWayIn())
    const change = { now: app.clock.now(), session: session.id, messages: [], event }
    t.equal(await app.db.secondFactors.confirmPasskey(current, passkey.id, change), true)
    t.equal(await app.db.waysIn.has(user.id, ways, {}), true)
  })
}

t.test('a confirmation needs what the first second factor needs', async t => {
  const { app, confirm, clock, logIn, row, token } = await withUnconfirmed(t)
  clock.advance(601)
  const detail =
    'Send current_password, or log in with the password or an ID token again, to add the first second factor.'
  t.match((await confirm()).json(), { status: 401, detail })
  const passkeyLogin = callWith(app, (await logIn('alice', ['swk', 'user'])).token)
  t.match((await confirm({}, passkeyLogin)).json(), { status: 401, detail }, 'the passkey does not confirm itself')
  t.equal((await confirm({ current_password: wrongPassword })).statusCode, 403)
  t.equal((await confirm({ current_password: 7 })).statusCode, 400)
  t.equal((await confirm({ name: 'x' })).statusCode, 400)
  t.equal((await confirm({}, callWith(app))).statusCode, 401)
  const bob = callWith(app, (await logIn('bob')).token)
  t.equal((await confirm({}, bob)).statusCode, 404)
  t.equal((await row()).secondFactorAt, null)
  const failed = (await app.audit.page({ limit: 100, action: 'factor.addition_failed' })).items
  t.equal(failed.length, 1)
  t.equal((await confirm({ current_password: password }, callWith(app, token))).statusCode, 200)
})

t.test('a confirmation needs what a further second factor needs, and brings no codes', async t => {
  const { app, add, confirm, logIn } = await withUnconfirmed(t)
  await add()
  const { token } = await logIn('alice', ['pwd'])
  const call = callWith(app, token)
  t.equal((await confirm({ current_password: password }, call)).statusCode, 401)
  await stepUp(app, token, ['swk', 'user'])
  t.equal((await confirm({ current_password: password }, call)).statusCode, 401)
  await stepUp(app, token)
  const done = await confirm({}, call)
  t.strictSame(Object.keys(done.json()), ['passkey'], done.body)
})

t.test('an account that needs a second factor begins with the passkey that waits', async t => {
  const { app, add } = await createPasskeyWorld(t, { secondFactor: 'required' })
  const { passkey } = await add(createAuthenticator(), {}, 'alice', true)
  const form = { grant_type: 'password', username: 'alice', password }
  const { access_token, scope } = (await postForm(app, '/token', form)).json()
  t.equal(scope, 'factors')
  const call = callWith(app, access_token)
  t.equal((await call('POST', `${url}/${passkey.id}/confirmation`)).statusCode, 200)
})
