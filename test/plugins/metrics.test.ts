import t from 'tap'
import metrics from '../../plugins/metrics.ts'
import { bearer, createApp, createUser, logIn, metricOf, password, postForm, withMetrics } from '../support/app.ts'
import { movableTime } from '../support/clocks.ts'
import { createProofSigner, postProved, proofClaims } from '../support/dpop.ts'
import { guesses } from '../support/guess.ts'
import { bareFastify } from '../support/plugins.ts'

t.test('Requests are counted by route, not by URL, so that no label contains user input', async t => {
  const { app } = bareFastify(t)
  await app.register(metrics, { isOn: true })
  app.get('/users/:id', async () => ({}))
  for (const url of ['/users/alice?token=secret', '/users/bob', '/nothing/secret']) await app.inject(url)
  const text = String(await app.metrics.registry?.metrics())
  t.match(text, /^http_request_duration_seconds_count\{method="GET",route="\/users\/:id",status="200"\} 2$/m)
  t.match(text, /^http_request_duration_seconds_count\{method="GET",route="none",status="404"\} 1$/m)
  t.match(text, /^process_cpu_seconds_total /m, 'process metrics are included')
  t.notMatch(text, /secret|alice|bob/)
})

t.test('Without metrics there is nothing to collect, and refreshes are still counted (setting METRICS)', async t => {
  const { app } = bareFastify(t)
  await app.register(metrics, { isOn: false })
  app.get('/', async () => ({}))
  t.equal((await app.inject('/')).statusCode, 200)
  app.metrics.hashWaited(0.3)
  app.metrics.refreshed()
  app.metrics.gauge('answer', 'read at each scrape', () => 42)
  t.equal(app.metrics.registry, undefined)
  t.equal(app.metrics.refreshes(), 1)
})

t.test('Two apps in one process have separate metrics', async t => {
  const [one, two] = [bareFastify(t).app, bareFastify(t).app]
  for (const app of [one, two]) await app.register(metrics, { isOn: true })
  one.metrics.connectionDropped()
  const total = (app: typeof one) => metricOf(app, 'sallyport_connections_dropped_total')
  t.match(await total(one), /_total 1$/m)
  t.match(await total(two), /_total 0$/m)
})

t.test('Events are counted by the name of their reason, and a value that cannot be looked up is NaN', async t => {
  const { app } = bareFastify(t)
  await app.register(metrics, { isOn: true })
  const { metrics: counted } = app
  counted.hashWaited(0.3)
  counted.hashShed('full')
  counted.throttled('account')
  counted.gauge('answer', 'read at each scrape', async () => 42)
  counted.gauge('rejects', 'by a promise', () => Promise.reject(new Error('no database')))
  counted.gauge('throws', 'at once', () => {
    throw new Error('no database')
  })
  const lines = String(await counted.registry?.metrics()).split('\n')
  const expected = [
    'sallyport_hash_wait_seconds_bucket{le="0.25"} 0',
    'sallyport_hash_wait_seconds_bucket{le="0.5"} 1',
    'sallyport_hash_shed_total{reason="full"} 1',
    'sallyport_throttled_total{counter="account"} 1',
    ...['answer 42', 'rejects Nan', 'throws Nan']
  ]
  t.strictSame(
    expected.filter(line => !lines.includes(line)),
    []
  )
})

t.test('The whole service counts hashes, logins and refusals', async t => {
  const { app } = await createApp(t, withMetrics)
  await createUser(app)
  await logIn(app)
  await guesses(app, 11)
  const value = async (name: string) => {
    const text = await metricOf(app, name)
    return Number(/ (\d+)$/m.exec(text.replace(/^#.*$/gm, ''))?.[1])
  }
  t.equal(await value('sallyport_sessions'), 1)
  t.equal(await value('sallyport_hash_running'), 0)
  t.equal(await value('sallyport_hash_waiting'), 0)
  t.equal(await value('sallyport_throttled_total'), 1)
})

t.test('Refused requests are counted by a reason of a fixed list (ASVS 16.3.2)', async t => {
  const { app, clock } = await createApp(t, withMetrics)
  await createUser(app, 'alice', ['me', 'keys:write'])
  const { access_token, refresh_token } = await logIn(app)
  const me = await logIn(app, { scope: 'me' })
  const secret = { grant_type: 'client_credentials', client_id: 'error="invalid_token"', client_secret: 'x' }
  const payload = { current_password: 'error="invalid_token"', new_password: 'purple monkey dishwasher lamp' }
  await app.inject('/users/me')
  await app.inject({ url: '/users/me', headers: bearer('x') })
  await app.inject({ url: '/verify', headers: bearer(`${access_token}x`) })
  await app.inject({ url: '/keys', headers: bearer(me.access_token) })
  await app.inject({ method: 'PUT', url: '/users/me/password', headers: bearer(access_token), payload })
  const signer = createProofSigner()
  const form = { grant_type: 'password', username: 'alice', password }
  const bound = (await postProved(app, signer, '/token', form)).json().access_token
  const claims = proofClaims(app, ['GET', '/users/me'], { token: bound })
  for (const wrong of [{ nonce: undefined }, { htm: 'POST' }]) {
    const dpop = signer.prove({ ...claims, ...wrong })
    await app.inject({ url: '/users/me', headers: { authorization: `DPoP ${bound}`, dpop } })
  }
  clock.advance(601)
  const old = await logIn(app, { grant_type: 'refresh_token', refresh_token })
  await app.inject({ method: 'POST', url: '/keys/rotate', headers: bearer(old.access_token) })
  await postForm(app, '/token', secret)
  await app.inject('/nothing')
  const lines = (await metricOf(app, 'sallyport_refused_total')).split('\n').filter(line => !line.startsWith('#'))
  t.strictSame(lines.sort(), [
    'sallyport_refused_total{status="401",reason="insufficient_user_authentication"} 1',
    'sallyport_refused_total{status="401",reason="invalid_client"} 1',
    'sallyport_refused_total{status="401",reason="invalid_dpop_proof"} 1',
    'sallyport_refused_total{status="401",reason="invalid_token"} 2',
    'sallyport_refused_total{status="401",reason="no_token"} 1',
    'sallyport_refused_total{status="401",reason="use_dpop_nonce"} 1',
    'sallyport_refused_total{status="403",reason="insufficient_scope"} 1',
    'sallyport_refused_total{status="403",reason="other"} 1'
  ])
})

t.test('Sessions are counted in the database at most once a minute (plugins/sessions)', async t => {
  const forward = movableTime(t)
  const { app } = await createApp(t, withMetrics)
  await createUser(app)
  const count = async () => {
    const text = await metricOf(app, 'sallyport_sessions')
    return Number(/^sallyport_sessions (\d+)$/m.exec(text)?.[1])
  }
  await logIn(app)
  t.equal(await count(), 1)
  await logIn(app)
  t.equal(await count(), 1)
  forward(60_000)
  t.equal(await count(), 2)
})

t.test('A failed session count is NaN, and retried at the next scrape (plugins/sessions)', async t => {
  const { app } = await createApp(t, withMetrics)
  await createUser(app)
  await logIn(app)
  const text = () => metricOf(app, 'sallyport_sessions')
  const { countLive } = app.db.sessions
  app.db.sessions.countLive = () => Promise.reject(new Error('the store is ill'))
  for (let look = 0; look < 2; look++) t.match(await text(), /^sallyport_sessions Nan$/m)
  let counts = 0
  app.db.sessions.countLive = now => {
    counts++
    return countLive(now)
  }
  for (const each of await Promise.all([text(), text(), text()])) t.match(each, /^sallyport_sessions 1$/m)
  t.match(await text(), /^sallyport_sessions 1$/m)
  t.equal(counts, 1, 'concurrent scrapes share one count')
})
