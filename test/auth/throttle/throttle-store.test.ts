import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { StoreError } from '../../../src/store/errors.ts'
import { bearer, createApp, createUser, password, postForm } from '../../support/app.ts'
import { all, assertMustWait, createGuessWorld, guess, guesses, logInFrom, stranger } from '../../support/guess.ts'
import { auditTrail, openEngine } from '../../support/store.ts'

const home = '192.0.2.1'

/** Makes every call of these methods of the counter store fail. */
function breakStore({ db }: FastifyInstance, ...names: (keyof FastifyInstance['db']['throttle'])[]) {
  const fail = () => Promise.reject(new StoreError('unavailable', 'the store is ill'))
  Object.assign(db.throttle, Object.fromEntries(names.map(name => [name, fail])))
}

t.test('Counters survive a restart, and are shared by two servers on one database', async t => {
  const one = await createApp(t)
  await createUser(one.app)
  const two = await createApp(t, one.config)
  for (const { app } of [one, two]) t.strictSame(await guesses(app, 5), all(5, 400))
  for (const { app } of [one, two]) t.strictSame(await guesses(app, 1), [429])
  t.equal(await logInFrom(two.app, stranger), 429)
  one.clock.advance(1)
  t.equal(await logInFrom(one.app, stranger), 200)
  t.equal(await logInFrom(two.app, stranger), 200, 'known prefixes are shared too')
})

t.test('Counters are deleted when forgiven, and prefixes after half a year', async t => {
  const { app, clock, config } = await createGuessWorld(t)
  const { db, schema } = openEngine(t, config.databaseUrl)
  const counters = async () => (await db.select().from(schema.throttle)).map(({ key }) => key.split(':')[0]).sort()
  const known = async () => (await db.select().from(schema.knownPrefixes)).map(({ prefix }) => prefix)
  t.equal(await logInFrom(app, home), 200)
  t.strictSame(await guesses(app, 2), [400, 400])
  for (const [seconds, left, prefixes] of [
    [3630, ['account', 'consecutive'], ['192.0.2.0/24']],
    [7200, ['consecutive'], ['192.0.2.0/24']],
    [180 * 86_400 - 10_830, ['consecutive'], ['192.0.2.0/24']],
    [1, ['consecutive'], []]
  ] as const) {
    clock.advance(seconds)
    await app.throttle.prune()
    t.strictSame([await counters(), await known()], [left, prefixes], 'time does not forgive the series')
  }
})

t.test('What cannot be counted is not checked: 503, the same for every password and name', async t => {
  const { app } = await createApp(t)
  await createUser(app)
  t.equal(await logInFrom(app, home), 200)
  const { take, counters, isKnown } = app.db.throttle
  const { passwords } = app
  let checks = 0
  t.intercept(passwords, 'verify', { value: async () => ++checks > 0 })
  for (const broken of [['take'], ['counters'], ['isKnown'], ['take', 'counters', 'isKnown']] as const) {
    breakStore(app, ...broken)
    const answers = [
      await guess(app),
      await guess(app, stranger, { password }),
      await guess(app, home, { password }),
      await guess(app, stranger, { username: 'nobody' })
    ]
    for (const answer of answers) {
      t.strictSame([answer.statusCode, answer.headers['retry-after']], [503, '1'])
      t.equal(answer.body, answers[0]?.body)
    }
    Object.assign(app.db.throttle, { take, counters, isKnown })
  }
  t.equal(checks, 0, 'nothing was hashed')
})

t.test('A wait that ends while it is refused is a second', async t => {
  const { app } = await createApp(t)
  await createUser(app)
  t.strictSame(await guesses(app, 10), all(10, 400))
  Object.assign(app.db.throttle, { counters: async () => [] })
  assertMustWait(t, await guess(app), 1)
})

t.test('A right password whose login cannot be written costs no attempt, and leaves an event', async t => {
  const { app, config } = await createApp(t)
  await createUser(app)
  const { insertLogin } = app.db.sessions
  app.db.sessions.insertLogin = () => Promise.reject(new StoreError('unavailable', 'the store is ill'))
  for (let n = 0; n < 12; n++) t.equal(await logInFrom(app, stranger), 503)
  app.db.sessions.insertLogin = insertLogin
  t.equal(await logInFrom(app, stranger), 200)
  const failures = (await auditTrail(t, config.databaseUrl)).filter(({ action }) => action === 'login.failed')
  t.match(failures, Array(12).fill({ detail: { reason: 'unavailable' } }))
})

t.test('What guesses nothing works while the store cannot count', async t => {
  const { app } = await createApp(t)
  await createUser(app)
  const { client, secret } = await app.clientAdmin.create({
    name: 'api',
    confidential: true,
    grants: ['client_credentials'],
    scopes: ['introspect']
  })
  const api = { client_id: client.id, client_secret: String(secret) }
  const login = (await postForm(app, '/token', { grant_type: 'password', username: 'alice', password })).json()
  breakStore(app, 'take', 'counters', 'isKnown')
  const { refresh_token } = login
  const refreshed = await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token })
  t.equal(refreshed.statusCode, 200)
  const token = refreshed.json().access_token
  t.equal((await app.inject({ url: '/users/me', headers: bearer(token) })).statusCode, 200)
  t.match((await postForm(app, '/introspect', { token, ...api })).json(), { active: true })
  app.db.sessions.recordRetry = () => Promise.reject(new StoreError('unavailable', 'the store is ill'))
  const retried = await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token })
  t.equal(retried.statusCode, 200, 'the retry of a refresh')
  app.db.sessions.durable = () => Promise.reject(new StoreError('unavailable', 'the refresh is not on disk'))
  const early = await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token })
  t.equal(early.statusCode, 503, 'the retry of a refresh that a power cut would undo')
  const row = await app.db.sessions.withUser(String(refresh_token.split('.')[0]))
  if (row) row.session.retriedCounter = row.session.counter
  const again = await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token })
  t.equal(again.statusCode, 503, 'also after a retry that was recorded')
  const wrong = await postForm(app, '/introspect', { token, ...api, client_secret: 'wrong' })
  t.equal(wrong.statusCode, 503, 'a wrong secret is not counted, so it is not refused as wrong')
})
