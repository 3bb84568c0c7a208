import t, { type Test } from 'tap'
import { callWith, clientToken } from '../support/administrator.ts'
import { createApp } from '../support/app.ts'
import { anyEngine } from '../support/engines.ts'
import { assertProblem } from '../support/problem.ts'
import { event, execute, recordMany } from '../support/store.ts'

const url = '/audit/counts'

/** An app whose clock is at 2026-01-31T12:00:00Z, with events at the given times, and a client that may read them. */
async function withEvents(t: Test, events: Record<string, string[]>) {
  const { app, config, clock } = await createApp(t, {})
  // Seals change no count, and to make them takes longer than the test.
  app.db.audit.seal = async () => 0
  const { token } = await clientToken(app, 'console', ['audit:read'])
  for (const [action, times] of Object.entries(events))
    for (const at of times) await app.db.audit.record(event(action, { at: new Date(at) }))
  const get = (query = '') => callWith(app, token)('GET', `${url}${query}`)
  return { app, get, clock, url: config.databaseUrl }
}

t.test('Events are counted by hour or day and action, the latest first', async t => {
  const { get } = await withEvents(t, {
    one: ['2026-01-31T11:59:59.999Z', '2026-01-31T11:00:00.000Z', '2026-01-31T10:59:59.999Z', '2026-01-30T12:00:00Z'],
    two: ['2026-01-31T11:30:00.000Z', '2026-01-30T11:59:59.999Z', '2026-01-30T23:30:00Z', '2026-01-01T12:00:00Z']
  })
  const today = [
    { at: '2026-01-31T11:00:00.000Z', action: 'one', count: 2 },
    { at: '2026-01-31T11:00:00.000Z', action: 'two', count: 1 },
    { at: '2026-01-31T10:00:00.000Z', action: 'one', count: 1 },
    { at: '2026-01-30T23:00:00.000Z', action: 'two', count: 1 },
    { at: '2026-01-30T12:00:00.000Z', action: 'one', count: 1 }
  ]
  for (const [query, items] of [
    ['', today],
    ['?by=hour&action=one', today.filter(({ action }) => action === 'one')],
    ['?since=2026-01-31T11:00:00Z&until=2026-01-31T12:30:00%2B01:00', [{ ...today[0], count: 1 }]],
    ['?since=2026-01-31T12:00:00Z&until=2026-01-31T11:00:00Z', []],
    ['?action=nothing', []],
    [
      '?by=day',
      [
        { at: '2026-01-31T00:00:00.000Z', action: 'one', count: 3 },
        { at: '2026-01-31T00:00:00.000Z', action: 'two', count: 1 },
        { at: '2026-01-30T00:00:00.000Z', action: 'one', count: 1 },
        { at: '2026-01-30T00:00:00.000Z', action: 'two', count: 2 },
        { at: '2026-01-01T00:00:00.000Z', action: 'two', count: 1 }
      ]
    ]
  ] as const) {
    const answer = await get(query)
    t.equal(answer.statusCode, 200, query)
    t.strictSame(answer.json(), { items, next_cursor: null }, query)
    t.equal(answer.headers.link, undefined)
  }
})

t.test('One request counts a hundred thousand events, and pages can be added', async t => {
  const { get, url } = await withEvents(t, {})
  await recordMany(url, 120_000, 125)
  const range = '?action=many&since=2026-01-31T12:00:01Z&until=2026-02-01T00:00:00Z'
  const sums = new Map<string, number>()
  const sizes: number[] = []
  for (let next: string | undefined = range; next; ) {
    const answer = await get(next)
    const { items, next_cursor } = answer.json() as { items: { at: string; count: number }[]; next_cursor: string }
    for (const { at, count } of items) sums.set(at, count + (sums.get(at) ?? 0))
    sizes.push(items.reduce((sum, { count }) => sum + count, 0))
    const link: string | undefined = /^<(.+)>; rel="next"$/.exec(String(answer.headers.link))?.[1]
    t.equal(next_cursor === null, link === undefined)
    next = link
  }
  t.strictSame(sizes, [100_000, 19_992])
  t.strictSame(
    [...sums.values()],
    [8 * 600, 8 * 3600, 8 * 3600, 8 * 3600, 8 * 3599],
    'the first second is not in the range'
  )
})

t.test('An event with an invalid time is a 500', async t => {
  const { get, url: database } = await withEvents(t, { one: ['2026-01-31T11:00:00Z'] })
  if (anyEngine === 'sqlite') {
    await execute(database, "UPDATE audit SET at = at + 0.5 WHERE action = 'one'")
    const detail = 'Internal server error. The cause has been logged.'
    assertProblem(t, await get(), 500, url, { detail })
  }
  await execute(database, `UPDATE audit SET at = ${anyEngine === 'sqlite' ? "'soon'" : "'infinity'"}`)
  t.strictSame((await get()).json(), { items: [], next_cursor: null }, 'is not in the range')
})

t.test('An invalid request for counts is 400 with a pointer (RFC 9457 §3)', async t => {
  const { get } = await withEvents(t, {})
  for (const [query, pointer, detail] of [
    ['by=minute', '/by', 'must be equal to one of the allowed values'],
    ['since=yesterday', '/since', 'must match format "date-time"'],
    ['since=2026-12-31T23:59:60Z', '/since', 'must be a time such as 2026-01-31T12:00:00Z'],
    ['until=0000-01-01T00:00:00Z', '/until', 'must be a time such as 2026-01-31T12:00:00Z'],
    ['since=2025-12-31T11:59:59Z', '/since', 'must be at most 31 days before until, because by is hour'],
    ['by=day&since=2025-01-30T11:59:59Z', '/since', 'must be at most 366 days before until, because by is day'],
    ['cursor=x', '/cursor', 'must be the next_cursor of a page'],
    ['limit=1', '/limit', 'is unknown']
  ] as const) {
    const refusal = { detail: `The request is not valid: ${pointer} ${detail}.`, errors: [{ pointer, detail }] }
    assertProblem(t, await get(`?${query}`), 400, url, refusal, query)
  }
  for (const query of ['?since=2025-12-31T12:00:00Z', '?by=day&since=2025-01-30T12:00:00Z'])
    t.equal((await get(query)).statusCode, 200, query)
})
