import t, { type Test } from 'tap'
import { adminScopes } from '../../src/auth/users/user-admin.ts'
import { withRoot } from '../support/administrator.ts'
import { createUser } from '../support/app.ts'

/** Lists whose cursor is the number of an event, and those whose cursor is a name. */
const [byNumber, byName] = [
  ['/audit', '/users/me/activity'],
  ['/users', '/clients']
]
type World = Awaited<ReturnType<typeof createWorld>>

/** An administrator who may read every list, and several accounts, clients and events. */
async function createWorld(t: Test) {
  const world = await withRoot(t, adminScopes, { docs: 'on' })
  const { app } = world
  for (const name of ['bob', 'carol', 'dave', 'x'.repeat(64), '😀'.repeat(64)]) await createUser(app, name)
  const client = { confidential: false, grants: ['password'], scopes: ['me'] }
  for (const name of ['b', 'd', 'a', 'c']) await app.clientAdmin.create({ ...client, name })
  for (let n = 0; n < 3; n++) await world.call('PATCH', '/users/me', { full_name: `Root ${n}` })
  // Otherwise the timer could seal these events between two reads.
  await app.audit.seal()
  return world
}

/** Every item of the list at `url`, page by page, and whatever `between` does after the first page. */
async function readAll(t: Test, { call }: World, url: string, between = async () => {}) {
  const items: { username?: string; name?: string }[] = []
  for (let next: string | null = url; next !== null; ) {
    const answer = await call('GET', next)
    const body: { items: typeof items; next_cursor: string | null } = answer.json()
    items.push(...body.items)
    const parameters = url.split('?')[1]
    const link = body.next_cursor === null ? undefined : `?${parameters}&cursor=${body.next_cursor}`
    t.strictSame(
      [answer.statusCode, Object.keys(body), answer.headers.link],
      [200, ['items', 'next_cursor'], link && `<${link}>; rel="next"`]
    )
    if (next === url) await between()
    next = link === undefined ? null : url.split('?')[0] + link
  }
  return items
}

t.test('Every list is paginated without losses or repetitions, in header and body (RFC 8288)', async t => {
  const world = await createWorld(t)
  const { paths } = (await world.app.inject('/openapi.json')).json()
  type Parameters = { parameters?: { name: string }[] }
  const paginated = Object.entries<{ get?: Parameters }>(paths).filter(([, { get }]) =>
    ['limit', 'cursor'].every(name => get?.parameters?.some(parameter => parameter.name === name))
  )
  t.strictSame(paginated.map(([path]) => path).sort(), [...byNumber, ...byName].sort(), 'these lists have pages')
  for (const path of [...byNumber, ...byName]) {
    const whole = await readAll(t, world, `${path}?limit=100`)
    t.ok(whole.length > 3, path)
    for (const limit of [1, 3, whole.length])
      t.strictSame(await readAll(t, world, `${path}?limit=${limit}`), whole, `${path} ${limit}`)
  }
})

t.test('A list that changes between two pages has every item once, by name', async t => {
  const world = await createWorld(t)
  const { app } = world
  const users = await readAll(t, world, '/users?limit=2', async () => {
    // Behind the cursor, and before it.
    for (const name of ['aaron', 'brenda']) await createUser(app, name)
    await app.userAdmin.remove(await app.userAdmin.byIdOrName('bob'), {})
  })
  const names = ['alice', 'bob', 'brenda', 'carol', 'dave', 'root', 'x'.repeat(64), '😀'.repeat(64)]
  t.strictSame(
    users.map(({ username }) => username),
    names
  )
  const clients = await readAll(t, world, '/clients?limit=3', async () => {
    await app.clientAdmin.create({ name: 'aa', confidential: false, grants: ['password'], scopes: ['me'] })
  })
  t.strictSame(
    clients.map(({ name }) => name),
    ['a', 'b', 'c', 'd']
  )
})

t.test('An invalid request for a page is 400 with a pointer (RFC 9457 §3)', async t => {
  const { call } = await createWorld(t)
  const wrong = 'must be the next_cursor of a page'
  const numbers = ['1.2.3', '999999999999999.1', '-1.1', '1.99999999999999999']
  const cursorsOfNumbers = ['', 'x', ...numbers.map(text => Buffer.from(text).toString('base64url'))]
  const [found, expected]: [unknown[], unknown[]] = [[], []]
  for (const path of [...byNumber, ...byName])
    for (const [query, detail] of [
      ['limit=0', 'must be >= 1'],
      ['limit=101', 'must be <= 100'],
      ['limit=many', 'must be integer'],
      ['nothing=1', 'is unknown'],
      [`cursor=${'9'.repeat(401)}`, 'must NOT have more than 400 characters'],
      ...(byName.includes(path) ? ['AA', '_w', 'YQ=='] : cursorsOfNumbers).map(text => [`cursor=${text}`, wrong])
    ] as [string, string][]) {
      const pointer = `/${query.split('=')[0]}`
      const answer = await call('GET', `${path}?${query}`)
      found.push([path, query, answer.statusCode, answer.json().detail, answer.json().errors])
      const whole = `The request is not valid: ${pointer} ${detail}.`
      expected.push([path, query, 400, whole, [{ pointer, detail }]])
    }
  t.strictSame(found, expected)
})
