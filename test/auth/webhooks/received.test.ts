import { Readable } from 'node:stream'
import t from 'tap'
import { compareReceived } from '../../../src/auth/webhooks/received.ts'
import { withWebhook } from '../../support/webhooks.ts'

t.test(
  'A file of received events is compared with the trail: nothing missing, nothing added, nothing altered',
  async t => {
    const { app, record, send, got } = await withWebhook(t, ['user.*'])
    for (let n = 0; n < 3; n++) {
      await record('user.created', 'login.failed', 'user.deleted')
      await send()
    }
    const lines = got.map(({ body }) => JSON.stringify(body))
    const compare = (file: string[], events = ['user.*']) => compareReceived(Readable.from(file), events, app.db.audit)
    const all = { events: 6, missing: [], added: [], pruned: 0 }
    t.strictSame(await compare(lines), all)
    const shown: unknown[] = []
    await compareReceived(Readable.from(lines), ['user.*'], app.db.audit, (...progress) => shown.push(progress))
    t.strictSame(shown.at(-1), ['comparing', 1])
    t.strictSame(await compare([...lines, '', String(lines[2])].toReversed()), all, 'in any order, and again')
    t.strictSame(await compare(lines.slice(1, 4)), { ...all, events: 3 }, 'from the first to the last of the file')
    t.strictSame(await compare([]), { ...all, events: 0 })
    const ids = got.map(({ body }) => body.id)
    t.strictSame(await compare(lines.filter((_, at) => at !== 2)), { ...all, events: 5, missing: [ids[2]] })
    t.equal((await compare(lines, ['*'])).missing.length, 3, 'also what the file should have by its list of events')
    const altered = lines.map((line, at) => (at === 1 ? line.replace('"client_id":null', '"client_id":"web"') : line))
    t.match(await compare(altered), { missing: [ids[1]], added: [ids[1]] })
    t.match(await compare([...lines, String(altered[1])]), { missing: [], added: [ids[1]] })
    const invented = String(lines[3]).replace(/evt_\d+_/, 'evt_999_')
    t.match(await compare([...lines, invented]), { missing: [], added: [/^evt_999_/] })
    for (const wrong of [
      '{',
      '{"id":"evt_1_2"}',
      'null',
      '{"id":"x","seal":1,"data":{}}',
      '{"id":"evt_1_2","seal":1,"data":null}'
    ])
      await t.rejects(compare([...lines, wrong]), {
        message: 'Line 7 is not an event, as a webhook or GET /events sends it.'
      })
  }
)

t.test('Received events that were pruned here are counted', async t => {
  const { app, clock, record, send, got } = await withWebhook(t, ['user.*'])
  await record('user.created')
  await send()
  clock.advance(100)
  await record('user.deleted')
  await send()
  await app.audit.prune(50)
  const lines = Readable.from(got.map(({ body }) => JSON.stringify(body)))
  t.match(await compareReceived(lines, ['user.*'], app.db.audit), { events: 1, missing: [], added: [], pruned: 1 })
})
