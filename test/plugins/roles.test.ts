import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import t from 'tap'
import type { Grant } from '../../src/auth/extensions/extensions.ts'
import type { Problem } from '../../src/base/errors.ts'
import type { Requirement } from '../../src/wire/requirements.ts'
import { clientToken } from '../support/administrator.ts'
import { bearer, createApp, createUser, logIn } from '../support/app.ts'

/** Asks a hook with the scope `me` and the requirement: `admitted`, the detail of the refusal, or the error. */
const asking =
  (app: FastifyInstance, requirement: Requirement) =>
  async (token: string): Promise<string> => {
    const hook: onRequestHookHandler = app.authenticate('me', requirement)
    const request = { headers: bearer(token), method: 'GET', query: {}, url: '/' } as FastifyRequest
    return new Promise<string>(resolve =>
      hook.call(app, request, { headers() {} } as unknown as FastifyReply, error =>
        resolve(error ? error.message : 'admitted')
      )
    )
  }

const needsEditor = 'This request needs the role editor.'

t.test('The roles of the account decide, so that a change holds for tokens from before it', async t => {
  const { app } = await createApp(t, {})
  const { id } = await createUser(app)
  const { access_token } = await logIn(app)
  const claims = (roles: string[] | null) => app.userAdmin.update(id, { claims: { roles } }, {})
  const ask = asking(app, { roles: ['editor', 'auditor'] })
  // The second request takes the synchronous path on SQLite.
  for (let n = 0; n < 2; n++) t.equal(await ask(access_token), needsEditor)
  await claims(['auditor', 'editor'])
  for (let n = 0; n < 2; n++) t.equal(await ask(access_token), 'admitted')
  await claims(['editor'])
  for (let n = 0; n < 2; n++) t.equal(await ask(access_token), 'This request needs the role auditor.')
  await claims(['auditor', 'editor'])
  const { access_token: later } = await logIn(app)
  await claims(null)
  for (const token of [access_token, later]) t.equal(await ask(token), needsEditor, 'not the roles of the token')
})

t.test('The claims of the embedding app win over those of the account, and are asked again', async t => {
  let theirs: Record<string, unknown> = { roles: ['editor'] }
  const grants: Grant[] = []
  const claims = async (grant: Grant) => {
    grants.push(grant)
    return theirs
  }
  const { app } = await createApp(t, {}, {}, { claims })
  const { id } = await createUser(app, 'alice', ['me', 'orders:read'])
  const { access_token } = await logIn(app)
  await app.userAdmin.update(id, { scopes: ['me'], claims: { roles: ['auditor'] } }, {})
  const ask = asking(app, { roles: ['editor'] })
  for (let n = 0; n < 2; n++) t.equal(await ask(access_token), 'admitted')
  t.match(grants.at(-1), { user: { id }, client_id: 'first-party', scope: ['me'] })
  t.equal(grants.at(-1)?.scope.length, 1, 'the scopes of now')
  theirs = { roles: 'editor' }
  t.equal(await ask(access_token), needsEditor)
  theirs = {}
  t.equal(await ask(access_token), needsEditor)
  t.equal(await asking(app, { roles: ['auditor'] })(access_token), 'admitted', 'the role of the account')
  const asked = grants.length
  t.equal(await asking(app, { acr: 'aal1' })(access_token), 'admitted')
  t.equal(grants.length, asked, 'not for a route without roles')
  theirs = { sub: 'another' }
  t.match(await ask(access_token), 'reserved claim')
})

t.test("A client's own token has the roles that the embedding app gives it, and no others", async t => {
  const { app } = await createApp(t)
  const { token } = await clientToken(app, 'job', ['me'])
  for (let n = 0; n < 2; n++) t.equal(await asking(app, { roles: ['editor'] })(token), needsEditor)
  const claims = ({ user, client_id }: Grant) => (user ? {} : { roles: [`of ${client_id}`] })
  const { app: embedded } = await createApp(t, {}, {}, { claims })
  const job = await clientToken(embedded, 'job', ['me'])
  t.equal(await asking(embedded, { roles: [`of ${job.id}`] })(job.token), 'admitted')
})

t.test('The scope is checked before the role, and the role before the login', async t => {
  const { app } = await createApp(t)
  const { id } = await createUser(app, 'alice', ['me', 'orders:read'])
  const ask = asking(app, { roles: ['editor'], acr: 'aal2' })
  t.equal(await ask((await logIn(app, { scope: 'orders:read' })).access_token), 'The access token lacks the scope me.')
  const { access_token } = await logIn(app)
  t.equal(await ask(access_token), needsEditor)
  await app.userAdmin.update(id, { claims: { roles: ['editor'] } }, {})
  t.equal(await ask(access_token), 'This request needs a login with two factors.')
})

t.test('A refusal is a 403 whose challenge names the role and no scope (RFC 6750 §3.1)', async t => {
  const { app } = await createApp(t)
  await createUser(app)
  const { access_token } = await logIn(app)
  const callerOf = () =>
    app.callerOf(
      { headers: bearer(access_token), method: 'GET', query: {}, url: '/' },
      { headers() {} },
      { roles: ['"chef" für alles'] }
    )
  const error: Problem = await callerOf().catch(error => error)
  t.match(error, { status: 403, message: 'This request needs the role "chef" für alles.' })
  t.strictSame(error.headers, {
    'WWW-Authenticate':
      'Bearer realm="sallyport", error="insufficient_scope", error_description="This request needs the role %22chef%22 f%C3%BCr alles."'
  })
})
