import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { build } from '../../src/app.ts'
import type { Config } from '../../src/config/config.ts'
import { bearer, createApp, createUser, password, postForm, testConfig } from '../support/app.ts'
import { databaseUrl } from '../support/engines.ts'
import { createPkce } from '../support/pkce.ts'
import { enrol } from '../support/second-factor.ts'
import { execute } from '../support/store.ts'

const [old, changed] = ['old', 'new'].map(name => `the ${name} secret of the tests, 32 bytes`) as [string, string]

const pkce = createPkce()

/** A database on which alice has an authenticator app and bob has none. `node` starts a server on it. */
async function createCluster(t: Test) {
  const url = await databaseUrl(t)
  const first = await createApp(t, { databaseUrl: url, secret: old })
  await createUser(first.app)
  await createUser(first.app, 'bob')
  const factor = await enrol(first)
  // All nodes have one clock, because the database knows which codes were used.
  const { clock } = first
  const otp = () => {
    clock.advance(60)
    return factor.code()
  }

  async function node(settings: Partial<Config>) {
    const app = await build({ config: testConfig({ ...settings, databaseUrl: url }), now: clock.now })
    t.teardown(() => app.close())
    return nodeOf(app)
  }
  return { url, factor, otp, node, first: nodeOf(first.app), clock }
}

function nodeOf(app: FastifyInstance) {
  return {
    app,
    logIn: (form: Record<string, string> = {}) =>
      postForm(app, '/token', { grant_type: 'password', username: 'alice', password, ...form }),
    refresh: (refresh_token: string) => postForm(app, '/token', { grant_type: 'refresh_token', refresh_token }),
    challenge: (form: Record<string, string>) =>
      postForm(app, '/authorize-challenge', { response_type: 'code', ...pkce.challenge, ...form }),
    redeem: (code: string) =>
      postForm(app, '/token', { grant_type: 'authorization_code', code, code_verifier: pkce.code_verifier }),
    me: async (token: string) => (await app.inject({ url: '/users/me', headers: bearer(token) })).statusCode
  }
}

type Node = ReturnType<typeof nodeOf>

t.test('After a change of the secret, no answer tells who has an app, and its codes are wrong codes', async t => {
  const { url, factor, otp, node } = await createCluster(t)
  await execute(url, 'DELETE FROM keys')
  const { logIn, challenge } = await node({ secret: changed })
  for (const wrong of ['not the password123456', `not the password${otp()}`, `${password}!`]) {
    const answers = []
    for (const username of ['alice', 'bob', 'nobody'])
      for (const answer of [
        await logIn({ username, password: wrong }),
        await challenge({ username, password: wrong }),
        await logIn({ username, password: wrong, otp: '123456' })
      ])
        answers.push([answer.statusCode, { ...answer.json(), auth_session: '' }])
    t.strictSame(answers.slice(0, 3), answers.slice(3, 6), 'alice and bob')
    t.strictSame(answers.slice(3, 6), answers.slice(6), 'bob and nobody')
  }
  t.match(await logIn({ otp: otp() }), { statusCode: 403 })
  t.match(await logIn({ recovery_code: String(factor.recoveryCodes[0]) }), { statusCode: 403 })
  t.match(await logIn({ password: `${password}${otp()}` }), { statusCode: 400 })
  t.match(await logIn({ username: 'bob' }), { statusCode: 200 })
})

t.test('A second secret opens an app, a recovery code, a login, an auth session and a code', async t => {
  const { factor, otp, node, first } = await createCluster(t)
  const tokens = (await first.logIn({ otp: otp() })).json()
  const begun = (await first.challenge({ username: 'alice', password })).json()
  const done = (await first.challenge({ username: 'alice', password, otp: otp() })).json()
  const both = await node({ secret: changed, secondSecret: old })
  t.equal((await both.redeem(done.authorization_code)).statusCode, 200)
  const continued = await both.challenge({ auth_session: begun.auth_session, otp: otp() })
  t.equal(continued.statusCode, 200)
  t.equal((await both.logIn({ otp: otp() })).statusCode, 200)
  const [recovery_code = ''] = factor.recoveryCodes
  t.equal((await both.logIn({ recovery_code })).statusCode, 200)
  t.equal((await both.logIn({ recovery_code })).statusCode, 403, 'a code works once')
  t.equal(await both.me(tokens.access_token), 200)
  const refreshed = (await both.refresh(tokens.refresh_token)).json()
  t.equal(await both.me(refreshed.access_token), 200)
  t.equal((await first.refresh(refreshed.refresh_token)).json().error, 'invalid_grant', 'it is made with the first')
})

t.test(
  'A node that knows only the old secret refuses what others make with the new one, and fails no request',
  async t => {
    const { otp, node, first, clock } = await createCluster(t)
    const both = await node({ secret: changed, secondSecret: old })
    await both.app.keys.rotate({ immediately: true })
    const tokens = (await both.logIn({ otp: otp() })).json()
    await first.app.keys.maintain()
    clock.advance(1)
    t.equal(await first.me(tokens.access_token), 200, 'a public key needs no secret')
    t.equal((await first.refresh(tokens.refresh_token)).json().error, 'invalid_grant')
    const { auth_session } = (await both.challenge({ username: 'alice', password })).json()
    t.equal((await first.challenge({ auth_session, otp: otp() })).json().error, 'invalid_session')
    const own = (await first.logIn({ otp: otp() })).json()
    t.equal(await both.me(own.access_token), 200, 'it signs with the newest key that it opens')
    await both.app.secretChange.rotate({})
    t.equal((await first.logIn({ otp: otp() })).statusCode, 403, 'an app of the new secret')
    t.equal((await first.logIn({ password: 'not the password123456' })).statusCode, 400)
  }
)

t.test('The rolling change of the secret ends no login', async t => {
  const { factor, otp, node, first } = await createCluster(t)
  let tokens = (await first.logIn({ otp: otp() })).json()
  /** Every node accepts what the one before has made. */
  async function passOn(nodes: Node[]) {
    for (const { refresh, me, logIn } of nodes) {
      tokens = (await refresh(tokens.refresh_token)).json()
      t.equal(await me(tokens.access_token), 200)
      t.equal((await logIn({ otp: otp() })).statusCode, 200)
    }
  }
  const a = await node({ secret: old, secondSecret: changed })
  await passOn([first, a, first, a])
  const b = await node({ secret: changed, secondSecret: old })
  await passOn([a, b, a, b])
  await b.app.keys.rotate({})
  await b.app.secretChange.rotate({})
  await passOn([a, b, a, b])
  const d = await node({ secret: changed })
  await passOn([b, d, b, d])
  const [recovery_code = ''] = factor.recoveryCodes
  t.equal((await d.logIn({ recovery_code })).statusCode, 200)
})

t.test(
  'After a leak and rotate, apps and recovery codes work with the new secret alone, and all logins end',
  async t => {
    const { factor, otp, node, first } = await createCluster(t)
    const tokens = (await first.logIn({ otp: otp() })).json()
    await first.app.close()
    const command = await node({ secret: changed, secondSecret: old })
    await command.app.secretChange.rotate({})
    const { refresh, logIn } = await node({ secret: changed })
    t.equal((await refresh(tokens.refresh_token)).json().error, 'invalid_grant')
    t.equal((await logIn({ otp: otp() })).statusCode, 200)
    t.equal((await logIn({ recovery_code: String(factor.recoveryCodes[1]) })).statusCode, 200)
  }
)
