import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import t from 'tap'
import type { Caller } from '../../src/auth/tokens/access-tokens.ts'
import type { Problem } from '../../src/base/errors.ts'
import type { StepUp } from '../../src/verifier.ts'
import { clientToken } from '../support/administrator.ts'
import { bearer, createApp, createUser, logIn } from '../support/app.ts'
import { createTokenWorld } from '../support/personal-tokens.ts'
import { stepUp } from '../support/step-up.ts'

/** The caller that a hook sets for a request with this token. Rejects with the error of the hook. */
async function callerOf(app: FastifyInstance, hook: onRequestHookHandler, token: string): Promise<Caller> {
  const request = { headers: bearer(token), method: 'GET', query: {}, url: '/' } as FastifyRequest
  await new Promise<void>((resolve, reject) => {
    hook.call(app, request, { headers() {} } as unknown as FastifyReply, error => (error ? reject(error) : resolve()))
  })
  return request.caller
}

/** The challenge of the refusal, and its status. */
async function refusal(app: FastifyInstance, hook: onRequestHookHandler, token: string) {
  const error: Problem = await callerOf(app, hook, token).then(
    () => {
      throw new Error('The token was accepted.')
    },
    error => error
  )
  return [error.status, error.headers['WWW-Authenticate']]
}

const challenge = (description: string, parameters: string) => [
  401,
  `Bearer realm="sallyport", error="insufficient_user_authentication", error_description="This request needs a login${description}.", ${parameters}`
]

t.test('The session decides, so a step-up takes effect for tokens from before it', async t => {
  const { app, clock } = await createApp(t, {})
  const { id } = await createUser(app)
  const { access_token } = await logIn(app)
  const hook = app.authenticate('me', { acr: 'aal2', maxAge: 300 })
  const refused = challenge(' with two factors that is at most 300 seconds old', 'acr_values="aal2", max_age="300"')
  // The second request takes the synchronous path on SQLite.
  for (let n = 0; n < 2; n++) t.strictSame(await refusal(app, hook, access_token), refused)
  await stepUp(app, access_token)
  for (let n = 0; n < 2; n++) t.equal((await callerOf(app, hook, access_token)).user?.id, id)
  clock.advance(300)
  t.equal((await callerOf(app, hook, access_token)).user?.id, id)
  clock.advance(1)
  t.strictSame(await refusal(app, hook, access_token), refused)
  await stepUp(app, access_token, ['pwd'])
  t.equal((await callerOf(app, hook, access_token)).user?.id, id, 'the password renews a login that had two factors')
})

t.test('A challenge names only what the route asks for (RFC 9470 §3)', async t => {
  const { app, clock } = await createApp(t)
  await createUser(app)
  const { refresh_token } = await logIn(app)
  clock.advance(600)
  const { access_token } = await logIn(app, { grant_type: 'refresh_token', refresh_token })
  const hook = (stepUp: StepUp) => app.authenticate('me', stepUp)
  const age = ' that is at most 599 seconds old'
  t.strictSame(await refusal(app, hook({ maxAge: 599 }), access_token), challenge(age, 'max_age="599"'))
  t.strictSame(
    await refusal(app, hook({ acr: 'aal2' }), access_token),
    challenge(' with two factors', 'acr_values="aal2"')
  )
  t.strictSame(
    await refusal(app, hook({ acr: 'aal1', maxAge: 599 }), access_token),
    challenge(age, 'acr_values="aal1", max_age="599"')
  )
  for (const enough of [{ maxAge: 600 }, { acr: 'aal1' }] as const)
    t.ok(await callerOf(app, hook(enough), access_token), 'a refresh keeps the login as it is')
  await stepUp(app, access_token)
  t.ok(await callerOf(app, hook({ acr: 'aal1' }), access_token), 'a stronger login satisfies a weaker class')
})

t.test('A client that acts for itself has no login, so it never satisfies a step-up', async t => {
  const { app } = await createApp(t)
  const { token } = await clientToken(app, 'job', ['orders:write'])
  t.ok(await callerOf(app, app.authenticate('orders:write'), token))
  const scenarios = [
    [{ acr: 'aal1' }, '', 'acr_values="aal1"'],
    [{ acr: 'aal2' }, ' with two factors', 'acr_values="aal2"'],
    [{ maxAge: 86_400 }, ' that is at most 86400 seconds old', 'max_age="86400"']
  ] as const
  for (const [asked, description, parameters] of scenarios) {
    const hook = app.authenticate('orders:write', asked)
    for (let n = 0; n < 2; n++) t.strictSame(await refusal(app, hook, token), challenge(description, parameters))
  }
})

t.test('Only a valid token with the scopes learns what is asked of its login (RFC 9470 §9)', async t => {
  const { app, clock } = await createApp(t)
  await createUser(app)
  const { access_token } = await logIn(app)
  const asked: StepUp = { acr: 'aal2' }
  const [status, header] = await refusal(app, app.authenticate('orders:write', asked), access_token)
  t.equal(status, 403)
  t.match(header, /error="insufficient_scope"/)
  const foreign = async () =>
    app.callerOf(
      { headers: bearer(access_token), method: 'GET', query: {}, url: '/' },
      { headers() {} },
      { stepUp: asked },
      { audience: 'https://other', target: ({ method, url }) => ({ method, url }) }
    )
  await t.rejects(foreign(), { status: 401, message: 'The access token is not for https://other.' })
  clock.advance(600)
  for (const token of ['x', access_token])
    t.match(await refusal(app, app.authenticate('me', asked), token), [401, /error="invalid_token"/])
})

t.test('What is wrong with a step-up is reported when the route is declared', async t => {
  const { app } = await createApp(t)
  const maxAge = 'maxAge must be a whole number of seconds from 1'
  const scenarios: [stepUp: object, problem: string][] = [
    [{}, 'it must have acr, maxAge or roles'],
    [{ acr: ['aal2'] }, 'acr must be aal1 or aal2'],
    [{ acr: undefined, maxAge: 300 }, 'acr must be aal1 or aal2'],
    ...[undefined, '300', 0, 1.5, Number.POSITIVE_INFINITY].map((value): [object, string] => [
      { maxAge: value },
      maxAge
    ]),
    [{ acr: 1, maxAge: '5', toString: 1 }, `acr must be aal1 or aal2; ${maxAge}; toString is not a member`]
  ]
  for (const [stepUp, problem] of scenarios)
    t.throws(() => app.authenticate('me', stepUp as StepUp), {
      message: `The last argument of app.authenticate is not valid: ${problem}.`
    })
  for (const given of [['me', null], ['a b']])
    t.throws(() => app.authenticate(...(given as string[])), /^A scope must be/)
})

t.test('A step-up that the app changes later stays as it was declared', async t => {
  const { app } = await createApp(t)
  await createUser(app)
  const { access_token } = await logIn(app)
  const asked: StepUp = { acr: 'aal2' }
  const hook = app.authenticate('me', asked)
  delete asked.acr
  t.equal((await refusal(app, hook, access_token))[0], 401)
})

t.test('A token for a personal access token has no login, so a route that asks for one refuses it', async t => {
  const { app, id, create, exchange } = await createTokenWorld(t)
  const { access_token } = (await exchange((await create()).token)).json()
  t.match(await callerOf(app, app.authenticate('reports:read'), access_token), { user: { id } })
  const age = challenge(' that is at most 31536000 seconds old', 'max_age="31536000"')
  t.strictSame(await refusal(app, app.authenticate('reports:read', { maxAge: 31_536_000 }), access_token), age)
  const anyLogin = challenge('', 'acr_values="aal1"')
  t.strictSame(await refusal(app, app.authenticate('reports:read', { acr: 'aal1' }), access_token), anyLogin)
  const caller = await callerOf(app, app.authenticate('reports:read'), access_token)
  t.throws(() => app.reauthentication.assertRecent(caller), { name: 'Problem' })
})
