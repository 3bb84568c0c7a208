import { mock } from 'node:test'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import keys from '../../plugins/keys.ts'
import pruning from '../../plugins/pruning.ts'
import { keyPollMs } from '../../src/auth/keys/keys.ts'
import { testConfig } from '../support/app.ts'
import { attempt } from '../support/attempts.ts'
import { createClock } from '../support/clocks.ts'
import { databaseUrl, type EngineName } from '../support/engines.ts'
import { pgTest } from '../support/pg-test.ts'
import { bareFastify, registerServices } from '../support/plugins.ts'
import { addSessions, event, newSession, newUser, openEngine } from '../support/store.ts'

/**
 * A bare server with a store, whose timers run when the test says so, and whose clock is that of the test or `now`.
 */
async function withStore(t: Test, engine: EngineName = 'sqlite', now = createClock().now) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const { app, log } = bareFastify(t)
  const url = await databaseUrl(t, engine)
  await registerServices(app, { config: testConfig({ databaseUrl: url }), now })
  return { app, url, log: () => log.join('') }
}

/** Lets everything run that can run now. */
const settle = () => new Promise(resolve => setImmediate(resolve))

/** The signal among the arguments of a call, or among their members. */
const stopIn = (args: unknown[] = []) =>
  args.flatMap(arg => [arg, (arg as { stop?: unknown }).stop]).find(member => member instanceof AbortSignal)

const config = testConfig({ auditRetention: 5000 })
const hourMs = 3_600_000

const timers: {
  rule: string
  register: (app: FastifyInstance) => PromiseLike<unknown>
  /** The store and the method of it that the timer calls. */
  work: (app: FastifyInstance) => [repository: object, method: string]
  everyMs: number
  complaint: string
}[] = [
  {
    rule: 'the keys are read again every ten seconds',
    register: app => app.register(keys),
    work: app => [app.db.keys, 'published'],
    everyMs: keyPollMs,
    complaint: 'failed to reload or rotate the signing keys'
  },
  {
    rule: 'ended sessions are deleted every hour',
    register: app => app.register(pruning, { config }),
    work: app => [app.db.sessions, 'prune'],
    everyMs: hourMs,
    complaint: 'failed to delete ended sessions'
  },
  {
    rule: 'old audit events are deleted every hour',
    register: app => app.register(pruning, { config }),
    work: app => [app.db.audit, 'prune'],
    everyMs: hourMs,
    complaint: 'failed to delete old audit events'
  },
  {
    rule: 'forgiven throttle counters are deleted every ten minutes',
    register: app => app.register(pruning, { config }),
    work: app => [app.db.throttle, 'prune'],
    everyMs: 600_000,
    complaint: 'failed to delete forgiven attempts'
  },
  {
    rule: 'expired links are deleted every hour',
    register: app => app.register(pruning, { config }),
    work: app => [app.db.oneTimeTokens, 'prune'],
    everyMs: hourMs,
    complaint: 'failed to delete expired links'
  },
  {
    rule: 'expired codes in the mail are deleted every hour',
    register: app => app.register(pruning, { config }),
    work: app => [app.db.emailCodes, 'prune'],
    everyMs: hourMs,
    complaint: 'failed to delete expired codes'
  }
]

for (const { rule, register, work, everyMs, complaint } of timers) {
  t.test(`${rule}, and a failure is logged and retried`, async t => {
    const { app, log } = await withStore(t)
    const [repository, method] = work(app)
    const calls: unknown[][] = []
    let broken = false
    const original = Reflect.get(repository, method)
    Reflect.set(repository, method, async (...args: unknown[]) => {
      calls.push(args)
      if (broken) throw new Error('the store is ill')
      return Reflect.apply(original, repository, args)
    })
    await register(app)
    calls.length = 0

    mock.timers.tick(everyMs - 1)
    t.equal(calls.length, 0)
    mock.timers.tick(1)
    await settle()
    t.equal(calls.length, 1)
    t.notMatch(log(), complaint)
    broken = true
    // The first run may still wait for the disk, and then the timer does nothing.
    while (calls.length === 1) {
      mock.timers.tick(everyMs)
      await settle()
    }
    t.equal(calls.length, 2)
    t.match(log(), complaint)
    await app.close()
    mock.timers.tick(10 * everyMs)
    t.equal(calls.length, 2, 'no calls after the server is closed')
    if (method === 'prune') t.equal(stopIn(calls[0])?.aborted, true, 'closing aborts a running pruning')
  })
}

t.test('AUDIT_RETENTION is the age at which events are deleted, and 0 keeps all', async t => {
  for (const [auditRetention, expected] of [
    [5000, [5000]],
    [0, []]
  ] as const) {
    const { app } = await withStore(t)
    const ages: number[] = []
    app.db.audit.prune = async before => {
      ages.push((app.clock.now().getTime() - before.getTime()) / 1000)
      return { deleted: 0 }
    }
    await app.register(pruning, { config: testConfig({ auditRetention }) })
    mock.timers.tick(hourMs)
    await settle()
    t.strictSame(ages, expected)
    await app.close()
    mock.timers.reset()
  }
})

t.test('A broken audit trail is not pruned, and is an error in the log every hour', async t => {
  const { app, log } = await withStore(t)
  await app.register(pruning, { config })
  app.db.audit.prune = async () => ({ deleted: 0, broken: { what: 'seal 2', fault: 'is missing' } })
  for (let hours = 1; hours <= 2; hours++) {
    mock.timers.tick(hourMs)
    await settle()
    const errors = log().match(/"level":50,.*The audit trail is broken: seal 2 is missing\. Nothing was deleted\./g)
    t.equal(errors?.length, hours)
  }
})

pgTest('Nothing is deleted while the clock is wrong, and the log says why', async t => {
  const day = 86_400_000
  // Rounded to 400 days even if the database answers almost a second late.
  let aheadMs = 400 * day + 499
  const { app, url, log } = await withStore(t, 'postgres', () => new Date(Date.now() + aheadMs))
  const long = new Date(Date.now() - 10 * day)
  const { db, schema } = openEngine(t, url)
  const user = newUser('alice', { createdAt: long })
  await db.insert(schema.users).values(user)
  await addSessions(url, [newSession(user.id, { expiresAt: long, idleExpiresAt: long })])
  await db.insert(schema.throttle).values({ ...attempt('a', 0), clearsAt: long.getTime() })
  const prefix = { userId: user.id, prefix: '192.0.2.0/24', lastLoginAt: new Date(Date.now() - 300 * day) }
  await db.insert(schema.knownPrefixes).values(prefix)
  const link = { hash: 'x', purpose: 'verify_email', userId: user.id, state: '', expiresAt: long } as const
  await db.insert(schema.oneTimeTokens).values(link)
  await db.insert(schema.spent).values({ id: 'totp:x:1', expiresAt: long })
  await app.db.audit.record(event('old', { at: long }))
  await app.audit.seal()
  await app.db.audit.record(event('newest', { at: long }))
  await app.audit.seal()
  const { sessions, throttle, knownPrefixes, oneTimeTokens, spent, audit } = schema
  const rows = async () =>
    await Promise.all(
      [sessions, throttle, oneTimeTokens, spent, knownPrefixes, audit].map(
        async table => (await db.select().from(table)).length
      )
    )
  const before = await rows()

  const tick = async (until: () => Promise<boolean>) => {
    mock.timers.tick(hourMs)
    while (!(await until())) await settle()
  }
  await app.register(pruning, { config: testConfig({ auditRetention: 5 * 86_400 }) })
  const complaints = [
    'ended sessions',
    'expired links',
    'expired codes',
    'expired personal access tokens',
    'used codes',
    'forgiven attempts',
    'old audit events'
  ]
  const why =
    /"level":50,.*The clock of this machine is \d+ s ahead of the clock of the database\. Nothing was deleted\./
  await tick(async () => complaints.every(complaint => log().includes(`failed to delete ${complaint}`)))
  t.equal(
    log()
      .split('\n')
      .filter(line => why.test(line)).length,
    complaints.length,
    'one error each'
  )
  t.strictSame(await rows(), before)

  aheadMs = 0
  await tick(async () => (await rows()).every((count, table) => count < Number(before[table]) || table > 4))
  t.strictSame((await rows()).slice(0, 5), [0, 0, 0, 0, 0])
})
