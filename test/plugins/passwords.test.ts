import t from 'tap'
import metrics from '../../plugins/metrics.ts'
import passwords from '../../plugins/passwords.ts'
import { testConfig } from '../support/app.ts'
import { bareFastify } from '../support/plugins.ts'

t.test('passwords are hashed with the settings: cost, length and places in the queue (design §3)', async t => {
  const { app } = bareFastify(t)
  const config = testConfig({ bcryptCost: 5, passwordMinLength: 8, hashConcurrency: 1, hashQueue: 1 })
  await app.register(metrics, { isOn: false })
  await app.register(passwords, { config })
  t.doesNotThrow(() => app.passwords.assertAcceptable('12345678', '/password'))
  t.throws(() => app.passwords.assertAcceptable('1234567', '/password'), { name: 'Problem', status: 400 })

  const running = [app.passwords.hash('12345678'), app.passwords.hash('12345678')]
  await t.rejects(app.passwords.hash('12345678'), { code: 'temporarily_unavailable', status: 503 })
  const [first = ''] = await Promise.all(running)
  t.match(first, /^\$bcrypt-sha256\$v=2,t=2b,r=5\$/)
  t.equal(await app.passwords.verify('12345678', first), true)
})
