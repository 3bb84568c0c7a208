import Fastify from 'fastify'
import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import verifier, { type Requirement, type VerifierOptions } from '../../src/verifier.ts'
import { rolesOf } from '../../src/wire/roles.ts'
import { bearer, logIn } from '../support/app.ts'
import { signAs } from '../support/forgeries.ts'
import { introspect, startIssuer } from '../support/resource-server.ts'

/** A route that requires `orders:read` and the `requirement`: its status, its challenge, and the token or the error. */
async function createRoute(t: Test, options: VerifierOptions, requirement: Requirement) {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(verifier, options)
  app.get('/', { onRequest: app.requireScope('orders:read', requirement) }, async ({ accessToken }) => accessToken)
  return async (token: string) => {
    const answer = await app.inject({ url: '/', headers: bearer(token) })
    return { status: answer.statusCode, challenge: answer.headers['www-authenticate'], body: answer.json() }
  }
}

const refusal = (role: string, encoded = role) => ({
  status: 403,
  challenge: `Bearer realm="sallyport", error="insufficient_scope", error_description="This request needs the role ${encoded}."`,
  body: {
    statusCode: 403,
    code: 'insufficient_scope',
    error: 'Forbidden',
    message: `This request needs the role ${role}.`
  }
})

t.test('Roles are an array of strings (RFC 9068 §2.2.3.1), and anything else is none', async t => {
  t.strictSame(rolesOf({ roles: ['editor', 'admin'] }), ['editor', 'admin'])
  for (const roles of [undefined, null, 'editor', { editor: true }, { 0: 'editor', length: 1 }, 1, true, []])
    t.strictSame(rolesOf({ roles }), [])
  for (const odd of [1, null, ['editor'], { value: 'editor' }]) t.strictSame(rolesOf({ roles: ['editor', odd] }), [])
})

t.test('A route admits only tokens with all of its roles, spelled the same', async t => {
  const issuer = await startIssuer(t)
  const claims = decodeJwt(issuer.tokens.access_token)
  const withRoles = (roles?: unknown) => signAs(issuer.app, { ...claims, roles })
  const ask = await createRoute(t, issuer.options, { roles: ['editor', 'auditor'] })
  t.match(await ask(withRoles(['auditor', 'reader', 'editor'])), {
    status: 200,
    body: { roles: ['auditor', 'reader', 'editor'] }
  })
  for (const roles of [undefined, null, [], ['auditor'], ['Editor', 'auditor'], ['editor ', 'auditor']])
    t.strictSame(await ask(withRoles(roles)), refusal('editor'), JSON.stringify(roles))
  for (const roles of ['editor auditor', { editor: 1, auditor: 1 }, ['editor', 'auditor', 1]])
    t.strictSame(await ask(withRoles(roles)), refusal('editor'), JSON.stringify(roles))
  t.strictSame(await ask(withRoles(['editor'])), refusal('auditor'))
  t.strictSame(await ask(signAs(issuer.app, { ...claims, groups: ['editor', 'auditor'] })), refusal('editor'))
})

t.test('A change of the account holds at once by introspection, and offline from the next token', async t => {
  const issuer = await startIssuer(t)
  const { app, alice, options } = issuer
  const requirement = { roles: ['editor'] }
  const offline = await createRoute(t, options, requirement)
  const asking = await createRoute(t, { ...options, ...(await introspect(issuer)) }, requirement)
  const change = (roles: string[] | null) => app.userAdmin.update(alice.id, { claims: { roles } }, {})
  const { access_token: before } = issuer.tokens
  for (const ask of [offline, asking]) t.strictSame(await ask(before), refusal('editor'))
  await change(['editor'])
  t.strictSame(await offline(before), refusal('editor'))
  t.match(await asking(before), { status: 200, body: { roles: ['editor'] } })
  const { access_token: after } = await logIn(app)
  await change(null)
  t.match(await offline(after), { status: 200, body: { roles: ['editor'] } })
  t.strictSame(await asking(after), refusal('editor'))
})

t.test('A role of any characters fits into the challenge (RFC 6750 §3)', async t => {
  const issuer = await startIssuer(t)
  for (const [role, encoded] of [
    ['order manager', 'order manager'],
    ['a", scope="b', 'a%22, scope=%22b'],
    ['a\\b\r\nc', 'a%5Cb%0D%0Ac'],
    ['rédacteur', 'r%C3%A9dacteur'],
    ['編集者😀', '%E7%B7%A8%E9%9B%86%E8%80%85%F0%9F%98%80'],
    ['\ud800', '%EF%BF%BD']
  ] as const) {
    const ask = await createRoute(t, issuer.options, { roles: [role] })
    t.strictSame(await ask(issuer.tokens.access_token), refusal(role, encoded))
  }
})

t.test('The scope is checked before the role, and the role before the login, which no role would mend', async t => {
  const issuer = await startIssuer(t)
  const ask = await createRoute(t, issuer.options, { roles: ['editor'], acr: 'aal2' })
  const { access_token } = await logIn(issuer.app, { scope: 'me' })
  t.match(await ask(access_token), { status: 403, challenge: /scope="orders:read"/ })
  t.strictSame(await ask(issuer.tokens.access_token), refusal('editor'))
  const claims = { ...decodeJwt(issuer.tokens.access_token), roles: ['editor'] }
  t.match(await ask(signAs(issuer.app, claims)), { status: 401, challenge: /acr_values="aal2"$/ })
  t.equal((await ask(signAs(issuer.app, { ...claims, acr: 'aal2' }))).status, 200)
})
