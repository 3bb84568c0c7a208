import t from 'tap'
import metrics from '../../plugins/metrics.ts'
import passwords from '../../plugins/passwords.ts'
import { testConfig } from '../support/app.ts'
import { bareFastify } from '../support/plugins.ts'

t.test('Passwords are hashed according to the settings: cost, length, issuer and places in the queue', async t => {
  const { app } = bareFastify(t)
  const config = testConfig({ bcryptCost: 5, passwordMinLength: 8, hashConcurrency: 1 })
  await app.register(metrics, { isOn: false })
  await app.register(passwords, { config })
  const owner = { username: 'alice', email: null }
  t.doesNotThrow(() => app.passwords.assertAcceptable('kx7qvzjw', '/password', owner))
  for (const [password, reason] of [
    ['kx7qvzj', 'length'],
    ['password', 'common'],
    ['the example of it', 'context']
  ] as const) {
    const errors = [{ pointer: '/password', reason }]
    t.throws(() => app.passwords.assertAcceptable(password, '/password', owner), { name: 'Problem', errors }, reason)
  }

  // One is hashed, and twelve of sixteen places are for callers that have not logged in before.
  const running = Array.from({ length: 13 }, () => app.passwords.hash('12345678'))
  await t.rejects(app.passwords.hash('12345678'), { code: 'temporarily_unavailable', status: 503 })
  const [first = ''] = await Promise.all(running)
  t.match(first, /^\$bcrypt-sha256\$v=2,t=2b,r=5\$/)
  t.equal(await app.passwords.verify('12345678', first), true)
  const argon2id = '$argon2id$v=19$m=512,t=2,p=2$A6ROuMFFEe8YsRrxwTBPOQ$d2lpUm/1en0/wwI3e/IB8frE9ZKHfS94PYyFcOx7Xs4'
  t.equal(await app.passwords.verify('password', argon2id), true)
  t.equal(await app.passwords.verify('Password', argon2id), false)
})

t.test('More hashes at once than the thread pool allows beside SQLite are a warning', async t => {
  const { app, log } = bareFastify(t)
  await app.register(metrics, { isOn: false })
  await app.register(passwords, { config: testConfig({ hashConcurrency: 128 }) })
  t.match(log.join(''), /"level":40.*UV_THREADPOOL_SIZE=130/)
})
