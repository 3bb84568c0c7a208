import { createHmac, createPublicKey, verify } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { createVerifiedUser } from '../../support/app.ts'
import { type Received, withWebhook } from '../../support/webhooks.ts'

const hour = 3600

t.test('Events go out in the order of the seals, only those that the webhook asks for, and once', async t => {
  const { record, send, passed, state, heard } = await withWebhook(t, ['user.*', 'login.failed'])
  await record('user.created', 'login.succeeded', 'login.failed', 'users.imported')
  await send()
  await record('user.deleted')
  await send()
  await send()
  t.strictSame(passed(), ['user.created', 'login.failed', 'user.deleted'])
  t.strictSame(heard, ['delivered', 'delivered', 'delivered'])
  const { seal, reached_at, deliveries } = await state()
  t.match({ seal, reached_at }, { seal: 2, reached_at: '2026-01-31T12:00:00.000Z' })
  t.match(deliveries, [{ type: 'user.deleted', status: 204, error: null }, {}, { type: 'user.created' }])
})

t.test('A message has only ids, and two signatures that a receiver can verify', async t => {
  const { app, secret, record, send, got } = await withWebhook(t)
  await record('user.created')
  await send()
  const { headers, body } = got[0] as Received
  t.strictSame(Object.keys(body), ['id', 'type', 'timestamp', 'seal', 'data'])
  t.strictSame(Object.keys(body.data), ['actor', 'subject', 'client_id'])
  t.equal(headers['webhook-id'], body.id)
  t.equal(headers['webhook-timestamp'], '1769860800')
  const text = `${body.id}.1769860800.${JSON.stringify(body)}`
  const [v1a = '', v1] = String(headers['webhook-signature']).split(' ')
  const key = createPublicKey({ key: app.audit.jwks.keys[0] as never, format: 'jwk' })
  t.ok(verify(null, Buffer.from(text), key, Buffer.from(v1a.slice('v1a,'.length), 'base64')))
  const hmac = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
  t.equal(v1, `v1,${hmac.update(text).digest('base64')}`)
})

t.test('IP address and details go out only to a webhook that was created for them', async t => {
  const { app, id, record, send, got } = await withWebhook(t)
  await app.webhooks.update(id, { details: true })
  await record('user.created')
  await send()
  t.match(got.at(-1)?.body.data, { ip: null, detail: {} })
})

t.test('A refused event is tried again after each wait, holds later ones back, and pauses the webhook', async t => {
  const { app, clock, id, receiver, record, send, passed, state, heard } = await withWebhook(t)
  const owner = await createVerifiedUser(app)
  await app.db.webhooks.update(
    await app.webhooks.find(id),
    { createdBy: owner.id },
    app.auditEvents.event('webhook.updated')
  )
  await send()
  const before = passed().length
  receiver.answer = async () => 500
  const begun = clock.now().getTime()
  const tries: number[] = []
  await record('user.created', 'user.deleted')
  while ((await state()).state !== 'paused') {
    const heardBefore = heard.length
    await send()
    if (heard.length > heardBefore) tries.push((clock.now().getTime() - begun) / 1000)
    clock.advance([5, 5, 300][tries.length] ?? hour / 2)
  }
  const waits = tries.slice(1).map((at, index) => at - Number(tries[index]))
  t.strictSame(waits.slice(0, 7), [5, 300, hour / 2, 2 * hour, 5 * hour, 10 * hour, 12 * hour])
  t.ok(Number(tries.at(-1)) >= 120 * hour && Number(tries.at(-2)) < 120 * hour, 'after five days')
  t.match(await state(), { state: 'paused', pause_reason: 'failing' })
  const kinds = (await app.db.mail.due(new Date('9999-01-01'), 10)).map(({ kind, address }) => `${kind} ${address}`)
  t.ok(kinds.includes('webhook_paused alice@example.com'))
  receiver.answer = async () => 204
  await send()
  t.equal(passed().length, before, 'nothing is sent while it is paused')
  await app.webhooks.update(id, { paused: false })
  await send()
  t.strictSame(passed().slice(before), ['user.created', 'user.deleted', 'webhook.paused', 'webhook.updated'])
  t.match(await state(), { state: 'active', failing_since: null })
})

t.test('A receiver that answers 410 is paused at once', async t => {
  const { receiver, record, send, state } = await withWebhook(t)
  receiver.answer = async () => 410
  await record('user.created')
  await send()
  t.match(await state(), { state: 'paused', pause_reason: 'gone', deliveries: [{ status: 410, error: 'status 410' }] })
})

t.test('A redirect is a refusal, and a failure without an answer says why', async t => {
  const { clock, receiver, record, send, state } = await withWebhook(t)
  receiver.answer = async () => 302
  await record('user.created')
  await send()
  t.match(await state(), { state: 'failing', deliveries: [{ status: 302, error: 'status 302' }] })
  receiver.answer = () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))
  clock.advance(5)
  await send()
  t.match(await state(), { deliveries: [{ status: null, error: 'ECONNREFUSED' }, { status: 302 }] })
})

t.test('One process sends; another one goes on when the lease has ended, and a dead one notes nothing', async t => {
  const { app, clock, receiver, record, createSender, stop, passed, state } = await withWebhook(t, ['user.*'])
  const [one, two] = [createSender('one'), createSender('two')]
  await record('user.created')
  await app.audit.seal()
  const answers: ((status: number) => void)[] = []
  const asked = new Promise<void>(resolve => {
    receiver.answer = () => {
      resolve()
      return new Promise(resolve => answers.push(resolve))
    }
  })
  await one.look(stop.signal)
  await asked
  await two.look(stop.signal)
  await setTimeout(20)
  t.equal(answers.length, 1, 'the lease is held')
  clock.advance(11)
  receiver.answer = async () => 204
  const three = createSender('three')
  await three.look(stop.signal)
  await three.end()
  t.strictSame(passed(), ['user.created'])
  answers[0]?.(500)
  await one.end()
  t.equal((await state()).state, 'active', 'the failure that the first one saw changes nothing')
})

t.test('A lease that a clock made which was set back does not last', async t => {
  const { clock, record, app, createSender, stop, passed } = await withWebhook(t, ['user.*'])
  await createSender('one').look(stop.signal)
  clock.advance(-hour)
  await record('user.created')
  await app.audit.seal()
  const two = createSender('two')
  await two.look(stop.signal)
  await two.end()
  t.strictSame(passed(), ['user.created'])
})

t.test('A change while a message is under way wins over what becomes of it', async t => {
  const { app, id, receiver, record, send, state, got } = await withWebhook(t, ['user.*'])
  await record('user.created')
  receiver.answer = async () => {
    await app.webhooks.update(id, { url: 'https://other.example.com/' })
    return 500
  }
  await send()
  t.match(await state(), { state: 'active', url: 'https://other.example.com/', deliveries: [] })
  receiver.answer = async () => 204
  await send()
  t.match(got, [{ url: 'https://other.example.com/' }])
})

t.test('A stop in the middle loses nothing, and what was accepted stays noted', async t => {
  const { app, clock, receiver, record, stop, createSender, send, passed } = await withWebhook(t, ['user.*'])
  await record('user.created', 'user.updated', 'user.deleted')
  await app.audit.seal()
  const ending = new AbortController()
  receiver.answer = async ({ body }) => {
    if (body.type === 'user.updated') ending.abort()
    return 204
  }
  const sender = createSender('one')
  await sender.look(ending.signal)
  await sender.end()
  receiver.answer = async () => 204
  t.notOk(stop.signal.aborted)
  clock.advance(1)
  await send()
  t.strictSame(passed(), ['user.created', 'user.updated', 'user.updated', 'user.deleted'])
})

t.test('Events that were pruned before they were sent are counted, and the next message says so', async t => {
  const { app, clock, record, send, got, heard, state } = await withWebhook(t, ['user.*'])
  await record('user.created', 'login.failed', 'user.updated')
  await app.audit.seal()
  clock.advance(100)
  await record('audit.pruned')
  await app.audit.seal()
  t.ok((await app.audit.prune(50)) > 3)
  t.equal((await state()).lost, 2)
  await record('user.deleted', 'user.deleted')
  await send()
  t.strictSame(
    got.map(({ body }) => body.lost),
    [2, undefined]
  )
  t.strictSame(heard, ['delivered 2', 'delivered'])
  t.equal((await state()).lost, 0)
})

t.test('A replay sends again from a seal or a time, with the same ids', async t => {
  const { app, clock, id, record, send, got, state } = await withWebhook(t, ['user.*'])
  await record('user.created')
  await send()
  clock.advance(60)
  await record('user.deleted')
  await send()
  const ids = got.map(({ body }) => body.id)
  await app.webhooks.replay(id, { after: 0 })
  await send()
  await app.webhooks.replay(id, { since: '2026-01-31T12:01:00Z' })
  await send()
  t.strictSame(
    got.map(({ body }) => body.id),
    [...ids, ...ids, ids[1]]
  )
  t.equal((await state()).reached_at, '2026-01-31T12:01:00.000Z')
})

t.test('A test event reaches a webhook that does not ask for it, and no other one', async t => {
  const { app, id, clock, receiver, record, send, passed, state } = await withWebhook(t, ['user.*'])
  const { webhook: other } = await app.webhooks.create({ url: 'https://other.example.com/', events: ['user.*'] })
  receiver.answer = async () => 500
  await record('user.created')
  await send()
  t.equal((await state()).state, 'failing')
  receiver.answer = async ({ url }) => (url.includes('crm') ? 204 : 500)
  await app.webhooks.test(id)
  await send()
  t.strictSame(passed(), ['user.created', 'webhook.tested'], 'it also tries at once what waits')
  clock.advance(10)
  await send()
  t.match((await app.webhooks.find(other.id)).deliveries, [{ type: 'user.created' }, { type: 'user.created' }])
})

t.test('A test event while others are sent makes none come again', async t => {
  const { app, id, receiver, record, send, passed } = await withWebhook(t, ['user.*'])
  await record('user.created', 'user.updated', 'user.deleted')
  receiver.answer = async () => {
    await app.webhooks.test(id)
    return 204
  }
  await send()
  await send()
  t.strictSame(passed().slice(0, 3), ['user.created', 'user.updated', 'user.deleted'])
  t.strictSame(new Set(passed().slice(3)), new Set(['webhook.tested']))
})

t.test('A receiver that hangs delays no other one', async t => {
  const { app, receiver, record, createSender, stop, passed } = await withWebhook(t, ['user.*'])
  await app.webhooks.create({ url: 'https://dead.example.com/', events: ['user.*'] })
  let end = (_status: number) => {}
  receiver.answer = ({ url }) => (url.includes('dead') ? new Promise(resolve => (end = resolve)) : Promise.resolve(204))
  await record(...Array.from({ length: 10 }, () => 'user.updated'))
  await app.audit.seal()
  const sender = createSender('one')
  await sender.look(stop.signal)
  for (let tries = 0; passed().length < 10 && tries < 500; tries++) await setTimeout(10)
  t.equal(passed().length, 10)
  end(204)
  stop.abort()
  await sender.end()
})
