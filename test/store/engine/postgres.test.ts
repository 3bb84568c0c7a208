import { connect as connectSocket, createServer, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { eq, type SQL, sql } from 'drizzle-orm'
import pg from 'pg'
import type { Test } from 'tap'
import type { Db } from '../../../src/store/engine/dialect.ts'
import { openPostgres } from '../../../src/store/engine/postgres.ts'
import { openStore, type Store } from '../../../src/store/open.ts'
import { emptyDatabaseUrl } from '../../support/engines.ts'
import { connect, hold, holdEnds } from '../../support/locks.ts'
import { pgTest } from '../../support/pg-test.ts'
import { createStore, event, execute, newUser, openEngine, openNode } from '../../support/store.ts'

/** A source of one row. */
const one = sql`(SELECT 1) AS one`

interface Faults {
  /** Sees what the client sends; when it returns a number of bytes, these are the last that arrive. */
  cut?: (part: Buffer) => number | undefined
  /** May change what the server answers. */
  answer?: (part: Buffer) => void
}

/** A proxy in front of the server of `url`, closed when the test ends. */
async function startProxy(t: Test, url: string, { cut = () => undefined, answer = () => {} }: Faults = {}) {
  const target = new URL(url)
  const sockets: Socket[] = []
  let turns = 0
  const server = createServer(client => {
    const upstream = connectSocket(Number(target.port), target.hostname)
    sockets.push(client, upstream)
    let isClientsTurn = false
    let isOpen = true
    client.on('data', part => {
      if (!isClientsTurn) turns++
      isClientsTurn = true
      const last = cut(part)
      if (isOpen) upstream.write(part.subarray(0, last))
      isOpen &&= last === undefined
    })
    upstream.on('data', part => {
      isClientsTurn = false
      answer(part)
      client.write(part)
    })
    for (const [one, other] of [
      [client, upstream],
      [upstream, client]
    ] as const)
      one.on('error', () => {}).on('close', () => other.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const through = new URL(url)
  through.port = String((server.address() as { port: number }).port)
  /** How often the client has sent something after an answer. */
  return { url: through.href, turns: () => turns }
}

pgTest('A list is one transaction and one round trip', async t => {
  const { url, trail } = await createStore(t, 'postgres')
  const proxy = await startProxy(t, url)
  const engine = openEngine(t, proxy.url)
  const { users, audit } = engine.schema
  const list = (name: string) =>
    engine.atomic((tx, then) => [
      tx.insert(users).values(newUser(name)).returning(),
      then.insert(audit, event('one')),
      then.insert(audit, event('two')),
      then.update(users, { fullName: 'x' }, eq(users.username, name))
    ])
  await list('alice')
  const before = proxy.turns()
  t.match(await list('bob'), [{ username: 'bob' }])
  t.equal(proxy.turns() - before, 1)
  t.equal((await trail()).length, 4)
  const rename = engine.prepare(
    'rename',
    tx => tx.update(users).set({ fullName: sql`${sql.placeholder('name')}` }),
    'name'
  )
  await rename({ name: 'a' })
  const prepared = proxy.turns()
  t.equal(await rename({ name: 'b' }), 2)
  t.equal(proxy.turns() - prepared, 1, 'a prepared statement too')
  const several = proxy.turns()
  await Promise.all(['c', 'd', 'e'].map(name => rename({ name })))
  t.equal(proxy.turns() - several, 1, 'and several of one turn')
})

pgTest('A write to a locked row fails as unavailable after two seconds, and no other write waits for it', async t => {
  const { store, url, trail } = await createStore(t, 'postgres')
  const [alice, bob] = [newUser('alice'), newUser('bob')]
  for (const user of [alice, bob]) await store.users.insert(user, event('user.created'))
  const { release, waiting } = await hold(t, url, 'SELECT id FROM users WHERE id = $1 FOR UPDATE', [alice.id])
  const started = performance.now()
  const waits = t.rejects(store.users.upgradeHash(alice.id, alice.passwordHash, 'better'), {
    name: 'StoreError',
    code: 'unavailable',
    driverCode: '55P03'
  })
  let isWaiting = true
  waits.finally(() => {
    isWaiting = false
  })
  await waiting(1)
  await store.users.upgradeHash(bob.id, bob.passwordHash, 'better')
  await store.audit.record(event('another'))
  t.ok(isWaiting)
  await waits
  const ms = performance.now() - started
  t.ok(ms >= 2000 && ms < 5000, `${ms} ms`)
  await release()
  t.match(await store.users.byId(bob.id), { passwordHash: 'better' })
  t.match((await trail()).at(-1), { action: 'another' })
  await store.users.upgradeHash(alice.id, alice.passwordHash, 'better')
  t.match(await store.users.byId(alice.id), { passwordHash: 'better' })
})

pgTest('Of two lists in a deadlock, the one that PostgreSQL rolls back is sent again', async t => {
  const { store, url } = await createStore(t, 'postgres')
  const [alice, bob] = [newUser('alice', { fullName: '' }), newUser('bob', { fullName: '' })]
  for (const user of [alice, bob]) await store.users.insert(user, event('user.created'))
  const engine = openEngine(t, url)
  const { users, audit } = engine.schema
  const { release, waiting } = await holdEnds(t, url)
  let built = 0
  const both = (first: string, second: string) =>
    engine.atomic((tx, then) => {
      built++
      const add = { fullName: sql`${users.fullName} || ${'x'}` }
      return [
        tx.update(users).set(add).where(eq(users.id, first)).returning(),
        then.insert(audit, event('half')),
        then.update(users, add, eq(users.id, second))
      ]
    })
  const lists = [both(alice.id, bob.id), both(bob.id, alice.id)]
  await waiting(2)
  await release()
  await Promise.all(lists)
  t.ok(built >= 3, 'PostgreSQL may roll back both')
  t.match(await engine.db.select().from(users), [{ fullName: 'xx' }, { fullName: 'xx' }])
})

pgTest('A list fails after the fourth deadlock or serialization failure in a row', async t => {
  const { url } = await createStore(t, 'postgres')
  const engine = openEngine(t, url)
  for (const code of ['40P01', '40001']) {
    await execute(
      url,
      `CREATE OR REPLACE FUNCTION fail() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE '${code}'; END $$`
    )
    let built = 0
    await t.rejects(
      engine.atomic((tx: Db) => {
        built++
        return [tx.select({ failed: sql`fail()` }).from(one)]
      }),
      { cause: { code } }
    )
    t.equal(built, 4, code)
  }
})

pgTest('Parallel changes of one row succeed in a database with serializable transactions', async t => {
  const { store, url } = await createStore(t, 'postgres')
  await store.users.insert(newUser('alice', { fullName: '' }), event('user.created'))
  await execute(
    url,
    `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_isolation = serializable`
  )
  const [engine, other] = [openEngine(t, url), openEngine(t, url)]
  const { users } = engine.schema
  const longer = (tx: Db, more: SQL) => tx.update(users).set({ fullName: sql`${users.fullName} || ${more}` })
  const changes = [engine, other].flatMap(({ atomic, prepare }) => {
    const refresh = prepare('longer', tx => longer(tx, sql`${sql.placeholder('more')}`), 'more')
    return Array.from({ length: 20 }, (_, n) =>
      n % 2 ? refresh({ more: 'x' }) : atomic(tx => [longer(tx, sql`${'x'}`).returning()])
    )
  })
  await Promise.all(changes)
  t.match(await engine.db.select().from(users), [{ fullName: 'x'.repeat(40) }])
})

pgTest('A client that stands still in a transaction loses its locks after a second', async t => {
  const { store, url } = await createStore(t, 'postgres')
  const alice = newUser('alice')
  await store.users.insert(alice, event('user.created'))
  let cuts = false
  const proxy = await startProxy(t, url, {
    cut: part => (cuts && part.includes('INSERT') ? part.indexOf('INSERT') : undefined)
  })
  const cut = await openStore(proxy.url, () => {})
  t.teardown(() => cut.close())
  await cut.audit.record(event('before'))
  cuts = true
  const lost = t.rejects(
    cut.users.update(alice.id, { fullName: 'never', updatedAt: new Date() }, event('user.updated')),
    { name: 'StoreError', code: 'unavailable' }
  )
  const started = performance.now()
  await lost
  const ms = performance.now() - started
  t.ok(ms < 5000, `${ms} ms`)
  await store.users.upgradeHash(alice.id, alice.passwordHash, 'better')
  t.match(await store.users.byId(alice.id), { fullName: null, passwordHash: 'better' })
})

pgTest('The deadlines apply to a transaction and not to its connection, on every version of PostgreSQL', async t => {
  const { url } = await createStore(t, 'postgres')
  for (const version of ['160004', '170000']) {
    const { query } = pg.Client.prototype
    t.intercept(pg.Client.prototype, 'query', {
      value(this: pg.Client, ...args: unknown[]) {
        if (args[0] === 'SHOW server_version_num') return Promise.resolve({ rows: [{ server_version_num: version }] })
        return Reflect.apply(query, this, args)
      }
    })
    const engine = openPostgres(url)
    const setting = (name: string) => sql<string>`current_setting(${name}::text)`
    const read = (tx: Pick<Db, 'select'>) =>
      tx
        .select({
          transaction: setting('transaction_timeout'),
          statement: setting('statement_timeout'),
          lock: setting('lock_timeout'),
          idle: setting('idle_in_transaction_session_timeout')
        })
        .from(one)
    const [transaction, statement] = version === '160004' ? ['0', '5s'] : ['5s', '0']
    t.strictSame(await engine.atomic(tx => [read(tx)]), [{ transaction, statement, lock: '2s', idle: '1s' }])
    t.strictSame(await read(engine.db), [{ transaction: '0', statement: '0', lock: '0', idle: '0' }])
    await engine.close()
  }
})

pgTest('A change is on the disk when it is acknowledged, although the database has synchronous_commit off', async t => {
  const { url } = await createStore(t, 'postgres')
  await execute(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`)
  const engine = openEngine(t, url)
  const read = (tx: Pick<Db, 'select'>) => tx.select({ is: sql`current_setting('synchronous_commit')` }).from(one)
  t.strictSame(await read(engine.db), [{ is: 'off' }])
  t.strictSame(await engine.atomic(tx => [read(tx)]), [{ is: 'on' }])
})

pgTest('A connection to a server that has become a standby is not used again', async t => {
  const { url } = await createStore(t, 'postgres')
  /** For new connections only, as where an address leads to another server. */
  const setReadOnly = (value: 'on' | 'off') =>
    execute(
      String(process.env.TEST_POSTGRES_URL),
      `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_read_only = ${value}`
    )
  const uses = [(store: Store) => store.ping(), (store: Store) => store.audit.record(event('next'))]
  for (const use of uses) {
    await setReadOnly('on')
    const store = await openNode(t, url)
    await t.rejects(use(store), { name: 'StoreError', code: 'unavailable', driverCode: '25006' })
    await setReadOnly('off')
    await t.resolves(use(store))
  }
})

pgTest('At most a thousand reads and writes wait for a connection, and the next one fails at once', async t => {
  const { store, url, trail } = await createStore(t, 'postgres')
  const { release, waiting } = await holdEnds(t, url)
  // The pool connects before, since a wait for the table is short.
  await Promise.all(Array.from({ length: 10 }, () => store.users.byUsername('alice')))
  const first = Array.from({ length: 10 }, () => store.audit.record(event('first')))
  await waiting(10)
  const second = Array.from({ length: 1000 }, (_, n) =>
    n % 100 ? store.audit.record(event('second')) : store.users.byUsername('alice')
  )
  // A read is sent in a later turn.
  await setTimeout(1)
  const full = {
    name: 'StoreError',
    code: 'unavailable',
    message: 'Too many requests are waiting for a database connection'
  }
  await t.rejects(store.audit.record(event('one more')), full)
  await t.rejects(store.users.byUsername('alice'), full)
  await release()
  await Promise.all(first)
  // On a busy machine, the last may wait for longer than five seconds.
  const done = await Promise.allSettled(second)
  const late = done.filter(({ status }) => status === 'rejected')
  t.match(late, Array(late.length).fill({ reason: { code: 'unavailable' } }))
  t.ok((await trail()).length >= 10)
})

pgTest('A connection lost within a transaction fails it as unavailable, and nothing is sent twice', async t => {
  const { store, url, actions } = await createStore(t, 'postgres')
  const { release, waiting } = await holdEnds(t, url)
  const lost = t.rejects(store.audit.record(event('lost')), { name: 'StoreError', code: 'unavailable' })
  const [pid] = await waiting(1)
  await (await connect(t, url)).query('SELECT pg_terminate_backend($1)', [pid])
  await lost
  await release()
  await store.audit.record(event('next'))
  t.strictSame(await actions(), ['next'])
})

pgTest('Closing waits for pending writes', async t => {
  const { url } = await createStore(t, 'postgres')
  const engine = openPostgres(url)
  const { users } = engine.schema
  const written = Array.from({ length: 30 }, (_, n) =>
    engine.atomic(tx => [
      tx
        .insert(users)
        .values(newUser(`user${n}`))
        .returning()
    ])
  )
  await engine.close()
  t.equal((await Promise.all(written)).flat().length, 30)
})

pgTest('Behind a proxy with process ids of its own, no statement has a name, and all works', async t => {
  const url = await emptyDatabaseUrl(t, 'postgres')
  const keyData = Buffer.from('4b0000000c', 'hex')
  // As connection poolers, and the proxy of Neon.
  const { url: pooled } = await startProxy(t, url, {
    answer(part) {
      const at = part.indexOf(keyData)
      if (at >= 0) part.writeInt32BE(7, at + keyData.length)
    }
  })
  const store = await openNode(t, pooled)
  await store.migrate()
  t.ok(await store.users.insert(newUser('alice'), event('user.created')))
  t.equal((await store.users.byUsername('alice'))?.username, 'alice')
  const { db } = openEngine(t, pooled)
  const named = db.select({ id: sql`1` }).from(sql`pg_prepared_statements`)
  for (const turn of [1, 2]) t.strictSame(await named.prepare('named').execute(), [], `time ${turn}`)
})

pgTest('Migrations do not run through a connection pooler, unless none is pending', async t => {
  const url = await emptyDatabaseUrl(t, 'postgres')
  // As if all clients had one connection: `pid` is the same for each. The value follows 29 bytes after the name.
  const { url: pooled } = await startProxy(t, url, {
    answer(part) {
      const at = part.indexOf('pid\0')
      if (at >= 0) part.fill('1', at + 33, at + 33 + part.readInt32BE(at + 29))
    }
  })
  const store = await openNode(t, pooled)
  await t.rejects(store.migrate(), { name: 'StoreError', message: /Set MIGRATION_DATABASE_URL/ })
  const direct = await openStore(pooled, () => {}, url)
  t.teardown(() => direct.close())
  await direct.migrate()
  await store.migrate()
})

pgTest('A prepared statement that fails does not make those that share its transaction fail', async t => {
  const { store, url } = await createStore(t, 'postgres')
  const [alice, bob] = [newUser('alice'), newUser('bob')]
  for (const user of [alice, bob]) await store.users.insert(user, event('user.created'))
  const engine = openEngine(t, url)
  const { users } = engine.schema
  const rename = engine.prepare(
    'rename',
    tx =>
      tx
        .update(users)
        .set({ fullName: sql`${sql.placeholder('name')}` })
        .where(eq(users.id, sql.placeholder('id'))),
    'id'
  )
  const { release, waiting } = await hold(t, url, 'SELECT FROM users WHERE id = $1 FOR UPDATE', [alice.id])
  const both = () => Promise.allSettled([alice, bob].map(({ id }) => rename({ id, name: 'x' })))
  t.match(
    await both(),
    [
      { status: 'rejected', reason: { code: '55P03' } },
      { status: 'fulfilled', value: 1 }
    ],
    'a row that is locked'
  )
  const lost = both()
  const [pid] = await waiting(1)
  await execute(url, `SELECT pg_terminate_backend(${pid})`)
  t.match(await lost, [{ status: 'rejected' }, { status: 'rejected' }], 'the connection is lost: nothing is sent twice')
  await release()
  t.match(await both(), [{ status: 'fulfilled' }, { status: 'fulfilled' }])
})
