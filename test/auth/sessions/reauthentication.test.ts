import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Config } from '../../../src/config/config.ts'
import { clientToken } from '../../support/administrator.ts'
import { bearer, createApp, createUser, logIn, password } from '../../support/app.ts'
import { assertProblem } from '../../support/problem.ts'
import { markEnrolled, stepUp } from '../../support/step-up.ts'
import { auditTrail } from '../../support/store.ts'

const reading = ['users:read', 'clients:read', 'keys:read', 'audit:read']
const changing = ['users:write', 'clients:write', 'keys:write']
const scopes = ['me', ...reading, ...changing]
const next = 'purple monkey dishwasher lamp'
const asked = {
  recent: ['max_age="600"', 'This request needs a login that is at most 600 seconds old.'],
  both: [
    'acr_values="aal2", max_age="600"',
    'This request needs a login with two factors that is at most 600 seconds old.'
  ],
  twoFactors: ['acr_values="aal2"', 'This request needs a login with two factors.']
} as const

type Operation = [method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string]

/** The operations whose security in the OpenAPI document names one of these scopes, with ids that do not exist. */
function operationsWith(app: FastifyInstance, ...scopes: string[]): Operation[] {
  const { paths = {} } = app.swagger() as { paths?: Record<string, Record<string, { security?: object[] }>> }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { security = [] }]) => scopes.some(scope => JSON.stringify(security).includes(`"${scope}"`)))
      .map(([method]): Operation => {
        const id = path.startsWith('/clients') ? `c_${randomUUID()}` : randomUUID()
        return [method.toUpperCase() as Operation[0], path.replace('{id}', id).replace(/\{\w+\}$/, randomUUID())]
      })
  )
}

/** An app with the administrator root, and requests with the access token of root. */
async function withRoot(t: Test, settings: Partial<Config> = {}) {
  const { app, clock, config } = await createApp(t, settings)
  const root = await createUser(app, 'root', scopes)
  let { access_token: token, refresh_token } = await logIn(app, { username: 'root' })
  async function logInAgain(form: Record<string, string> = {}) {
    const tokens = await logIn(app, { username: 'root', ...form })
    token = tokens.access_token
    refresh_token = tokens.refresh_token
  }
  return {
    app,
    clock,
    root,
    config,
    logInAgain,
    refresh: () => logInAgain({ grant_type: 'refresh_token', refresh_token }),
    stepUp: () => stepUp(app, token),
    call: ([method, url]: Operation, payload?: object) =>
      app.inject({ method, url, headers: bearer(token), ...(payload && { payload }) }),
    /** The operations that are not refused with a challenge for such a login. */
    async admitted(operations: Operation[], what: keyof typeof asked, payload?: object) {
      const [parameters, detail] = asked[what]
      const error = `error="insufficient_user_authentication", error_description="${detail}"`
      const challenge = `Bearer realm="sallyport", ${error}, ${parameters}`
      const wrong: unknown[] = []
      for (const operation of operations) {
        const { statusCode, headers, ...answer } = await this.call(operation, payload)
        if (statusCode !== 401 || headers['www-authenticate'] !== challenge || answer.json().detail !== detail)
          wrong.push([operation, statusCode, headers['www-authenticate']])
      }
      return wrong
    },
    /** The operations that do not get past the check of the login. */
    async refused(operations: Operation[], most = /^(200|204|400|404|415)$/) {
      const wrong: unknown[] = []
      for (const operation of operations) {
        const { statusCode } = await this.call(operation)
        if (!most.test(String(statusCode))) wrong.push([operation, statusCode])
      }
      return wrong
    }
  }
}

t.test('Administration needs a login of the last 600 s, which a refresh does not renew', async t => {
  const world = await withRoot(t, { docs: 'on' })
  const { app, clock } = world
  const operations = operationsWith(app, ...changing)
  t.equal(operations.length, 16)
  clock.advance(600)
  await world.refresh()
  t.strictSame(await world.refused(operations), [])
  clock.advance(1)
  t.strictSame(await world.admitted(operations, 'recent'), [])
  const [one] = operations as [Operation]
  await world.refresh()
  t.strictSame(await world.admitted([one], 'recent'), [], 'after a refresh')
  await logIn(app, { username: 'root' })
  t.strictSame(await world.admitted([one], 'recent'), [], 'after another login')
  assertProblem(t, await world.call(one), 401, one[1], { detail: asked.recent[1] }, one.join(' '))
  await world.logInAgain()
  t.strictSame(await world.refused([one]), [])
})

t.test('An administrator with a second factor needs a login with two factors', async t => {
  const world = await withRoot(t, { docs: 'on' })
  const { app, clock, root } = world
  const operations = operationsWith(app, ...changing)
  await markEnrolled(app, root)
  t.strictSame(await world.admitted(operations, 'both'), [])
  await world.stepUp()
  t.strictSame(await world.refused(operations), [])
  clock.advance(601)
  await world.refresh()
  t.strictSame(await world.admitted(operations.slice(0, 1), 'both'), [])
})

t.test('Reading needs no recent login', async t => {
  const world = await withRoot(t, { docs: 'on' })
  const { app, clock, root } = world
  await markEnrolled(app, root)
  clock.advance(3600)
  await world.refresh()
  const operations = operationsWith(app, ...reading)
  t.equal(operations.length, 14)
  t.strictSame(await world.refused(operations, /^(200|404)$/), [])
  t.equal((await world.call(['PATCH', '/users/me'], { full_name: 'Root' })).statusCode, 200)
})

t.test('A client that acts for itself administers with a token of any age, because it has no login', async t => {
  const { app, clock } = await createApp(t, { accessTokenTtl: 3600 })
  const { token } = await clientToken(app, 'job', scopes)
  clock.advance(3599)
  const headers = bearer(token)
  t.equal((await app.inject({ method: 'DELETE', url: `/users/${randomUUID()}`, headers })).statusCode, 404)
})

t.test('The scope is checked first, so a stranger learns nothing about the login', async t => {
  const { app, clock } = await createApp(t)
  await createUser(app)
  const { refresh_token } = await logIn(app)
  clock.advance(3600)
  const headers = bearer((await logIn(app, { grant_type: 'refresh_token', refresh_token })).access_token)
  t.equal((await app.inject({ method: 'DELETE', url: `/users/${randomUUID()}`, headers })).statusCode, 403)
})

t.test('With SECOND_FACTOR=off, a second factor that the account still has is not asked for', async t => {
  const world = await withRoot(t, { secondFactor: 'off' })
  await markEnrolled(world.app, world.root)
  t.strictSame(await world.refused([['DELETE', `/users/${randomUUID()}`]]), [])
  t.equal((await world.call(['PATCH', '/users/me'], { email: 'root@example.com' })).statusCode, 200)
  t.equal((await world.call(['DELETE', '/users/me'], { current_password: 'wrong' })).statusCode, 403)
})

t.test('The current password replaces a recent login, but not the second factor', async t => {
  const world = await withRoot(t)
  const { app, clock, root, config } = world
  await createUser(app, 'other', scopes)
  clock.advance(601)
  await world.refresh()
  const email = 'root@example.com'
  t.equal((await world.call(['PATCH', '/users/me'], { email, current_password: password })).statusCode, 200)
  await markEnrolled(app, root)
  const [change, replace, remove]: [Operation, Operation, Operation] = [
    ['PATCH', '/users/me'],
    ['PUT', '/users/me/password'],
    ['DELETE', '/users/me']
  ]
  for (const current_password of [password, 'a wrong one']) {
    t.strictSame(await world.admitted([change], 'twoFactors', { email: null, current_password }), [])
    t.strictSame(await world.admitted([replace], 'twoFactors', { new_password: next, current_password }), [])
    t.strictSame(await world.admitted([remove], 'twoFactors', { current_password }), [])
  }
  const failures = (await auditTrail(t, config.databaseUrl)).filter(({ action }) => /failed/.test(action))
  t.strictSame(failures, [], 'the password is not even compared')
  t.match((await world.call(['GET' as 'PUT', '/users/me'])).json(), { email })

  await world.stepUp()
  clock.advance(599)
  await world.refresh()
  clock.advance(2)
  t.equal((await world.call(change, { email: null })).statusCode, 401, 'without the password, the login is too old')
  t.equal((await world.call(change, { email: null, current_password: password })).statusCode, 200)
  const changed = await world.call(replace, { new_password: next, current_password: password })
  t.equal(changed.statusCode, 200)
  const headers = bearer(changed.json().access_token)
  const payload = { current_password: next }
  t.equal((await app.inject({ method: 'DELETE', url: '/users/me', headers, payload })).statusCode, 204)
})

t.test('Without the password, a change of address asks for both factors and a recent login', async t => {
  const world = await withRoot(t)
  const change: Operation = ['PATCH', '/users/me']
  await markEnrolled(world.app, world.root)
  const answer = await world.call(change, { email: 'root@example.com' })
  t.equal(answer.statusCode, 401)
  t.match(answer.headers['www-authenticate'], /acr_values="aal2", max_age="600"$/)
  t.equal((await world.call(change, { full_name: 'Root' })).statusCode, 200, 'a name needs neither')
  await world.stepUp()
  t.equal((await world.call(change, { email: 'root@example.com' })).statusCode, 200)
})
