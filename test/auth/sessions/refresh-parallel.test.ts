import type { FastifyInstance } from 'fastify'
import { createLocalJWKSet, jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import { bearer, createApp, createUser, logIn, postForm } from '../../support/app.ts'

interface Tokens {
  access_token: string
  refresh_token: string
}

/** Two servers on one database, with one clock, and alice. */
async function createNodes(t: Test) {
  const { app: here, clock, config } = await createApp(t)
  const { app: there, clock: theirs } = await createApp(t, config)
  const alice = await createUser(here)
  const advance = (seconds: number) => [clock, theirs].map(one => one.advance(seconds))
  return { here, there, config, alice, now: clock.now, advance }
}

const refresh = async (node: FastifyInstance, { refresh_token }: Tokens) => {
  const { statusCode, ...answer } = await postForm(node, '/token', { grant_type: 'refresh_token', refresh_token })
  return { status: statusCode, body: answer.json() as Tokens }
}

const me = async (node: FastifyInstance, { access_token }: Tokens) =>
  (await node.inject({ url: '/users/me', headers: bearer(access_token) })).statusCode

const invalidGrant = {
  status: 400,
  body: { error: 'invalid_grant', error_description: 'The refresh token is invalid, expired or revoked.' }
}

t.test('40 parallel refreshes over two nodes on one database all get the same successor', async t => {
  const { here, there } = await createNodes(t)
  const tokens = await logIn(here)
  const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => refresh(n % 2 ? there : here, tokens)))
  t.strictSame([...new Set(answers.map(({ status }) => status))], [200])
  const successors = new Set(answers.map(({ body }) => body.refresh_token))
  t.equal(successors.size, 1)
  t.not([...successors][0], tokens.refresh_token)
  t.equal(new Set(answers.map(({ body }) => body.access_token)).size, 40, 'every answer has its own access token')
  const last = answers[39]?.body as Tokens
  t.equal(await me(here, last), 200)
  t.equal((await refresh(there, last)).status, 200, 'the successor works')
})

t.test('A change on one node takes effect on the other at once', async t => {
  const { here, there, config, alice, now, advance } = await createNodes(t)

  await t.test('Tokens of one node work on the other, to call the API and to refresh', async t => {
    const tokens = await logIn(here)
    t.equal(await me(there, tokens), 200)
    const next = await refresh(there, tokens)
    t.equal(next.status, 200)
    t.equal((await refresh(here, next.body)).status, 200)
  })

  await t.test('A session revoked on one node has ended on the other (RFC 7009 §2)', async t => {
    const [ended, other] = [await logIn(here), await logIn(here)]
    t.equal(await me(there, ended), 200)
    t.equal((await postForm(here, '/revoke', { token: ended.refresh_token })).statusCode, 200)
    t.equal(await me(there, ended), 401)
    t.strictSame(await refresh(there, ended), invalidGrant)
    t.equal(await me(there, other), 200, 'other sessions stay')
  })

  await t.test(
    'An old token used on the other node after the grace ends the session on both (RFC 9700 §4.14.2)',
    async t => {
      const first = await logIn(here)
      const second = (await refresh(here, first)).body
      advance(config.refreshGrace + 1)
      t.strictSame(await refresh(there, first), invalidGrant)
      t.strictSame(await refresh(here, second), invalidGrant)
      t.equal(await me(here, second), 401)
    }
  )

  await t.test(
    'A key created on one node verifies tokens on the other, in the API and the JWKS (RFC 7517 §5)',
    async t => {
      await here.keys.rotate({ immediately: true })
      const tokens = await logIn(here)
      // The other node looks up an unknown kid at most once a second.
      advance(2)
      t.equal(await me(there, tokens), 200)
      const keys = createLocalJWKSet((await there.inject('/.well-known/jwks.json')).json())
      const { issuer, audience } = config
      const options = { issuer: String(issuer), audience: String(audience), currentDate: now() }
      const { protectedHeader } = await jwtVerify(tokens.access_token, keys, options)
      t.equal(protectedHeader.kid, here.keys.signer().kid)
    }
  )

  await t.test('Both nodes reject tokens of a disabled user', async t => {
    const tokens = await logIn(here)
    await here.userAdmin.update(alice.id, { disabled: true }, {})
    for (const node of [here, there]) {
      t.strictSame(await refresh(node, tokens), invalidGrant)
      t.equal(await me(node, tokens), 401)
    }
  })
})
