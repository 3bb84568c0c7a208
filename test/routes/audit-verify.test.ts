import t, { type Test } from 'tap'
import { callWith, clientToken } from '../support/administrator.ts'
import { createApp } from '../support/app.ts'
import { assertProblem } from '../support/problem.ts'
import { otherKey } from '../support/sealed-trail.ts'
import { event, execute, recordMany } from '../support/store.ts'

const url = '/audit/verify'
const dayMs = 86_400_000

/** An app with this many events, all of them sealed, and a client that may read the trail. */
async function withTrail(t: Test, events = 0) {
  const { app, config, clock } = await createApp(t, {})
  const { token } = await clientToken(app, 'console', ['audit:read'])
  await recordMany(config.databaseUrl, events)
  // Once more where the server itself has made a seal meanwhile.
  do await app.audit.seal()
  while ((await app.audit.verify()).unsealed > 0)
  const step = async (cursor?: string, as = token) => {
    const answer = await callWith(app, as)('GET', cursor === undefined ? url : `${url}?cursor=${cursor}`)
    t.equal(answer.statusCode, 200)
    return answer.json()
  }
  return { app, clock, token, step, url: config.databaseUrl }
}

t.test('The trail is verified in one step when it is short', async t => {
  const { app, step } = await withTrail(t)
  const { newest } = await app.audit.verify()
  t.match(newest, { number: Number, hash: /^[0-9a-f]{64}$/ })
  const { events, seals, ...rest } = await step()
  t.strictSame(rest, { newest, unsealed: 0, broken: null, next_cursor: null })
  t.strictSame([events, seals], [3, newest.number])
  app.db.audit.seal = async () => 0
  await app.db.audit.record(event('new'))
  t.match(await step(), { events: 3, unsealed: 1, broken: null })
})

t.test('A long trail is verified in steps, and a step takes only a cursor of this server for this purpose', async t => {
  const { app, token, step } = await withTrail(t, 10_500)
  const first = await step()
  t.match(first, { unsealed: null, broken: null, next_cursor: String })
  t.ok(first.events >= 10_000 && first.events < 11_000)
  const last = await step(first.next_cursor)
  const { newest, events } = await app.audit.verify()
  t.strictSame(last, {
    events: events - first.events,
    seals: newest.number - first.newest.number,
    newest,
    unsealed: 0,
    broken: null,
    next_cursor: null
  })

  const { next_cursor } = first
  const get = (cursor: string) => callWith(app, token)('GET', `${url}?cursor=${encodeURIComponent(cursor)}`)
  const [pointer, detail] = ['/cursor', 'must be the next_cursor of a step']
  const refusal = { detail: `The request is not valid: ${pointer} ${detail}.`, errors: [{ pointer, detail }] }
  const flipped = `${next_cursor.slice(0, -2)}${next_cursor.at(-2) === 'A' ? 'B' : 'A'}${next_cursor.at(-1)}`
  const page = (await callWith(app, token)('GET', '/audit?limit=1')).json().next_cursor
  const forged = Buffer.from(JSON.stringify({ number: 5, hash: '0'.repeat(64) })).toString('base64url')
  for (const cursor of ['', 'x', flipped, next_cursor.slice(1), page, forged])
    assertProblem(t, await get(cursor), 400, url, refusal, cursor)
  const other = await createApp(t, { secret: 'another secret of the tests, 32 bytes' })
  const stranger = (await clientToken(other.app, 'console', ['audit:read'])).token
  const elsewhere = await callWith(other.app, stranger)('GET', `${url}?cursor=${next_cursor}`)
  assertProblem(t, elsewhere, 400, url, refusal, 'of another secret')
})

t.test('A step finds every change since the step before it', async t => {
  const { url, step } = await withTrail(t, 10_500)
  const { newest, next_cursor } = await step()
  const continued = () => step(next_cursor)
  const { number } = newest
  const copy = 'at, action, actor, subject, client_id, ip, detail'
  const rest = `FROM audit WHERE seal > ${number}`
  await execute(url, `CREATE TABLE kept AS SELECT * ${rest}; CREATE TABLE kept_seals AS SELECT * FROM seals`)
  for (const [change, what, fault] of [
    [`UPDATE audit SET action = 'x' WHERE seal = ${number + 1}`, number + 1, 'covers an event that was changed'],
    [`DELETE FROM seals WHERE number = ${number}`, number, 'is missing'],
    [`DELETE FROM seals WHERE number >= ${number}`, number, 'is missing'],
    ['DELETE FROM seals', number, 'is missing'],
    [
      `INSERT INTO audit (seq, ${copy}, seal) SELECT 99999, ${copy}, 99999 FROM audit WHERE seq = 1`,
      undefined,
      'names seal 99999, which does not exist or was pruned'
    ]
  ] as const) {
    await execute(url, change)
    const broken = { what: what === undefined ? 'event 99999' : `seal ${what}`, fault }
    const found = await continued()
    t.strictSame(found.broken, broken, change)
    t.strictSame([found.unsealed, found.next_cursor], [null, null], change)
    await execute(url, `DELETE ${rest}; INSERT INTO audit SELECT * FROM kept`)
    await execute(url, 'DELETE FROM seals; INSERT INTO seals SELECT * FROM kept_seals')
  }
  t.equal((await continued()).broken, null)
})

t.test('A step continues after a pruning of what it has verified and more', async t => {
  const { app, clock, step } = await withTrail(t, 10_500)
  const { next_cursor, newest } = await step()
  clock.advance(dayMs / 1000)
  const later = await clientToken(app, 'later', ['audit:read'])
  t.ok((await app.audit.prune(3600)) > 10_000)
  const found = await step(next_cursor, later.token)
  t.equal(found.broken, null)
  t.ok(found.newest.number > newest.number)
  t.equal(found.next_cursor, null)
})

t.test('An empty trail has no newest seal, and one of another secret is broken', async t => {
  const { app, step, url } = await withTrail(t)
  const { seal } = app.db.audit
  // Otherwise the timer could seal the event with its own key.
  app.db.audit.seal = async () => 0
  await app.db.audit.record(event('new'))
  await seal(otherKey, app.clock.now())
  t.match(await step(), { broken: { fault: `is signed by another key, ${otherKey.publicKey}` } })
  await execute(url, 'DELETE FROM seals; DELETE FROM audit')
  t.strictSame(await step(), { events: 0, seals: 0, newest: null, unsealed: 0, broken: null, next_cursor: null })
})
