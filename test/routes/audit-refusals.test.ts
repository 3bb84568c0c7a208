import t, { type Test } from 'tap'
import { outcomeOf } from '../../console/src/plot/outcome.ts'
import { texts } from '../../console/src/texts.ts'
import { refusedActions } from '../../src/auth/audit/audit-refusals.ts'
import { callWith, clientToken } from '../support/administrator.ts'
import { createApp, createUser, logIn } from '../support/app.ts'
import { type EngineName, engines } from '../support/engines.ts'
import { assertProblem } from '../support/problem.ts'
import { at, event, recordMany } from '../support/store.ts'

const url = '/audit/refusals'

/** An app whose clock is at 2026-01-31T12:00:00Z, and a client that may read its events. */
async function createWorld(t: Test, engine: EngineName = 'sqlite') {
  const { app, config, clock } = await createApp(t, {}, engine)
  // Seals change no count, and to make them takes longer than the test.
  app.db.audit.seal = async () => 0
  const { token } = await clientToken(app, 'console', ['audit:read'])
  const get = (query = '') => callWith(app, token)('GET', `${url}${query}`)
  const record = async (action: string, members: Parameters<typeof event>[1] = {}, times = 1) => {
    for (let n = 0; n < times; n++) await app.db.audit.record(event(action, { at: at(-60), ...members }))
  }
  return { app, get, record, clock, url: config.databaseUrl }
}

for (const engine of engines) {
  t.test(`refusals are counted by reason, account and address, on ${engine}`, async t => {
    const { get, record, clock } = await createWorld(t, engine)
    t.strictSame((await get()).json(), {
      since: '2026-01-30T12:00:00.000Z',
      is_cut: false,
      reasons: [],
      subjects: [],
      ips: []
    })
    for (let n = 1; n <= 6; n++)
      await record('login.failed', { subject: `user ${n}`, ip: `192.0.2.${n}`, detail: { reason: 'password' } }, 7 - n)
    await record('login.failed', { ip: '192.0.2.6', detail: { reason: 'unknown name', name_hash: 'x' } }, 2)
    await record('login.failed', { detail: { reason: 'unknown name', name_hash: 'y' } })
    await record('throttle.refused', { subject: 'user 6', ip: '192.0.2.6', detail: { counter: 'known', seconds: 3 } })
    await record('throttle.refused', { subject: 'user 6', detail: { counter: 'known', seconds: 9 } }, 2)
    await record('token.reuse_detected', { subject: 'user 6' })
    await record('login.succeeded', { subject: 'user 6', detail: { reason: 'password' } })
    await record('login.failed', { at: at(-86_401), subject: 'user 6', detail: { reason: 'old' } }, 9)
    t.strictSame((await get()).json().reasons, [], 'the answer is shared for ten seconds')
    clock.advance(10)
    const answer = await get()
    t.equal(answer.statusCode, 200)
    t.strictSame(answer.json(), {
      since: '2026-01-30T12:00:10.000Z',
      is_cut: false,
      reasons: [
        { action: 'login.failed', reason: 'password', count: 21 },
        { action: 'login.failed', reason: 'unknown name', count: 3 },
        { action: 'throttle.refused', reason: 'known', count: 3 },
        { action: 'token.reuse_detected', reason: null, count: 1 }
      ],
      subjects: [1, 2, 3, 4, 5].map(n => ({ id: `user ${n}`, count: 7 - n })),
      ips: [
        { ip: '192.0.2.1', count: 6 },
        { ip: '192.0.2.2', count: 5 },
        { ip: '192.0.2.3', count: 4 },
        { ip: '192.0.2.4', count: 3 },
        { ip: '192.0.2.6', count: 3 }
      ]
    })
    const old = (await get('?since=2026-01-30T11:59:59Z&until=2026-01-30T12:00:00Z')).json()
    t.match(old, { since: '2026-01-30T11:59:59.000Z', reasons: [{ reason: 'old', count: 9 }] })
    t.equal(old.reasons.length, 1)
  })

  t.test(`a range with more than a hundred thousand events is cut, on ${engine}`, async t => {
    const { get, record, url } = await createWorld(t, engine)
    await record('login.failed')
    await recordMany(url, 100_000)
    t.match((await get('?until=2026-03-01T00:00:00Z&since=2026-01-01T00:00:00Z')).json(), {
      since: '2026-01-31T12:00:00.000Z',
      is_cut: true,
      reasons: []
    })
  })
}

t.test('twenty requests at once make one scan, and those of other ranges one more', async t => {
  const { app, get } = await createWorld(t)
  const { refusals } = app.db.audit
  let [running, most, scans] = [0, 0, 0]
  app.db.audit.refusals = async (...args) => {
    scans++
    running++
    most = Math.max(most, running)
    return refusals(...args).finally(() => {
      running--
    })
  }
  for (const answer of await Promise.all(Array.from({ length: 20 }, () => get()))) t.equal(answer.statusCode, 200)
  t.equal(scans, 1)
  const ranges = Array.from({ length: 20 }, (_, n) => get(`?until=2026-01-31T11:00:${10 + n}Z`))
  const answers = await Promise.all(ranges)
  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [200, 200, ...Array(18).fill(503)])
  const refused = answers.find(({ statusCode }) => statusCode === 503)
  const detail = 'Events of other ranges are being counted. Send the same request again.'
  assertProblem(t, refused as (typeof answers)[number], 503, url, { detail })
  t.equal(refused?.headers['retry-after'], '1')
  t.strictSame([scans, most], [3, 1])
})

t.test('an invalid time is 400 with a pointer (RFC 9457 §3)', async t => {
  const { get } = await createWorld(t)
  for (const [query, pointer, detail] of [
    ['since=2026-12-31T23:59:60Z', '/since', 'must be a time such as 2026-01-31T12:00:00Z'],
    ['until=0000-01-01T00:00:00Z', '/until', 'must be a time such as 2026-01-31T12:00:00Z'],
    ['by=day', '/by', 'is unknown']
  ] as const) {
    const refusal = { detail: `The request is not valid: ${pointer} ${detail}.`, errors: [{ pointer, detail }] }
    assertProblem(t, await get(`?${query}`), 400, url, refusal, query)
  }
})

t.test('refusals need the scope audit:read', async t => {
  const { app } = await createApp(t)
  await createUser(app)
  const { access_token } = await logIn(app)
  const detail = 'The access token lacks the scope audit:read.'
  assertProblem(t, await callWith(app, access_token)('GET', url), 403, url, { detail })
  t.equal((await callWith(app)('GET', url)).statusCode, 401)
})

t.test('every action that the console shows as failed is counted', async t => {
  const failed = Object.keys(texts.actions).filter(action => outcomeOf(action) === 'failed')
  t.strictSame(failed.sort(), [...refusedActions].sort())
})
