import t, { type Test } from 'tap'
import { bearer, createApp, createUser, logIn } from '../support/app.ts'
import { anyEngine } from '../support/engines.ts'
import { assertProblem, type Refusal } from '../support/problem.ts'
import { execute } from '../support/store.ts'

/**
 * An app with alice, who may read the audit trail, and bob, whom an operator disabled and enabled; each has logged in.
 */
async function withTrail(t: Test) {
  const lines: string[] = []
  const logger = { level: 'error', stream: { write: (line: string) => void lines.push(line) } }
  const { app, clock, config } = await createApp(t, {}, { logger })
  const alice = await createUser(app, 'alice', ['me', 'audit:read'])
  const bob = await createUser(app, 'bob')
  clock.advance(60)
  await logIn(app, { username: 'bob', password: 'wrong, and long enough' })
  for (const disabled of [true, false])
    await app.userAdmin.update(bob.id, { disabled }, { actor: alice.id, ip: '192.0.2.99' })
  clock.advance(60)
  const tokens = { alice: await logIn(app), bob: await logIn(app, { username: 'bob' }) }
  // Otherwise the timer could seal these events between two reads.
  await app.audit.seal()
  const get = (url: string, token = tokens.alice.access_token) => app.inject({ url, headers: bearer(token) })
  return { app, clock, url: config.databaseUrl, alice, bob, tokens, get, lines }
}

interface Item {
  action: string
  detail?: Record<string, unknown>
}

type World = Awaited<ReturnType<typeof withTrail>>

/** Every item of the list at `url`, page by page; header and body must lead to the same next page. */
async function readAll(t: Test, { get }: World, url: string, token?: string) {
  const items: Item[] = []
  for (let next: string | undefined = url; next; ) {
    const answer = await get(next, token)
    t.equal(answer.statusCode, 200)
    const body: { items: Item[]; next_cursor: string | null } = answer.json()
    items.push(...body.items)
    const [, link] = /^<(.*)>; rel="next"$/.exec(String(answer.headers.link)) ?? []
    const resolved = link === undefined ? undefined : new URL(link, `http://localhost${url}`)
    t.equal(resolved?.searchParams.get('cursor') ?? null, body.next_cursor)
    next = resolved && resolved.pathname + resolved.search
  }
  return items
}

const actions = (items: { action: string }[]) => items.map(({ action }) => action)

t.test('GET /audit returns complete events, the latest first', async t => {
  const { get, alice, bob } = await withTrail(t)
  const answer = await get('/audit?limit=2')
  const { items, next_cursor } = answer.json()
  t.equal(answer.headers['cache-control'], 'no-store')
  t.type(next_cursor, 'string')
  t.strictSame(items, [
    {
      seq: 8,
      at: '2026-01-31T12:02:00.000Z',
      action: 'login.succeeded',
      actor: bob.id,
      subject: bob.id,
      client_id: 'first-party',
      ip: '127.0.0.1',
      detail: { session: items[0].detail.session },
      seal: items[0].seal
    },
    { ...items[1], seq: 7, action: 'login.succeeded', subject: alice.id }
  ])
  t.match(items[0], { detail: { session: /^[0-9a-f-]{36}$/ }, seal: Number })
})

t.test('GET /audit filters by each field of an event', async t => {
  const world = await withTrail(t)
  const { alice, bob } = world
  for (const [query, expected] of [
    ['action=key.created', ['key.created']],
    [`subject=${alice.id}`, ['login.succeeded', 'user.created']],
    [`actor=${alice.id}`, ['login.succeeded', 'user.enabled', 'user.disabled']],
    [`actor=${alice.id}&subject=${bob.id}&action=user.disabled`, ['user.disabled']],
    ['client_id=first-party', ['login.succeeded', 'login.succeeded', 'login.failed']],
    ['ip=192.0.2.99', ['user.enabled', 'user.disabled']],
    ['since=2026-01-31T12:02:00Z', ['login.succeeded', 'login.succeeded']],
    ['until=2026-01-31T13:01:00%2B01:00', ['user.created', 'user.created', 'key.created']],
    ['since=2026-01-31T12:01:00Z&until=2026-01-31T12:01:00.001Z&ip=127.0.0.1', ['login.failed']],
    ['action=nothing', []]
  ] as const)
    t.strictSame(actions(await readAll(t, world, `/audit?${query}`)), expected, query)
  const [login] = await readAll(t, world, `/audit?action=login.succeeded&subject=${bob.id}`)
  const session = login?.detail?.session
  t.type(session, 'string')
  t.strictSame(await readAll(t, world, `/audit?session=${session}`), [login])
})

t.test('An unreadable row is a 500, and the log names the command to run', async t => {
  const world = await withTrail(t)
  const time = anyEngine === 'sqlite' ? '9e18' : "'infinity'"
  for (const change of ["detail = 'null'", `at = ${time}`]) {
    await execute(world.url, `UPDATE audit SET ${change} WHERE action = 'user.disabled'`)
    for (const [url, token] of [
      ['/audit', world.tokens.alice],
      ['/users/me/activity', world.tokens.bob]
    ] as const) {
      assertProblem(t, await world.get(url, token.access_token), 500, url, {
        detail: 'Internal server error. The cause has been logged.'
      })
      t.match(world.lines.pop(), 'Run `sallyport audit verify`', url)
    }
  }
})

t.test('An event that has no seal yet has null in its place', async t => {
  const { app, get } = await withTrail(t)
  const { seal } = app.db.audit
  app.db.audit.seal = async () => 0
  await createUser(app, 'carol')
  const seals = async () => (await get('/audit?limit=2')).json().items.map((event: { seal: unknown }) => event.seal)
  t.match(await seals(), [null, Number])
  app.db.audit.seal = seal
  await app.audit.seal()
  t.match(await seals(), [Number, Number])
})

t.test("GET /users/me/activity returns the events of the user's account, without details of other actors", async t => {
  const world = await withTrail(t)
  const { access_token } = world.tokens.bob
  const items = await readAll(t, world, '/users/me/activity?limit=2', access_token)
  const session = (items[0] as unknown as { detail: { session: string } }).detail.session
  t.strictSame(items, [
    {
      at: '2026-01-31T12:02:00.000Z',
      action: 'login.succeeded',
      by: 'you',
      client_id: 'first-party',
      ip: '127.0.0.1',
      detail: { session }
    },
    {
      at: '2026-01-31T12:01:00.000Z',
      action: 'user.enabled',
      by: 'operator',
      client_id: null,
      ip: null,
      detail: {}
    },
    {
      at: '2026-01-31T12:01:00.000Z',
      action: 'user.disabled',
      by: 'operator',
      client_id: null,
      ip: null,
      detail: {}
    },
    {
      at: '2026-01-31T12:01:00.000Z',
      action: 'login.failed',
      by: null,
      client_id: 'first-party',
      ip: '127.0.0.1',
      detail: { reason: 'password' }
    },
    {
      at: '2026-01-31T12:00:00.000Z',
      action: 'user.created',
      by: null,
      client_id: null,
      ip: null,
      detail: { scopes: 'me' }
    }
  ])
  t.notMatch(JSON.stringify(items), world.alice.id)
  const failures = await readAll(t, world, '/users/me/activity?action=login.failed', access_token)
  t.strictSame(actions(failures), ['login.failed'])
})

const one = (pointer: string, detail: string): Refusal => ({
  detail: `The request is not valid: ${pointer} ${detail}.`,
  errors: [{ pointer, detail }]
})

t.test('An invalid filter of events is 400 with a pointer (RFC 9457 §3)', async t => {
  const { get, bob } = await withTrail(t)
  const subject = `subject=${bob.id}`
  assertProblem(t, await get(`/users/me/activity?${subject}`), 400, '/users/me/activity', one('/subject', 'is unknown'))
  for (const [query, refusal] of [
    ['action=', one('/action', 'must NOT have fewer than 1 characters')],
    ['action=a%00b', one('/action', 'must match pattern "^[\\x20-\\x7e]*$"')],
    ['since=yesterday', one('/since', 'must match format "date-time"')],
    ['until=2026-01-31', one('/until', 'must match format "date-time"')],
    ['since=2026-12-31T23:59:60Z', one('/since', 'must be a time such as 2026-01-31T12:00:00Z')],
    ['since=2026-01-31T12:00:00%2B0100', one('/since', 'must be a time such as 2026-01-31T12:00:00Z')],
    ['until=0000-01-01T00:00:00Z', one('/until', 'must be a time such as 2026-01-31T12:00:00Z')],
    ['since=12', one('/since', 'must match format "date-time"')],
    ['until=2026-12-31T23:59:60Z', one('/until', 'must be a time such as 2026-01-31T12:00:00Z')]
  ] as const)
    assertProblem(t, await get(`/audit?${query}`), 400, '/audit', refusal, query)
})
