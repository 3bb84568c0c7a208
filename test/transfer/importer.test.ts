import { randomUUID } from 'node:crypto'
import { type Test, test } from 'tap'
import { createAuditEvents } from '../../src/auth/audit-events.ts'
import { createSeenNames } from '../../src/store/inspect/seen-names.ts'
import type { UserStore } from '../../src/store/users.ts'
import { createImporter, type Outcome } from '../../src/transfer/importer.ts'
import { byColumn, importFields } from '../../src/transfer/mapping.ts'
import type { Source, SourceRow } from '../../src/transfer/source.ts'
import { createStore, event, newUser, start } from '../support/store.ts'

const mapping = byColumn(Object.fromEntries(importFields.map(field => [field, field])))

/** A source with a record on each line from 1 on, or the problem of that line. */
function sourceOf(...rows: (Record<string, unknown> | string)[]): Source {
  return {
    name: 'users.csv',
    unit: 'line',
    columns: undefined,
    async *rows() {
      yield* rows.map(
        (row, index): SourceRow => ({
          line: index + 1,
          ...(typeof row === 'string' ? { problem: row } : { record: row })
        })
      )
    },
    fraction: () => 1,
    close: async () => {}
  }
}

/** An importer into `store` with a clock that stands still. */
function importInto(store: Pick<UserStore, 'holders' | 'insertFree'>) {
  let ids = 0
  const now = () => start
  const importer = createImporter({
    store,
    sealSecret: ({ userId }, secret) => `${secret} of ${userId}`,
    openSeenNames: createSeenNames,
    auditEvents: createAuditEvents({ now }),
    mapping,
    hashProblem: hash => (hash.startsWith('hash') ? undefined : 'is strange'),
    unusableHash: () => '!unusable',
    trustEmails: false,
    defaultScopes: ['me'],
    assertData: () => {},
    assertClaims: () => {},
    newId: () => `id-${++ids}-${randomUUID()}`,
    now
  })
  return async (source: Source, options: { dryRun?: boolean } = {}) => {
    const outcomes: Outcome[] = []
    const run = importer.run(source, { actor: 'cli', dryRun: false, ...options })
    for await (const batch of run) outcomes.push(...batch)
    return outcomes.map(outcome => {
      const { account, ...rest } = { account: undefined, ...outcome }
      return rest
    })
  }
}

async function createWorld(t: Test) {
  const { store, trail } = await createStore(t)
  const all = async () => (await store.users.page('', 5000)).rows.map(({ id, createdAt, updatedAt, ...user }) => user)
  return { store, trail, all, bringIn: importInto(store.users) }
}

const created = (line: number, username: string) => ({ line, username, result: 'created' })
const unchanged = (line: number, username: string) => ({ line, username, result: 'unchanged' })
const skipped = (line: number, username: string | null, reason: string) =>
  ({ line, username, result: 'skipped', reason }) as const

const otherPassword = 'username is taken by an account with another password'

test('Valid rows are created, invalid ones skipped with a reason, and neither a dry nor a second run writes', async t => {
  const { bringIn, all, trail, store } = await createWorld(t)
  const source = sourceOf(
    { username: 'Alice', email: 'alice@example.com', password_hash: 'hash of alice' },
    'is not JSON',
    { username: 'bob', email: 'nonsense', password_hash: 'hash of bob' },
    { email: 'carl@example.com', password_hash: 'hash of carl' },
    { username: 'dora', password_hash: 'secret' }
  )
  const outcomes = (known: typeof created | typeof unchanged) => [
    known(1, 'alice'),
    skipped(2, null, 'is not JSON'),
    skipped(3, 'bob', 'email is not an e-mail address'),
    known(4, 'carl.example.com'),
    skipped(5, 'dora', 'password_hash is strange')
  ]
  t.same(await bringIn(source, { dryRun: true }), outcomes(created))
  t.same([await all(), await trail()], [[], []])
  t.same(await bringIn(source), outcomes(created))
  const alice = { username: 'alice', email: 'alice@example.com', passwordHash: 'hash of alice', scopes: ['me'] }
  const accounts = await all()
  t.match(accounts, [
    { ...alice, lastLoginAt: null, secondFactorAt: null },
    { username: 'carl.example.com', email: 'carl@example.com', passwordHash: 'hash of carl' }
  ])
  t.equal(accounts.length, 2)
  const detail = { from: 'users.csv', first: 1, last: 4, accounts: 2 }
  t.match(await trail(), [{ action: 'users.imported', actor: 'cli', subject: null, detail }])

  const before = await store.users.page('', 10)
  t.same(await bringIn(source), outcomes(unchanged))
  t.same(await store.users.page('', 10), before)
  t.equal((await trail()).length, 1, 'not in the audit trail')
})

test("An existing account is never changed, and a row with another account's name is skipped", async t => {
  const { bringIn, store } = await createWorld(t)
  const id = randomUUID()
  const alice = newUser('alice', { id, passwordHash: 'hash of alice' })
  await store.users.insert(alice, event('x'))
  await store.users.insert(newUser('bob', { email: null, passwordHash: 'hash of bob' }), event('x'))
  await store.users.update(id, { emailVerified: true, updatedAt: start }, event('x'))
  const before = await store.users.page('', 10)
  const outcomes = await bringIn(
    sourceOf(
      { id, username: 'renamed', password_hash: 'hash' },
      { username: 'alice', password_hash: 'hash of alice', full_name: 'Other Person' },
      { username: 'bob', email: 'bob@example.com', password_hash: 'hash of bob', superuser: true },
      { username: 'new', email: 'alice@example.com', email_verified: true, password_hash: 'hash' }
    )
  )
  t.same(outcomes, [
    unchanged(1, 'renamed'),
    unchanged(2, 'alice'),
    unchanged(3, 'bob'),
    skipped(4, 'new', 'email is taken')
  ])
  t.same(
    await bringIn(
      sourceOf(
        { username: 'alice', password_hash: 'hash of another' },
        { username: 'bob', email: 'b@example.com', password_hash: 'hash of another' }
      )
    ),
    [skipped(1, 'alice', otherPassword), skipped(2, 'bob', otherPassword)]
  )
  t.same(await store.users.page('', 10), before)
})

test('An account that took the name and address of a row is a different account (scenario table)', async t => {
  const { bringIn, store } = await createWorld(t)
  const made = new Date('2025-01-02T03:04:05.678Z')
  const scenarios: [what: string, holder: Record<string, unknown>, extra: Record<string, unknown>, isSame: boolean][] =
    [
      ['name and address', {}, {}, false],
      ['a time that is not in the row', { createdAt: start }, {}, false],
      ['a time that is still to come there', { createdAt: start }, { created_at: '2027-01-01' }, false],
      ['another time', { createdAt: start }, { created_at: made.toISOString() }, false],
      ['another address that is verified', { email: 'v@example.com', isVerified: true }, {}, false],
      ['no address on either side', { email: null, isVerified: true }, { email: null }, false],
      ['the address, and no password here', { passwordHash: '!' }, {}, false],
      ['the address, and no password there', {}, { password_hash: '!' }, false],
      ['no password and another address', { passwordHash: '!', email: 'w@example.com' }, { password_hash: '!' }, false],
      ['no password, and a login', { passwordHash: '!', isUsed: true }, { password_hash: '!' }, false],
      ['the time of the row', { createdAt: made }, { created_at: made.toISOString() }, true],
      ['the hash', { passwordHash: 'hash of victim' }, {}, true],
      ['the address, verified', { isVerified: true }, {}, true],
      ['the address, and no password on either side', { passwordHash: '!' }, { password_hash: '!' }, true]
    ]
  const rows: Record<string, unknown>[] = []
  for (const [n, [, { isVerified = false, isUsed, ...members }, extra]] of scenarios.entries()) {
    const row = { username: `victim${n}`, email: `victim${n}@corp.example`, password_hash: 'hash of victim' }
    rows.push({ ...row, ...extra })
    const squatter = newUser(row.username, { email: row.email, passwordHash: 'hash of squatter', ...members })
    await store.users.insert(squatter, event('x'))
    const changes = { emailVerified: isVerified === true, lastLoginAt: isUsed ? start : null, updatedAt: start }
    await store.users.update(squatter.id, changes, event('x'))
  }
  const outcomes = await bringIn(sourceOf(...rows))
  for (const [n, [what, , , isSame]] of scenarios.entries()) {
    const name = `victim${n}`
    t.same(outcomes[n], isSame ? unchanged(n + 1, name) : skipped(n + 1, name, otherPassword), what)
  }
})

test('An unverified address is never taken: not by an account, and not by another row', async t => {
  const { bringIn, store, all } = await createWorld(t)
  const alice = newUser('alice', { email: 'a@example.com' })
  await store.users.insert(alice, event('x'))
  const row = (username: string, email_verified: boolean) => ({
    username,
    email: 'a@example.com',
    email_verified,
    password_hash: 'hash'
  })
  t.same(await bringIn(sourceOf(row('bob', false), row('carl', true), row('dora', false))), [
    created(1, 'bob'),
    created(2, 'carl'),
    created(3, 'dora')
  ])
  t.same(await bringIn(sourceOf(row('eve', false), row('finn', true))), [
    created(1, 'eve'),
    skipped(2, 'finn', 'email is taken')
  ])
  t.same(
    (await all()).filter(({ emailVerified }) => emailVerified).map(({ username }) => username),
    ['carl']
  )
})

test('A skipped row reserves no name, so a later row can use it', async t => {
  const { bringIn, store, all } = await createWorld(t)
  await store.users.insert(newUser('alice', { email: null }), event('x'))
  const outcomes = await bringIn(
    sourceOf(
      { username: 'alice', email: 'a@example.com', password_hash: 'hash of another' },
      { username: 'bob', email: 'a@example.com', password_hash: 'hash' },
      { username: 'bob', email: 'c@example.com', password_hash: 'hash' },
      { username: 'carl', email: 'c@example.com', password_hash: 'hash' }
    )
  )
  t.same(outcomes, [
    skipped(1, 'alice', otherPassword),
    created(2, 'bob'),
    skipped(3, 'bob', 'username is the same as in line 2'),
    created(4, 'carl')
  ])
  t.equal((await all()).length, 3)
})

test("Two concurrent imports each report the other's accounts as unchanged", async t => {
  const { bringIn, store, all } = await createWorld(t)
  const source = sourceOf({ username: 'alice', password_hash: 'hash' }, { username: 'bob', password_hash: 'hash' })
  const late = importInto({
    insertFree: store.users.insertFree,
    async holders(accounts) {
      const found = await store.users.holders(accounts)
      await bringIn(source)
      return found
    }
  })
  t.same(await late(source), [unchanged(1, 'alice'), unchanged(2, 'bob')])
  t.equal((await all()).length, 2)
})

test('Of rows with a common name the first counts, across batches', async t => {
  const { bringIn, all, trail } = await createWorld(t)
  const id = randomUUID()
  const many = Array.from({ length: 1200 }, (_, index) => ({ username: `user-${index}`, password_hash: 'hash' }))
  const outcomes = await bringIn(
    sourceOf(
      { id, username: 'alice', email: 'a@example.com', email_verified: true, password_hash: 'hash' },
      { id, username: 'bob', password_hash: 'hash' },
      { username: 'carl', email: 'A@example.com', email_verified: true, password_hash: 'hash' },
      ...many,
      { username: 'Alice', email: 'a@example.com', password_hash: 'hash' },
      { username: 'carl', password_hash: 'hash' }
    )
  )
  t.same(outcomes.slice(0, 3), [
    created(1, 'alice'),
    skipped(2, 'bob', 'id is the same as in line 1'),
    skipped(3, 'carl', 'email is the same as in line 1')
  ])
  t.same(outcomes.slice(-2), [skipped(1204, 'alice', 'username is the same as in line 1'), created(1205, 'carl')])
  t.equal((await all()).length, 1202)
  t.match(
    (await trail()).map(({ detail }) => detail),
    [
      { first: 1, last: 1000, accounts: 998 },
      { first: 1001, last: 1205, accounts: 204 }
    ]
  )
})

test('A name taken between check and write is skipped, with the reason or with a remedy', async t => {
  const source = sourceOf({ username: 'alice', password_hash: 'hash' }, { username: 'bob', password_hash: 'hash' })
  for (const [isFound, reason] of [
    [true, otherPassword],
    [false, 'was taken during the import: import again']
  ] as const) {
    const { store } = await createStore(t)
    let looks = 0
    const bringIn = importInto({
      insertFree: store.users.insertFree,
      async holders(accounts) {
        if (looks++ > 0) return isFound ? store.users.holders(accounts) : []
        await store.users.insert(newUser('alice'), event('x'))
        return []
      }
    })
    t.same(await bringIn(source), [skipped(1, 'alice', reason), created(2, 'bob')])
  }
})

test('A report identifies its row, and never shows a hash in a misnamed column', async t => {
  const bringIn = importInto((await createStore(t)).store.users)
  const length = 'username must have 1 to 64 characters and no leading or trailing spaces'
  const address = 'email is not an e-mail address'
  const rows: [record: Record<string, unknown>, username: string | null, reason: string][] = [
    [{ username: ' alice', email: 'a@example.com' }, ' alice', length],
    [{ email: 'nonsense' }, 'nonsense', address],
    [{ username: '$2b$12$0123456789012345678901', email: '$argon2id$x' }, null, address],
    [{ username: 'pbkdf2_sha256$1$salt$digest' }, null, 'username looks like a password hash'],
    [{ username: 'x'.repeat(300) }, null, length],
    [{ username: ['alice'] }, null, 'username is not text'],
    [{}, null, 'username is missing'],
    [{ username: '5f4dcc3b5aa765d61d8327deb882cf99' }, null, 'password_hash is missing'],
    [{ username: 'ca$h' }, null, 'password_hash is missing']
  ]
  t.same(
    await bringIn(sourceOf(...rows.map(([record]) => record))),
    rows.map(([, username, reason], n) => skipped(n + 1, username, reason))
  )
})

test('A bug is not reported as a bad row', async t => {
  const { store } = await createStore(t)
  const bringIn = importInto({
    ...store.users,
    holders: async () => {
      throw new Error('a bug')
    }
  })
  await t.rejects(bringIn(sourceOf({ username: 'alice', password_hash: 'hash' })), { message: 'a bug' })
  const strange = {
    get username() {
      throw new Error('another bug')
    }
  }
  await t.rejects(importInto(store.users)(sourceOf(strange)), { message: 'another bug' })
})
