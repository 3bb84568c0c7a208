import t from 'tap'
import drain from '../../../plugins/http/drain.ts'
import { bareFastify } from '../../support/plugins.ts'

t.test('while draining, every request is served and every answer closes its connection (RFC 9112 §9.6)', async t => {
  const { app } = bareFastify(t)
  await app.register(drain)
  app.get('/', async () => 'served')
  const before = await app.inject('/')
  t.equal(app.drain.hasBegun, false)
  t.notMatch(before.headers.connection, 'close')
  app.drain.begin()
  t.equal(app.drain.hasBegun, true)
  for (const [url, status] of [
    ['/', 200],
    ['/nothing', 404]
  ] as const) {
    const answer = await app.inject(url)
    t.equal(answer.statusCode, status)
    t.equal(answer.headers.connection, 'close')
  }
})
