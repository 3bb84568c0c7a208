import t, { type Test } from 'tap'
import { usualCounters } from '../../../src/auth/throttle/policies.ts'
import {
  bearer,
  createApp,
  createVerifiedUser,
  logIn,
  metricOf,
  password,
  postForm,
  withMetrics
} from '../../support/app.ts'
import { createCli } from '../../support/cli.ts'
import { freePort } from '../../support/free-port.ts'
import { createMailApp, linkIn } from '../../support/mail-server.ts'
import { startRangeApi } from '../../support/range-api.ts'
import { auditTrail } from '../../support/store.ts'

const leaked = 'a password that leaked'
const free = 'purple monkey dishwasher lamp'
const refusal = (pointer: string) => ({
  status: 400,
  errors: [{ pointer, detail: 'is in a list of passwords from data breaches; choose another', reason: 'breached' }]
})

/** An app with alice, that asks an API which knows `leaked`, and the requests that the API has received. */
async function withAlice(t: Test, settings: object = {}) {
  const { url, requests } = await startRangeApi(t, [leaked])
  const made = await createMailApp(t, { breachCheck: url, ...withMetrics, ...settings })
  await createVerifiedUser(made.app)
  await made.received()
  requests.length = 0
  const send = (method: 'POST' | 'PUT', path: string, payload: object, headers = {}) =>
    made.app.inject({ method, url: path, payload, headers })
  return {
    ...made,
    requests,
    register: (username: string, password: string) => send('POST', '/users', { username, password }),
    change: (token: string, current_password: string, new_password: string) =>
      send('PUT', '/users/me/password', { current_password, new_password }, bearer(token)),
    reset: (token: string, new_password: string) => send('POST', '/password/reset', { token, new_password }),
    setUp: (token: string, password: string) => send('POST', '/setup', { token, username: 'root', password }),
    /** The token of a new link. */
    async mailed() {
      await send('POST', '/password/forgot', { email: 'alice@example.com' })
      return linkIn((await made.received()).find(({ subject }) => subject?.startsWith('Reset'))).token
    }
  }
}

t.test('With BREACH_CHECK, a new password that leaked is refused (ASVS 6.2.12)', async t => {
  const { app, config, requests, register, change, reset, setUp, mailed } = await withAlice(t)

  const setup = String((await app.setupLinks.create()).split('=')[1])
  t.match((await setUp(setup, leaked)).json(), refusal('/password'))
  t.equal((await setUp(setup, free)).statusCode, 201)

  t.match((await register('bob', leaked)).json(), refusal('/password'))
  t.equal((await register('bob', free)).statusCode, 201)

  const { access_token: token } = await logIn(app)
  t.match((await change(token, password, leaked)).json(), refusal('/new_password'))
  t.match(
    (await auditTrail(t, config.databaseUrl)).at(-1),
    { action: 'user.password_change_failed', detail: { reason: 'refused' } },
    'which would show without a trace that the current password is right'
  )
  t.equal((await change(token, password, free)).statusCode, 200)

  const link = await mailed()
  t.match((await reset(link, leaked)).json(), refusal('/new_password'))
  const page = await postForm(app, '/reset-password', { token: link, new_password: leaked })
  t.match([page.statusCode, page.body], [400, /is in a list of passwords from data breaches\. Choose another/])
  t.equal((await reset(link, `${free} 2`)).statusCode, 204, 'the link still works')

  t.equal(requests.length, 9)
  const counted = await metricOf(app, 'sallyport_breach_checks_total')
  t.match(counted, /outcome="breached"\} 5$/m)
  t.match(counted, /outcome="clean"\} 5$/m)
})

t.test('The commands ask the API too', async t => {
  const { url, requests } = await startRangeApi(t, [leaked])
  const { sallyport: run } = createCli(t, { BREACH_CHECK: url })
  const set = (args: string[], input: string) => run([...args, '--password-stdin'], input)
  t.match(await set(['users', 'create', 'alice'], leaked), {
    code: 1,
    err: /\/password is in a list of passwords from/
  })
  t.match(await set(['users', 'create', 'alice'], free), { code: 0 })
  t.match(await set(['users', 'set-password', 'alice'], leaked), { code: 1, err: /from data breaches/ })
  t.match(await set(['users', 'set-password', 'alice'], `${free} 2`), { code: 0 })
  t.equal(requests.length, 4)
})

t.test('A login asks the API nothing, even when it replaces the hash, and an older password still works', async t => {
  const { app, config } = await createApp(t)
  await app.users.register({ username: 'alice', password: leaked }, {})
  const before = (await app.db.users.byUsername('alice'))?.passwordHash
  const { url, requests } = await startRangeApi(t, [leaked])
  const { databaseUrl } = config
  const asking = await createApp(t, { databaseUrl, breachCheck: url, bcryptCost: 5 })
  t.ok((await logIn(asking.app, { password: leaked })).access_token)
  t.notOk((await logIn(asking.app, { password: 'a wrong password of mine' })).access_token)
  t.not((await asking.app.db.users.byUsername('alice'))?.passwordHash, before)
  t.strictSame(requests, [])
})

t.test('Nothing is asked for a password that the rules refuse, a taken name and a wrong current password', async t => {
  const { app, requests, register, change } = await withAlice(t)
  t.equal((await register('bob', 'passwordpassword')).statusCode, 400)
  t.equal((await register('alice', free)).statusCode, 409)
  const { access_token: token } = await logIn(app)
  t.equal((await change(token, 'a wrong password of mine', leaked)).statusCode, 403)
  t.strictSame(requests, [])
})

t.test('What the API is asked is bounded by the counters of registrations, changes and links', async t => {
  const { app, requests, register, change, reset, mailed } = await withAlice(t, { limits: ['registration=1'] })
  const link = await mailed()
  const { access_token: token } = await logIn(app)
  const user = await app.userAdmin.byIdOrName('alice')
  const ways = [
    (n: number) => register(`bob${n}`, leaked),
    () => reset(link, leaked),
    () => change(token, password, leaked)
  ]
  const refusal = app.auditEvents.event('throttle.refused', {})
  for (let n = 1; n < usualCounters.password.policy.free; n++) {
    await app.throttle.take('password', ['link', user.id], refusal)
    await app.throttle.take('password', ['change', user.id], refusal)
  }
  for (const ask of ways) {
    requests.length = 0
    t.strictSame([(await ask(1)).statusCode, (await ask(2)).statusCode], [400, 429])
    t.equal(requests.length, 1)
  }
  t.equal((await change(token, password, 'short')).statusCode, 429, 'past a limit, no new password is looked at')
})

t.test('The form of the password that is hashed is asked for (NFC)', async t => {
  const { url, requests } = await startRangeApi(t, ['a caf\u00e9 that leaked'])
  const { app } = await createApp(t, { breachCheck: url })
  const registered = app.users.register({ username: 'alice', password: 'a cafe\u0301 that leaked' }, {})
  await t.rejects(registered, refusal('/password'))
  t.equal(requests.length, 1)
})

t.test('A password is set while the API is away, and the log says so without the password', async t => {
  const lines: string[] = []
  const logger = { stream: { write: (line: string) => lines.push(line) } }
  const breachCheck = `http://127.0.0.1:${await freePort()}/range/`
  const { app } = await createApp(t, { breachCheck, logLevel: 'warn', ...withMetrics }, { logger })
  for (const username of ['alice', 'bob']) await app.users.register({ username, password: leaked }, {})
  t.ok((await logIn(app, { password: leaked })).access_token)
  t.match(await metricOf(app, 'sallyport_breach_checks_total'), /outcome="failed"\} 2$/m)
  const warnings = lines.filter(line => line.includes('BREACH_CHECK'))
  t.equal(warnings.length, 1)
  t.match(JSON.parse(String(warnings[0])), { level: 40, err: { message: /ECONNREFUSED/ } })
  t.notMatch(lines.join(''), /leaked|BC5E5|\/range/i)
})
