import type { FastifyInstance } from 'fastify'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import { build } from '../../../src/app.ts'
import { bearer, createUser, password, testConfig } from '../../support/app.ts'
import { createClock } from '../../support/clocks.ts'
import { databaseUrl, type EngineName, engines } from '../../support/engines.ts'
import { pgTest } from '../../support/pg-test.ts'

interface Node {
  app: FastifyInstance
  url: string
}

interface Tokens {
  access_token: string
  refresh_token: string
}

/** Starts `count` servers on one empty database, each on its own socket, with a shared clock. */
async function createNodes(t: Test, engine: EngineName, count: number) {
  const clock = createClock()
  const config = testConfig({ databaseUrl: await databaseUrl(t, engine), hashConcurrency: 2 })
  const nodes: Node[] = []
  for (let i = 0; i < count; i++) {
    const app = await build({ config, now: clock.now })
    t.teardown(() => app.close())
    nodes.push({ app, url: await app.listen({ host: '127.0.0.1', port: 0 }) })
  }
  return { nodes, clock, config }
}

async function post(node: Node | undefined, path: string, form: Record<string, string>) {
  const answer = await fetch(`${node?.url}${path}`, { method: 'POST', body: new URLSearchParams(form) })
  const text = await answer.text()
  return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as Tokens }
}

const refresh = (node: Node | undefined, refresh_token: string) =>
  post(node, '/token', { grant_type: 'refresh_token', refresh_token })

async function logIn(node: Node | undefined): Promise<Tokens> {
  return (await post(node, '/token', { grant_type: 'password', username: 'alice', password })).body
}

const me = (node: Node | undefined, token: string) => fetch(`${node?.url}/users/me`, { headers: bearer(token) })

const invalidGrant = {
  status: 400,
  body: { error: 'invalid_grant', error_description: 'The refresh token is invalid, expired or revoked.' }
}

/** `count` refreshes of one token at once, spread over the nodes: every answer is 200 with the same successor. */
async function refreshAtOnce(t: Test, name: string, nodes: Node[], count: number) {
  const { refresh_token } = await logIn(nodes[0])
  const answers = await Promise.all(
    Array.from({ length: count }, (_, i) => refresh(nodes[i % nodes.length], refresh_token))
  )
  const statuses = new Map<number, number>()
  for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1)
  const successors = new Set(answers.map(({ body }) => body.refresh_token))
  t.comment(
    `${name}: ${count} parallel refreshes of one token on ${nodes.length} node(s): ` +
      `${[...statuses].map(([status, n]) => `${n} × ${status}`).join(', ')}; ${successors.size} successor(s)`
  )
  t.strictSame([...statuses], [[200, count]])
  t.equal(successors.size, 1)
  const [successor] = successors
  t.not(successor, refresh_token)
  t.equal(new Set(answers.map(({ body }) => body.access_token)).size, count, 'every answer has its own access token')
  const last = answers.at(-1)?.body.access_token ?? ''
  t.equal((await me(nodes[0], last)).status, 200)
  t.equal((await refresh(nodes.at(-1), String(successor))).status, 200, 'the successor works')
}

for (const engine of engines) {
  for (const count of [20, 200]) {
    t.test(`${count} parallel refreshes of one token all get the same successor on ${engine}`, async t => {
      const { nodes } = await createNodes(t, engine, 1)
      await createUser((nodes[0] as Node).app)
      await refreshAtOnce(t, engine, nodes, count)
    })
  }
}

pgTest('200 parallel refreshes over two nodes on one PostgreSQL all get the same successor', async t => {
  const { nodes } = await createNodes(t, 'postgres', 2)
  await createUser((nodes[0] as Node).app)
  await refreshAtOnce(t, 'postgres', nodes, 200)
})

pgTest('a change on one node takes effect on the other at once', async t => {
  const { nodes, clock, config } = await createNodes(t, 'postgres', 2)
  const [here, there] = nodes as [Node, Node]
  const user = await createUser(here.app)

  await t.test('tokens of one node work on the other, to call the API and to refresh', async t => {
    const tokens = await logIn(here)
    t.equal((await me(there, tokens.access_token)).status, 200)
    const next = await refresh(there, tokens.refresh_token)
    t.equal(next.status, 200)
    t.equal((await refresh(here, next.body.refresh_token)).status, 200)
  })

  await t.test('a session revoked on one node has ended on the other (RFC 7009 §2)', async t => {
    const [ended, other] = [await logIn(here), await logIn(here)]
    t.strictSame(await post(here, '/revoke', { token: ended.refresh_token }), { status: 200, body: undefined })
    t.equal((await me(there, ended.access_token)).status, 401)
    t.strictSame(await refresh(there, ended.refresh_token), invalidGrant)
    t.equal((await me(there, other.access_token)).status, 200, 'other sessions stay')
  })

  await t.test(
    'an old token used on the other node after the grace ends the session on both (RFC 9700 §4.14.2)',
    async t => {
      const first = await logIn(here)
      const second = (await refresh(here, first.refresh_token)).body
      clock.advance(config.refreshGrace + 1)
      t.strictSame(await refresh(there, first.refresh_token), invalidGrant)
      t.strictSame(await refresh(here, second.refresh_token), invalidGrant)
      t.equal((await me(here, second.access_token)).status, 401)
    }
  )

  await t.test(
    'a key created on one node verifies tokens on the other, in the API and the JWKS (RFC 7517 §5)',
    async t => {
      await here.app.keys.rotate({ immediately: true })
      const { access_token } = await logIn(here)
      // The other node looks up an unknown kid at most once a second.
      clock.advance(2)
      t.equal((await me(there, access_token)).status, 200)
      const { protectedHeader } = await jwtVerify(
        access_token,
        createRemoteJWKSet(new URL(`${there.url}/.well-known/jwks.json`)),
        { issuer: config.issuer, audience: config.audience, currentDate: clock.now() }
      )
      t.equal(protectedHeader.kid, here.app.keys.signer().kid)
    }
  )

  await t.test('both nodes reject tokens of a disabled user', async t => {
    const tokens = await logIn(here)
    await here.app.userAdmin.update(user.id, { disabled: true }, {})
    for (const node of nodes) {
      t.strictSame(await refresh(node, tokens.refresh_token), invalidGrant)
      t.equal((await me(node, tokens.access_token)).status, 401)
    }
  })
})
