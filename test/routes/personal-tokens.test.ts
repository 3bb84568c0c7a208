import t from 'tap'
import type { Caller } from '../../src/auth/tokens/access-tokens.ts'
import { concurrentChange } from '../../src/base/errors.ts'
import type { UserRow } from '../../src/store/users.ts'
import { callWith, withRoot } from '../support/administrator.ts'
import { createUser, logIn, postForm } from '../support/app.ts'
import {
  createToken,
  createTokenApp,
  createTokenWorld,
  orders,
  reports,
  withTokens
} from '../support/personal-tokens.ts'
import { assertProblem } from '../support/problem.ts'
import { markEnrolled, stepUp } from '../support/step-up.ts'

const day = 86_400
const noSuchToken = { detail: 'This account has no personal access token with this id.' }
const url = '/users/me/tokens'

t.test('Of accounts on one server', async t => {
  const shared = await createTokenApp(t)

  t.test(
    'A personal access token is created with a name, scopes, a resource and a lifetime, and shown once',
    async t => {
      const { clock, call, id, events, mails } = await withTokens(shared)
      const asked = { name: 'nightly report', resource: reports, expires_in: 365 * day }
      const answer = await call('POST', url, { ...asked, scopes: ['reports:read', 'reports:read'] })
      t.equal(answer.statusCode, 201)
      t.equal(answer.headers['cache-control'], 'no-store')
      const expires = new Date(clock.now().getTime() + 365 * day * 1000).toISOString()
      const shown = {
        ...{ name: 'nightly report', scopes: ['reports:read'], resource: reports, last_used_at: null },
        ...{ created_at: clock.now().toISOString(), expires_at: expires }
      }
      t.matchOnly(answer.json(), { ...shown, id: String, token: /^sally_pat_/ })
      t.matchOnlyStrict((await call('GET', url)).json(), { items: [{ ...shown, id: answer.json().id }] })
      const by = { actor: id, subject: id, client_id: 'first-party', ip: '192.0.2.1' }
      const detail = { token: answer.json().id, scopes: 'reports:read' }
      t.match(await events(), [{ ...by, action: 'personal_token.created', detail }])
      t.strictSame(await mails(), ['token_added'])
    }
  )

  t.test('A personal access token has by default 90 days and every scope of an API that the login has', async t => {
    const { app, clock, call, create, username } = await withTokens(shared)
    const token = await create()
    t.strictSame(token.scopes, ['reports:read', 'reports:write', 'orders:read'])
    t.equal(Date.parse(token.expires_at) - clock.now().getTime(), 90 * day * 1000)
    t.strictSame((await create({ resource: orders })).scopes, ['orders:read'])
    t.strictSame((await create({ scopes: [] })).scopes, [])
    const { access_token } = await logIn(app, { username, scope: 'me reports:write' })
    const answer = await callWith(app, access_token)('POST', url, { name: 'of a smaller login' })
    t.strictSame(answer.json().scopes, ['reports:write'])
    t.equal((await call('GET', url)).json().items.length, 4)
  })

  t.test('A personal access token is refused with a wrong name, API, lifetime or scope', async t => {
    const { call, list } = await withTokens(shared)
    const not = (scope: string, can: string) => `must not contain ${scope}: a token can have ${can}`
    const all = 'reports:read reports:write orders:read'
    const [own, elsewhere] = ['https://auth.example.com', 'https://elsewhere.example.com']
    const unknown = 'must be one of the protected_resources in the metadata'
    const noScope = 'must be an API that knows a scope of the token'
    const refusals: [object, pointer: string, detail: string][] = [
      [{ scopes: ['reports:read', 'me'] }, '/scopes', not('me', all)],
      [{ scopes: ['reports:read', 'unknown'] }, '/scopes', not('unknown', all)],
      [{ scopes: ['orders:read'], resource: reports }, '/scopes', not('orders:read', 'reports:read reports:write')],
      [{ scopes: ['me'], resource: own }, '/scopes', not('me', 'no scope')],
      [{ resource: reports, scopes: [] }, '/resource', noScope],
      [{ resource: own }, '/resource', noScope],
      [{ resource: elsewhere }, '/resource', unknown],
      [{ expires_in: 365 * day + 1 }, '/expires_in', 'must be <= 31536000'],
      [{ expires_in: 59 }, '/expires_in', 'must be >= 60']
    ]
    for (const [members, pointer, detail] of refusals) {
      const answer = await call('POST', url, { name: 'script', ...members })
      t.equal(answer.statusCode, 400, JSON.stringify(members))
      t.match(answer.json().errors, [{ pointer, detail }], JSON.stringify(members))
    }
    for (const payload of [{}, { name: '' }, { name: 'x'.repeat(65) }, { name: 'script', token: 'sally_pat_mine' }])
      t.equal((await call('POST', url, payload)).statusCode, 400, JSON.stringify(payload))
    t.strictSame(await list(), [])
  })

  t.test('The owner deletes a personal access token, and its access tokens end', async t => {
    const { app, call, create, exchange, events, mails, id } = await withTokens(shared)
    const [token, other] = [await create(), await create()]
    const [mine, ofOther] = [(await exchange(token.token)).json(), (await exchange(other.token)).json()]
    t.match(await app.accessTokens.authenticate(mine.access_token), { user: { id } })
    const answer = await call('DELETE', `${url}/${token.id}`)
    t.strictSame([answer.statusCode, answer.body], [204, ''])
    t.equal(await app.accessTokens.authenticate(mine.access_token), undefined)
    t.equal((await exchange(token.token)).statusCode, 400)
    t.ok(await app.accessTokens.authenticate(ofOther.access_token), 'another token is untouched')
    assertProblem(t, await call('DELETE', `${url}/${token.id}`), 404, `${url}/${token.id}`, noSuchToken)
    const by = { actor: id, subject: id, client_id: 'first-party', ip: '192.0.2.1' }
    t.match((await events()).slice(2), [{ ...by, action: 'personal_token.deleted', detail: { token: token.id } }])
    t.strictSame(await mails(), ['token_added', 'token_added', 'token_removed'])
  })

  t.test('A token needs a login of the last ten minutes, with two factors if the account has a second one', async t => {
    const { app, clock, id, call, list, username } = await withTokens(shared)
    const { refresh_token } = await logIn(app, { username })
    clock.advance(601)
    const refreshed = await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token })
    const old = await callWith(app, refreshed.json().access_token)('POST', url, { name: 'script' })
    t.equal(old.statusCode, 401)
    t.match(old.headers['www-authenticate'], /error="insufficient_user_authentication".*max_age="600"/)
    t.equal((await call('POST', url, { name: 'script' })).statusCode, 401, 'with a token that has expired')

    const { access_token } = await logIn(app, { username })
    await markEnrolled(app, { id })
    const weak = await callWith(app, access_token)('POST', url, { name: 'script' })
    t.equal(weak.statusCode, 401)
    t.match(weak.headers['www-authenticate'], /error="insufficient_user_authentication".*acr_values="aal2"/)
    t.strictSame(await list(), [])
    await stepUp(app, access_token)
    t.equal((await callWith(app, access_token)('POST', url, { name: 'script' })).statusCode, 201)
  })

  t.test('A token has no scope that its client lacks, and none is created once the login has ended', async t => {
    const { app, list, username } = await withTokens(shared)
    const { client } = await app.clientAdmin.create(
      { name: 'phone', confidential: false, grants: ['password'], scopes: ['me', 'orders:read'] },
      {}
    )
    const { access_token } = await logIn(app, { username, client_id: client.id, scope: 'me orders:read' })
    t.strictSame((await createToken(app, access_token)).scopes, ['orders:read'])
    const caller = (await app.accessTokens.authenticate(access_token)) as Caller & { user: UserRow }
    await app.clientAdmin.update(client.id, { scopes: ['me'] }, {})
    t.strictSame((await createToken(app, access_token)).scopes, [])
    await app.sessions.endAll(caller.user.id)
    await t.rejects(app.personalTokens.create(caller, { name: 'too late' }, {}), {
      message: concurrentChange().message
    })
    t.equal((await list()).length, 2)
  })

  t.test('A token has no scope that the access token of its request lacks', async t => {
    const { app, accessToken, username } = await withTokens(shared)
    const { refresh_token } = await logIn(app, { username })
    const refreshed = async (form: Record<string, string>) =>
      (await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token, ...form })).json()
    const { access_token: narrow } = await refreshed({ scope: 'me orders:read' })
    t.strictSame((await createToken(app, narrow)).scopes, ['orders:read'])
    const wider = await callWith(app, narrow)('POST', url, { name: 'script', scopes: ['orders:read', 'reports:read'] })
    t.equal(wider.json().errors[0].detail, 'must not contain reports:read: a token can have orders:read')
    const { access_token: own } = await refreshed({ resource: 'https://auth.example.com' })
    t.strictSame((await createToken(app, own)).scopes, [], 'nor one that is for this server alone')
    t.strictSame((await createToken(app, accessToken)).scopes, ['reports:read', 'reports:write', 'orders:read'])
  })
})

t.test('Administrators list and delete personal access tokens, and no one else does', async t => {
  const { app, root, alice, call } = await withRoot(t, ['me', 'users:read', 'users:write'])
  await app.userAdmin.update(alice.id, { scopes: ['me', 'reports:read'] }, {})
  const owner = callWith(app, (await logIn(app)).access_token)
  const { token, ...shown } = (await owner('POST', url, { name: 'script' })).json()
  const ofAlice = `/users/${alice.id}/tokens`
  t.strictSame((await call('GET', ofAlice)).json(), { items: [shown] })
  await createUser(app, 'mallory')
  const mallory = callWith(app, (await logIn(app, { username: 'mallory' })).access_token)
  const tried = await mallory('DELETE', `${url}/${shown.id}`)
  assertProblem(t, tried, 404, `${url}/${shown.id}`, noSuchToken, 'the token of another account')
  t.equal((await call('DELETE', `/users/${root.id}/tokens/${shown.id}`)).statusCode, 404)

  t.equal((await call('DELETE', `${ofAlice}/${shown.id}`)).statusCode, 204)
  t.strictSame((await call('GET', ofAlice)).json(), { items: [] })
  const [deleted] = (await app.audit.page({ limit: 1 })).items
  const by = { actor: root.id, subject: alice.id, client_id: 'first-party' }
  t.match(deleted, { ...by, action: 'personal_token.deleted' })
})

t.test('An account has a hundred personal access tokens at most', async t => {
  const { app, clock, accessToken, call, create } = await createTokenWorld(t)
  const first = await create({ expires_in: 60 })
  const caller = (await app.accessTokens.authenticate(accessToken)) as Caller & { user: UserRow }
  // The limit of changes is another one.
  app.throttle.take = async () => {}
  for (let n = 1; n < 100; n++) await app.personalTokens.create(caller, { name: 'script' }, {})
  const answer = await call('POST', url, { name: 'one too many' })
  assertProblem(t, answer, 409, url, { detail: 'An account can have 100 tokens. Delete one first.' })
  clock.advance(60)
  t.equal((await call('POST', url, { name: 'in place of one that has expired' })).statusCode, 201)
  t.notMatch((await call('GET', url)).body, first.id)
})
