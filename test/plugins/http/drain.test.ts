import t from 'tap'
import drain from '../../../plugins/http/drain.ts'
import { bareFastify } from '../../support/plugins.ts'

t.test('While draining, every request is served and every answer closes its connection (RFC 9112 §9.6)', async t => {
  const { app } = bareFastify(t)
  await app.register(drain)
  app.get('/', async () => 'served')
  const server = await app.listen({ port: 0, host: '127.0.0.1' })
  const before = await fetch(server)
  t.equal(app.drain.hasBegun, false)
  t.equal(before.headers.get('connection'), 'keep-alive')
  app.drain.begin()
  t.equal(app.drain.hasBegun, true)
  for (const [url, status] of [
    ['/', 200],
    ['/nothing', 404]
  ] as const) {
    const answer = await fetch(server + url)
    t.equal(answer.status, status)
    t.equal(answer.headers.get('connection'), 'close')
  }
})
