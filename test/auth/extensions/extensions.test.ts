import type { FastifyInstance } from 'fastify'
import { type Test, test } from 'tap'
import { build } from '../../../src/app.ts'
import type { Extensions, Grant } from '../../../src/auth/extensions/extensions.ts'
import { bearer, createUser, logIn, password, postForm, testConfig } from '../../support/app.ts'
import { createClock } from '../../support/clocks.ts'
import { createPkce } from '../../support/pkce.ts'

/** A server with the code of an embedding program, an account `alice`, and the events of the audit trail. */
async function createExtended(t: Test, extensions: Extensions) {
  const clock = createClock()
  const lines: string[] = []
  const logger = { level: 'error', stream: { write: (line: string) => void lines.push(line) } }
  const app = await build({ config: testConfig(), now: clock.now, ...extensions }, { logger })
  t.teardown(() => app.close())
  const alice = await createUser(app)
  const events = async () => (await app.db.audit.next(0))?.rows ?? []
  return { app, alice, clock, events, lines }
}

/** A client with the client credentials grant, and the form with which it asks for a token. */
async function createJob(app: FastifyInstance) {
  const { client, secret } = await app.clientAdmin.create({
    name: 'job',
    confidential: true,
    grants: ['client_credentials'],
    scopes: ['me']
  })
  return { grant_type: 'client_credentials', client_id: client.id, client_secret: String(secret) }
}

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())

const fails = () => {
  throw new Error('their table is locked')
}

test('A login whose claims fail leaves no session, and its event records the failure', async t => {
  const logins: unknown[] = []
  const { app, alice, events } = await createExtended(t, {
    claims: fails,
    onLogin: login => logins.push(login)
  })
  t.match(await logIn(app), { error: 'server_error' })
  t.strictSame(await app.sessions.ofUser(alice.id), [])
  const all = await events()
  t.match(all.at(-1), { action: 'login.failed', detail: { reason: 'claims' } })
  t.notOk(all.some(({ action }) => action === 'login.succeeded'))
  t.strictSame(logins, [])
})

test('A refresh whose claims fail does not end the session, even if it is retried late (RFC 9700 §4.14.2)', async t => {
  let isLocked = false
  const { app, clock } = await createExtended(t, { claims: () => (isLocked ? fails() : { tenant: 'wonderland' }) })
  const { refresh_token } = await logIn(app)
  const refresh = async () => (await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token })).json()
  isLocked = true
  t.match(await refresh(), { error: 'server_error' })
  isLocked = false
  clock.advance(60)
  t.equal(claimsOf((await refresh()).access_token).tenant, 'wonderland')
})

test('The tokens of a password change have the claims, and failing claims leave the password and the session', async t => {
  let isLocked = false
  const logins: unknown[] = []
  const { app, alice } = await createExtended(t, {
    claims: () => (isLocked ? fails() : { tenant: 'wonderland' }),
    onLogin: login => logins.push(login)
  })
  const { access_token } = await logIn(app)
  const payload = { current_password: password, new_password: 'purple monkey dishwasher lamp' }
  const change = () => app.inject({ method: 'PUT', url: '/users/me/password', headers: bearer(access_token), payload })
  isLocked = true
  t.equal((await change()).statusCode, 500)
  t.equal((await app.db.users.byUsername('alice'))?.passwordHash, alice.passwordHash)
  t.equal((await app.sessions.ofUser(alice.id)).length, 1)
  isLocked = false
  t.equal(claimsOf((await change()).json().access_token).tenant, 'wonderland')
  t.equal(logins.length, 1, 'it is no login')
})

test('Replaying a replaced token ends the session despite extension faults and bad scopes (RFC 9700 §4.14.2)', async t => {
  for (const [name, form, answer] of [
    ['claims fail', {}, { error: 'invalid_grant' }],
    ['the scope is refused', { scope: 'orders:write' }, { error: 'invalid_grant' }]
  ] as const) {
    let isLocked = false
    const asked: (string | null)[] = []
    const { app, events } = await createExtended(t, {
      claims: ({ client_id }) => {
        asked.push(client_id)
        return isLocked ? fails() : {}
      }
    })
    const refresh = async (refresh_token: string, more = {}) =>
      (await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token, ...more })).json()
    const first = (await logIn(app)).refresh_token
    const { refresh_token: latest } = await refresh((await refresh(first)).refresh_token)
    const before = asked.length
    isLocked = true
    t.match(await refresh(first, form), answer, name)
    t.equal(asked.length, before, 'the claims function is not called')
    t.match((await events()).at(-1), { action: 'token.reuse_detected' }, name)
    isLocked = false
    t.match(await refresh(latest), { error: 'invalid_grant' }, name)
  }
})

test('A client gets no token if the claims fail, or its secret changes meanwhile (RFC 6749 §5.2)', async t => {
  let claims = async () => ({})
  const { app, events } = await createExtended(t, { claims: () => claims() })
  const form = await createJob(app)
  t.match((await postForm(app, '/token', form)).json(), { token_type: 'Bearer' })
  claims = fails
  t.match((await postForm(app, '/token', form)).json(), { error: 'server_error' })
  claims = async () => {
    await app.clientAdmin.rotateSecret(form.client_id)
    return {}
  }
  t.match((await postForm(app, '/token', form)).json(), { error: 'invalid_client' })
  t.equal((await events()).filter(({ action }) => action === 'login.succeeded').length, 1)
})

test('An extension that changes its arguments changes nothing in the server', async t => {
  const { app, alice } = await createExtended(t, {
    claims: ({ user, scope }: Grant) => {
      scope.push('admin:all')
      user?.scopes.push('admin:all')
      return {}
    },
    onLogin: ({ user, scope }) => {
      scope.push('admin:all')
      user.scopes.push('admin:all')
    }
  })
  const { access_token, scope } = await logIn(app)
  t.equal(scope, 'me')
  t.equal(claimsOf(access_token).scope, 'me')
  t.strictSame((await app.userAdmin.byIdOrName(alice.id)).scopes, ['me'])
  t.equal((await logIn(app)).scope, 'me')
})

test('Claims are serialized as JSON, and cannot become claims of the server that way (RFC 9068 §2.2)', async t => {
  const rules: [name: string, given: unknown, claims: object | undefined][] = [
    [
      'a plain object',
      { tenant: 'wonderland', at: new Date(0) },
      { tenant: 'wonderland', at: '1970-01-01T00:00:00.000Z' }
    ],
    ['nothing in it', {}, {}],
    ['a toJSON', { toJSON: () => ({ tenant: 'wonderland' }) }, { tenant: 'wonderland' }],
    ['a toJSON with a claim of ours', { toJSON: () => ({ scope: 'admin:all' }) }, undefined],
    ['an array', ['tenant'], undefined],
    ['a string', 'tenant', undefined],
    ['null', null, undefined],
    ['nothing', undefined, undefined]
  ]
  let give = (): unknown => ({})
  const { app, lines } = await createExtended(t, { claims: () => give() as Record<string, unknown> })
  for (const [name, given, claims] of rules) {
    give = () => given
    const answer = await logIn(app)
    if (claims) t.match(claimsOf(answer.access_token), { ...claims, scope: 'me' }, name)
    else t.match(answer, { error: 'server_error' }, name)
    t.equal(lines.splice(0).length, claims ? 0 : 1, name)
  }
  give = () => Promise.reject()
  t.match(await logIn(app), { error: 'server_error' })
  t.match(lines, [/the request failed/], 'a rejection without a reason is logged too')
})

test('Introspection returns the claims of the program, and none in place of its own (RFC 7662 §2.2)', async t => {
  const claims = { tenant: 'wonderland', roles: ['reader'], active: false, username: 'mallory', token_type: 'none' }
  const { app, alice } = await createExtended(t, { claims: () => claims })
  await createUser(app, 'api', ['introspect'])
  const [{ access_token: token }, api] = [await logIn(app), await logIn(app, { username: 'api' })]
  const answer = (await postForm(app, '/introspect', { token }, bearer(api.access_token))).json()
  t.match(answer, { tenant: 'wonderland', roles: ['reader'], sub: alice.id, scope: 'me' })
  t.match(answer, { active: true, username: 'alice', token_type: 'Bearer' }, 'the claims of the server are its own')
})

test('A code begins no login of an account that changes at the same time, which is not a reuse', async t => {
  const { app, alice, events } = await createExtended(t, {
    claims: async () => {
      await app.userAdmin.update(alice.id, { disabled: true }, {})
      return {}
    }
  })
  const { challenge, code_verifier } = createPkce()
  const form = { response_type: 'code', username: 'alice', password, ...challenge }
  const code = (await postForm(app, '/authorize-challenge', form)).json().authorization_code
  const redeemed = await postForm(app, '/token', { grant_type: 'authorization_code', code, code_verifier })
  t.match(redeemed.json(), { error: 'invalid_grant' })
  t.strictSame(await app.sessions.ofUser(alice.id), [])
  t.notOk((await events()).some(({ action }) => action === 'code.reuse_detected'))
})
