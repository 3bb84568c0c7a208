import t from 'tap'
import { createApp, testConfig } from '../support/app.ts'
import { databaseUrl } from '../support/engines.ts'
import { bareFastify, registerServices } from '../support/plugins.ts'

t.test('The clock is the given one, and ids are UUIDv7 in the order of time (RFC 9562 §5.7)', async t => {
  const { app, clock } = await createApp(t)
  t.strictSame(app.clock.now(), clock.now())
  const ids = Array.from({ length: 1000 }, app.clock.newId)
  t.strictSame(ids, [...new Set(ids)].sort())
  t.match(ids[0], /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

t.test('A failed extension is logged and stops nothing', async t => {
  const { app, log } = bareFastify(t)
  const config = testConfig({ databaseUrl: await databaseUrl(t, 'sqlite') })
  const onUserCreated = () => {
    throw new Error('the extension is ill')
  }
  await registerServices(app, { config, onUserCreated })
  t.match(await app.users.register({ username: 'alice', password: 'correct horse battery staple' }, {}), {
    username: 'alice'
  })
  t.match(log.join(''), '"msg":"the extension onUserCreated failed"')
})
