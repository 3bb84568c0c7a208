import t from 'tap'
import { nothingIfTaken, StoreError, toStoreError, withStoreErrors } from '../../src/store/errors.ts'
import { engineTest } from '../support/pg-test.ts'
import { createStore, event, newSession, newUser, openEngine, sessionRow } from '../support/store.ts'

const withCode = (code: string, message = 'the driver spoke') => Object.assign(new Error(message), { code })

t.test('Only a name that is taken counts as no change', async t => {
  t.strictSame(nothingIfTaken(withCode('23505')), [])
  const gone = withCode('08006')
  t.throws(() => nothingIfTaken(gone), gone)
})

t.test('The error of every driver becomes one of three codes', async t => {
  const io = ['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_LOCKED', 'SQLITE_FULL', 'SQLITE_IOERR_WRITE']
  const postgres = ['08006', '40001', '40P01', '53300', '57P01', '57014', '55P03', '58030', '28P01', '3D000']
  const network = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH']
  const files = ['SQLITE_CANTOPEN', 'SQLITE_READONLY', 'EACCES', 'EISDIR', 'ENOSPC', 'EIO']
  const codes: Record<StoreError['code'], string[]> = {
    conflict: ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', '23505'],
    unavailable: [...io, ...postgres, ...network, ...files],
    failed: ['SQLITE_CONSTRAINT_FOREIGNKEY', '23503', '42P01']
  }
  for (const [code, driverCodes] of Object.entries(codes))
    for (const driverCode of driverCodes) {
      const message = `Database error: the driver spoke (${driverCode})`
      t.match(toStoreError(withCode(driverCode)), { name: 'StoreError', code, driverCode, message })
    }
})

t.test('No error contains a value that the database quotes (PostgreSQL class 22)', async t => {
  const error = toStoreError(withCode('22P02', 'invalid input syntax for type boolean: "$2b$04$secret"'))
  t.match(error, { code: 'failed', message: 'Database error: a value cannot be stored (22P02)' })
})

t.test('Errors of pg without a code that mean an outage are unavailable (pg 8)', async t => {
  for (const message of [
    'timeout exceeded when trying to connect',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'Query read timeout'
  ]) {
    t.match(toStoreError(new Error(message)), {
      code: 'unavailable',
      driverCode: '',
      message: `Database error: ${message}`
    })
  }
  t.match(toStoreError(new Error('no such table: users')), { code: 'failed' })
})

t.test('Any thrown value becomes a StoreError, from its innermost cause', async t => {
  const wrapped = new Error('Failed query: insert … params: secret', {
    cause: new Error('middle', { cause: withCode('23505', 'duplicate key') })
  })
  t.match(toStoreError(wrapped), { code: 'conflict', message: 'Database error: duplicate key (23505)' })
  const everyAddress = new AggregateError([withCode('ECONNREFUSED', 'connect ::1'), withCode('ECONNREFUSED')])
  t.match(toStoreError(everyAddress), {
    code: 'unavailable',
    message: 'Database error: connect ::1 (ECONNREFUSED)'
  })
  const own = new StoreError('unavailable', 'Too many')
  t.equal(toStoreError(new Error('Failed query', { cause: own })), own, 'one of the store itself stays as it is')
  t.match(toStoreError(new AggregateError([], 'nothing tried')), { message: 'Database error: nothing tried' })
  t.match(toStoreError('just text'), { code: 'failed', message: 'Database error: just text' })
  t.match(toStoreError(undefined), { code: 'failed', message: 'Database error: undefined' })
  t.match(toStoreError(new Error('outer', { cause: 'not an error' })), { message: 'Database error: outer' })
})

t.test('A failed connection names the server (Node.js)', async t => {
  const connect = { syscall: 'connect', code: 'ECONNREFUSED' }
  for (const [about, message] of [
    [{ ...connect, address: '127.0.0.1', port: 4398 }, 'Cannot connect to PostgreSQL at 127.0.0.1:4398 (ECONNREFUSED)'],
    [
      { ...connect, address: '/run/.s.PGSQL.5432' },
      'Cannot connect to PostgreSQL at /run/.s.PGSQL.5432 (ECONNREFUSED)'
    ],
    [
      { syscall: 'getaddrinfo', code: 'ENOTFOUND', hostname: 'db.example' },
      'Cannot find the PostgreSQL host db.example (ENOTFOUND)'
    ]
  ] as const)
    t.match(toStoreError(Object.assign(new Error('failed'), about)), { code: 'unavailable', message })
})

t.test('The stack contains only the place of the error, so that the log has no query', async t => {
  const thrown = withCode('23505', 'first line\nparams: secret\n    but not a frame')
  const { stack } = toStoreError(thrown)
  const [head, ...frames] = String(stack).split('\n')
  t.equal(head, 'StoreError: Database error: first line')
  t.ok(frames.filter(line => line.startsWith('    at ')).length > 0)
  const bare = withCode('23505')
  delete (bare as { stack?: string }).stack
  t.match(toStoreError(bare).stack, /^StoreError: Database error: the driver spoke \(23505\)$/)
})

t.test('No place is named before the stack is read, because that loads a source map', async t => {
  const { prepareStackTrace } = Error
  t.teardown(() => {
    Error.prepareStackTrace = prepareStackTrace
  })
  const places: number[] = []
  const thrown = withCode('23505')
  Error.prepareStackTrace = (_, frames) => {
    places.push(frames.length)
    return ['', ...frames].join('\n    at ')
  }
  const wrapped = toStoreError(thrown)
  t.notOk(places.some(count => count > 0))
  t.match(wrapped.stack, /\n {4}at .*errors\.test\.ts/)
})

t.test('A repository returns its results unchanged and converts its failures into StoreErrors', async t => {
  const repository = withStoreErrors({
    add: async (a: number, b: number) => a + b,
    fail: async () => {
      throw withCode('SQLITE_BUSY')
    },
    addNow: (a: number, b: number) => a + b,
    failNow: () => {
      throw withCode('SQLITE_IOERR')
    }
  })
  t.equal(await repository.add(1, 2), 3)
  t.equal(repository.addNow(1, 2), 3)
  t.throws(
    repository.failNow,
    new StoreError('unavailable', 'Database error: the driver spoke (SQLITE_IOERR)', 'SQLITE_IOERR')
  )
  await t.rejects(
    repository.fail(),
    new StoreError('unavailable', 'Database error: the driver spoke (SQLITE_BUSY)', 'SQLITE_BUSY')
  )
})

engineTest('No parameter of a failed statement is in the error', async (t, engine) => {
  const { store, url } = await createStore(t, engine)
  const hash = '$2b$04$averysecrethashthatnobodyshouldsee'
  const user = newUser('alice', { passwordHash: hash })
  await store.users.insert(user, event('user.created'))
  const { db, schema } = openEngine(t, url)

  const failures = {
    'unique violation': () => db.insert(schema.users).values({ ...user, username: 'bob' }),
    'unique violation of an update': () => db.update(schema.users).set({ id: user.id, passwordHash: hash }),
    'not null': () => db.insert(schema.users).values({ ...user, username: null as unknown as string }),
    'foreign key': () => db.insert(schema.sessions).values(sessionRow(newSession(hash)))
  }
  await store.users.insert(newUser('carol'), event('user.created'))
  for (const [name, fail] of Object.entries(failures)) {
    const thrown = await fail().then(
      () => t.fail(name),
      error => error
    )
    const { message, stack, cause, ...rest } = toStoreError(thrown)
    t.notMatch([message, stack, JSON.stringify(rest)].join('\n'), hash, name)
    t.equal(cause, undefined)
  }
})
