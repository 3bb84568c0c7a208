import t, { type Test } from 'tap'
import { addressPrefix } from '../../../src/auth/throttle/address-prefix.ts'
import { basic, bearer, createApp, createUser, password, postForm, withMetrics } from '../../support/app.ts'
import { all, guess, stranger, turns } from '../../support/guess.ts'
import { assertProblem } from '../../support/problem.ts'

const tooMany = (seconds: number) => ({
  error: 'temporarily_unavailable',
  error_description: `Too many attempts. Try again in ${seconds} s.`
})

/** An app with a confidential client that may introspect every token, and the header with which it authenticates. */
async function withClient(t: Test) {
  const { app, clock } = await createApp(t, {})
  const { client, secret } = await app.clientAdmin.create({
    name: 'reports',
    confidential: true,
    grants: ['client_credentials'],
    scopes: ['introspect']
  })
  const right = basic(client.id, String(secret))
  const wrong = basic(client.id, 'not its secret')
  return {
    app,
    clock,
    right,
    wrong,
    /** The statuses of `count` requests to `url` from `from` with the given header. */
    async statuses(times: number, url: string, headers: Record<string, string>, from = stranger) {
      const statuses: number[] = []
      for (let i = 0; i < times; i++) {
        const form = { grant_type: 'client_credentials', scope: 'introspect', token: 'x' }
        statuses.push((await postForm(app, url, form, headers, from)).statusCode)
      }
      return statuses
    }
  }
}

t.test('callers are limited', async t => {
  t.test('a registration limit that does not divide an hour is counted in the database (setting LIMITS)', async t => {
    const { app, clock } = await createApp(t, { limits: ['registration=7'] })
    await app.throttle.registration(stranger)
    await app.throttle.registration(stranger)
    const [counter, ...others] = await app.db.throttle.counters([`registration:${addressPrefix(stranger)}`])
    t.strictSame(others, [])
    t.equal(Number(counter?.clearsAt) - clock.now().getTime(), 2 * Math.ceil(3_600_000 / 7))
  })

  t.test('registrations are limited by prefix, before anything is hashed (setting LIMITS)', async t => {
    const { app, clock } = await createApp(t, { ...withMetrics, limits: ['registration=3'] })
    const register = (username: string, from = stranger, given = password) =>
      app.inject({ method: 'POST', url: '/users', remoteAddress: from, payload: { username, password: given } })
    for (let i = 0; i < 5; i++) t.equal((await register('short', stranger, 'short')).statusCode, 400)
    for (const name of ['alice', 'bob']) t.equal((await register(name)).statusCode, 201)
    t.equal((await register('bob')).statusCode, 409, 'an attempt with a taken name counts, which limits guessing names')
    const before = await turns(app)
    const refused = await register('carol', '198.51.100.200')
    assertProblem(t, refused, 429, '/users', { detail: 'Too many attempts. Try again in 1 s.' })
    t.equal(refused.headers['retry-after'], '1')
    t.equal((await register('bob')).statusCode, 429)
    t.equal((await register('short', stranger, 'short')).statusCode, 429, 'before the password is looked at')
    t.equal(await turns(app), before)
    t.equal((await register('carol', '203.0.113.1')).statusCode, 201)
    clock.advance(1)
    t.equal((await register('dave')).statusCode, 201)
    t.equal((await register('erin')).headers['retry-after'], '2')
  })

  t.test('an operator who creates accounts at the terminal has no limit (setting LIMITS)', async t => {
    const { app } = await createApp(t, { limits: ['registration=1'] })
    for (const name of ['alice', 'bob', 'carol']) t.ok(await createUser(app, name))
  })

  t.test('wrong client credentials wait after fifty failures, and right ones never (decision 34)', async t => {
    const { app, clock, right, wrong, statuses } = await withClient(t)
    t.strictSame(await statuses(25, '/token', wrong), all(25, 401))
    t.strictSame(await statuses(25, '/revoke', wrong), all(25, 401))
    for (const url of ['/token', '/revoke']) {
      const answer = await postForm(app, url, { grant_type: 'client_credentials' }, wrong, '198.51.100.99')
      t.equal(answer.statusCode, 429)
      t.equal(answer.headers['retry-after'], '1')
      t.strictSame(answer.json(), tooMany(1))
    }
    t.strictSame(await statuses(3, '/token', right), all(3, 200))
    t.strictSame(await statuses(3, '/revoke', right), all(3, 200))
    t.strictSame(await statuses(1, '/token', wrong, '203.0.113.1'), [401], 'another prefix')
    t.strictSame(await statuses(1, '/introspect', wrong), [401], 'another counter')
    t.equal((await guess(app)).statusCode, 400, 'logins are not affected')
    clock.advance(1)
    t.strictSame(await statuses(2, '/token', wrong), [401, 429])
  })

  t.test('wrong credentials at /introspect wait after fifty failures (decision 34)', async t => {
    const { app, right, wrong, statuses } = await withClient(t)
    const form = { grant_type: 'client_credentials', scope: 'introspect' }
    const { access_token } = (await postForm(app, '/token', form, right, '203.0.113.1')).json()
    t.strictSame(await statuses(25, '/introspect', wrong), all(25, 401))
    t.strictSame(await statuses(25, '/introspect', bearer('not a token')), all(25, 400), 'that is malformed')
    t.strictSame(await statuses(25, '/introspect', bearer('x.y.z')), all(25, 401))
    for (const headers of [wrong, bearer('x.y.z')]) {
      const answer = await postForm(app, '/introspect', { token: 'x' }, headers, stranger)
      t.equal(answer.statusCode, 429)
      t.equal(answer.headers['retry-after'], '1')
      t.strictSame(answer.json(), tooMany(1))
    }
    t.strictSame(await statuses(3, '/introspect', right), all(3, 200))
    t.strictSame(await statuses(3, '/introspect', bearer(access_token)), all(3, 200))
    t.strictSame(await statuses(1, '/token', wrong), [401], 'another counter')
  })
})
