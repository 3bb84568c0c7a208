import t from 'tap'
import { nothingIfTaken, StoreError, toStoreError, withStoreErrors } from '../../src/store/errors.ts'
import { engines } from '../support/engines.ts'
import { createStore, event, newSession, newUser, openEngine, sessionRow } from '../support/store.ts'

const withCode = (code: string, message = 'the driver spoke') => Object.assign(new Error(message), { code })

t.test('only a name that is taken counts as no change', async t => {
  t.strictSame(nothingIfTaken(withCode('23505')), [])
  const gone = withCode('08006')
  t.throws(() => nothingIfTaken(gone), gone)
})

t.test('the error of every driver becomes one of three codes', async t => {
  const scenarios: { code: string; becomes: StoreError['code'] }[] = [
    { code: 'SQLITE_CONSTRAINT_UNIQUE', becomes: 'conflict' },
    { code: 'SQLITE_CONSTRAINT_PRIMARYKEY', becomes: 'conflict' },
    { code: '23505', becomes: 'conflict' },
    { code: 'SQLITE_BUSY', becomes: 'unavailable' },
    { code: 'SQLITE_BUSY_SNAPSHOT', becomes: 'unavailable' },
    { code: 'SQLITE_LOCKED', becomes: 'unavailable' },
    { code: 'SQLITE_FULL', becomes: 'unavailable' },
    { code: 'SQLITE_IOERR_WRITE', becomes: 'unavailable' },
    { code: 'SQLITE_CANTOPEN', becomes: 'unavailable' },
    { code: 'SQLITE_READONLY', becomes: 'unavailable' },
    { code: '08006', becomes: 'unavailable' },
    { code: '40001', becomes: 'unavailable' },
    { code: '40P01', becomes: 'unavailable' },
    { code: '53300', becomes: 'unavailable' },
    { code: '57P01', becomes: 'unavailable' },
    { code: '57014', becomes: 'unavailable' },
    { code: '55P03', becomes: 'unavailable' },
    { code: '58030', becomes: 'unavailable' },
    { code: 'ECONNREFUSED', becomes: 'unavailable' },
    { code: 'ECONNRESET', becomes: 'unavailable' },
    { code: 'EPIPE', becomes: 'unavailable' },
    { code: 'ENOTFOUND', becomes: 'unavailable' },
    { code: 'ETIMEDOUT', becomes: 'unavailable' },
    { code: 'EHOSTUNREACH', becomes: 'unavailable' },
    { code: 'EACCES', becomes: 'unavailable' },
    { code: 'EISDIR', becomes: 'unavailable' },
    { code: 'ENOSPC', becomes: 'unavailable' },
    { code: 'EIO', becomes: 'unavailable' },
    { code: 'SQLITE_CONSTRAINT_FOREIGNKEY', becomes: 'failed' },
    { code: '23503', becomes: 'failed' },
    { code: '42P01', becomes: 'failed' },
    { code: '28P01', becomes: 'unavailable' }
  ]
  for (const { code, becomes } of scenarios) {
    const error = toStoreError(withCode(code))
    t.match(error, {
      name: 'StoreError',
      code: becomes,
      driverCode: code,
      message: `Database error: the driver spoke (${code})`
    })
  }
})

t.test('no error contains a value that the database quotes (PostgreSQL class 22)', async t => {
  const error = toStoreError(withCode('22P02', 'invalid input syntax for type boolean: "$2b$04$secret"'))
  t.match(error, { code: 'failed', message: 'Database error: a value cannot be stored (22P02)' })
})

t.test('errors of pg without a code that mean an outage are unavailable (pg 8)', async t => {
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

t.test('any thrown value becomes a StoreError, from its innermost cause', async t => {
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

t.test('a failed connection names the server (Node.js)', async t => {
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

t.test('the stack contains only the place of the error, so that the log has no query', async t => {
  const thrown = withCode('23505', 'first line\nparams: secret\n    but not a frame')
  const { stack } = toStoreError(thrown)
  const [head, ...frames] = String(stack).split('\n')
  t.equal(head, 'StoreError: Database error: first line')
  t.ok(frames.filter(line => line.startsWith('    at ')).length > 0)
  const bare = withCode('23505')
  delete (bare as { stack?: string }).stack
  t.match(toStoreError(bare).stack, /^StoreError: Database error: the driver spoke \(23505\)$/)
})

t.test('no place is named before the stack is read, because that loads a source map', async t => {
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

t.test('a repository returns its results unchanged and converts its failures into StoreErrors', async t => {
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

for (const engine of engines) {
  t.test(`no parameter of a failed statement is in the error on ${engine}`, async t => {
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
      const { message, stack, ...rest } = toStoreError(thrown)
      t.notMatch([message, stack, JSON.stringify(rest)].join('\n'), hash, name)
    }

    const checked = {
      passwordHash: user.passwordHash,
      secondFactorAt: null,
      loginEpoch: 0,
      prefix: '192.0.2.0/24',
      use: { spent: [] },
      most: 100
    }
    const login = newSession(user.id, { id: user.id, clientId: null as unknown as string })
    const error = await store.sessions.insertLogin(login, checked, event('x')).then(
      () => undefined,
      thrown => thrown
    )
    t.match(error, { name: 'StoreError', code: 'failed' })
    t.notMatch(`${error.message}\n${error.stack}\n${JSON.stringify(error)}`, hash)
    t.equal(error.cause, undefined)
  })
}
