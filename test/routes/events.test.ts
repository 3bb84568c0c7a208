import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { adminScopes } from '../../src/auth/users/user-admin.ts'
import { callWith, clientToken } from '../support/administrator.ts'
import { createApp, createUser, logIn } from '../support/app.ts'
import { createToken } from '../support/personal-tokens.ts'
import { assertProblem } from '../support/problem.ts'
import { event } from '../support/store.ts'

/** An app whose trail has this many more events, each in a seal of its own, and a client that may read them. */
async function withEvents(t: Test, count = 0) {
  const { app, clock } = await createApp(t)
  await createUser(app, 'root', adminScopes)
  const { id, token } = await clientToken(app, 'mirror', ['audit:read'])
  await app.audit.seal()
  for (let n = 0; n < count; n++) await seal(app, `user.created`)
  const get = async (query = '', as = token) => callWith(app, as)('GET', `/events${query}`)
  const page = async (query = '', as = token) => (await get(query, as)).json()
  /** Resolves when a request has found no event, and so waits for one. */
  async function waits(): Promise<void> {
    const { sealedAfter } = app.db.audit
    await new Promise<void>(resolve => {
      app.db.audit.sealedAfter = async (...args) => {
        const rows = await sealedAfter(...args)
        if (rows.length === 0) setImmediate(resolve)
        return rows
      }
    })
    app.db.audit.sealedAfter = sealedAfter
  }
  return { app, clock, id, token, get, page, waits }
}

async function seal(app: FastifyInstance, action: string, members = {}) {
  await app.db.audit.record(event(action, members))
  await app.audit.seal()
}

t.test('Events come in the order of their seals, page by page, and each once', async t => {
  const { app, page } = await withEvents(t, 5)
  const all = await page()
  const found: { id: string; seal: number }[] = []
  for (let after = ''; ; ) {
    const { items, next_cursor } = await page(`?limit=2${after}`)
    if (items.length === 0) break
    t.ok(items.length <= 2)
    found.push(...items)
    after = `&after=${next_cursor}`
  }
  t.strictSame(found, all.items)
  const seals = found.map(one => one.seal)
  t.strictSame(
    seals,
    seals.toSorted((a, b) => a - b)
  )
  t.match((await page(`?after=${seals.at(-1)}`)).items, [])
  t.match((await page(`?after=${Number(seals.at(-1)) - 1}`)).items, [{ type: 'user.created' }])
  // Recorded first, as by a transaction that commits late.
  await app.db.audit.record(event('user.updated'))
  const { next_cursor } = await page(`?limit=500`)
  t.match((await page(`?after=${next_cursor}`)).items, [], 'an event that is not sealed yet is not there')
  await app.audit.seal()
  t.match((await page(`?after=${next_cursor}`)).items, [{ type: 'user.updated' }])
})

t.test('A request waits for an event, and ends when none comes or the server stops', async t => {
  const { app, page, waits } = await withEvents(t)
  const { next_cursor } = await page()
  const waiting = page(`?wait=30&after=${next_cursor}`)
  await waits()
  await seal(app, 'user.deleted')
  const { items, next_cursor: then } = await waiting
  t.match(items, [{ type: 'user.deleted' }])
  t.strictSame(await page(`?wait=1&after=${then}`), { items: [], next_cursor: then })
  const open = page(`?wait=30&after=${then}`)
  await waits()
  const begun = performance.now()
  await app.close()
  t.match(await open, { items: [] })
  t.ok(performance.now() - begun < 10_000)
})

t.test('A request that waits ends with 401 when its caller loses the right to read', async t => {
  const { app, id, get, page, waits } = await withEvents(t)
  const { next_cursor } = await page()
  const waiting = get(`?wait=30&after=${next_cursor}`)
  await waits()
  await app.clientAdmin.update(id, { disabled: true })
  await app.audit.seal()
  t.equal((await waiting).statusCode, 401)
})

t.test('Only a client with event_details sees IP addresses and details', async t => {
  const { app, id, page } = await withEvents(t)
  await seal(app, 'user.created', { ip: '192.0.2.7', detail: { reason: 'x' } })
  const shown = async (as?: string) => Object.keys((await page('', as)).items.at(-1).data)
  const ids = ['actor', 'subject', 'client_id']
  t.strictSame(await shown(), ids)
  await app.clientAdmin.update(id, { event_details: true })
  t.strictSame(await shown(), [...ids, 'ip', 'detail'])
  const { access_token } = await logIn(app, { username: 'root' })
  t.strictSame(await shown(access_token), ids, 'a user through the built-in client sees ids')
})

t.test('An administrator without audit:read cannot let a client see details', async t => {
  const { app, id } = await withEvents(t)
  const { access_token } = await logIn(app, { username: 'root', scope: 'me clients:write' })
  const call = callWith(app, access_token)
  const made = { name: 'web', confidential: false, grants: ['password'], scopes: ['me'], event_details: true }
  for (const answer of [
    await call('PATCH', `/clients/${id}`, { event_details: true }),
    await call('POST', '/clients', made)
  ])
    t.match([answer.statusCode, answer.json().code], [403, 'insufficient_scope'])
  t.equal((await call('PATCH', `/clients/${id}`, { event_details: false })).statusCode, 200)
})

t.test('A personal access token fetches events, sees ids only, and opens nothing else', async t => {
  const { app, page, get } = await withEvents(t, 1)
  const { access_token } = await logIn(app, { username: 'root' })
  const { token, scopes } = await createToken(app, access_token, { scopes: ['audit:read'] })
  t.strictSame(scopes, ['audit:read'])
  t.strictSame(Object.keys((await page('', token)).items[0].data), ['actor', 'subject', 'client_id'])
  for (const url of ['/audit', '/overview', '/users/me', '/webhooks'])
    t.equal((await callWith(app, token)('GET', url)).statusCode, 401, url)
  t.strictSame((await createToken(app, access_token)).scopes, [], 'a token has the scope only if it is named')
  const plain = await createToken(app, access_token)
  t.equal((await get('', plain.token)).statusCode, 403)
  await app.userAdmin.update(
    (await app.userAdmin.byIdOrName('root')).id,
    { scopes: adminScopes.filter(one => one !== 'audit:read') },
    {}
  )
  t.equal((await get('', token)).statusCode, 401, 'an account that has lost the scope')
})

t.test('A cursor that cannot be continued is 410, with where to go on', async t => {
  const { app, clock, get, page } = await withEvents(t, 2)
  const { next_cursor } = await page('?limit=1')
  const end = (await page()).next_cursor
  clock.advance(100)
  await seal(app, 'user.deleted', { at: app.clock.now() })
  await app.audit.prune(50)
  const gone = await get(`?after=${next_cursor}`)
  const { oldest } = gone.json()
  t.equal(oldest, Number(end.split('-')[0]))
  assertProblem(t, gone, 410, '/events', {
    detail: `Events up to seal ${oldest} were pruned. Go on with after=${oldest}.`,
    oldest
  } as never)
  t.match((await page(`?after=${oldest}`)).items, [{ type: 'user.deleted' }])
  t.match((await page()).items, [{ type: 'user.deleted' }], 'without a cursor, from the oldest')
  const [seal_, seq] = end.split('-')
  for (const other of ['999', `${Number(seal_) + 1}-${seq}-000000000000`])
    t.match((await get(`?after=${other}`)).json(), { code: 'events_gone', detail: /a backup was restored/ }, other)
  for (const wrong of ['x', '-1', '1-2', '1.5', '9'.repeat(40)])
    t.equal((await get(`?after=${wrong}`)).statusCode, 400, wrong)
  for (const wrong of ['limit=501', 'limit=0', 'wait=31', 'other=1'])
    t.equal((await get(`?${wrong}`)).statusCode, 400, wrong)
})

t.test('The keys that sign events are public, that of the second secret too', async t => {
  const { app } = await createApp(t, { secondSecret: 'an earlier secret of the tests, 32 bytes' })
  const answer = await app.inject('/events/jwks.json')
  t.match(answer.json(), { keys: [{ x: app.audit.publicKey, crv: 'Ed25519' }, { x: app.audit.secondKey }] })
  t.notMatch(answer.body, '"d"')
  t.equal(answer.headers['cache-control'], 'public, max-age=300')
})
