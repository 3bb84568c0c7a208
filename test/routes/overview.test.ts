import t from 'tap'
import { callWith, clientToken, withRoot } from '../support/administrator.ts'
import { createApp, logIn, postForm } from '../support/app.ts'
import { anyEngine } from '../support/engines.ts'
import { event, execute, newMail } from '../support/store.ts'

t.test('GET /overview has the state of the server', async t => {
  const { app, call } = await withRoot(t, ['audit:read'])
  const { refresh_token } = await logIn(app)
  for (const token of [refresh_token, refresh_token, 'nonsense'])
    await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: token })
  const answer = await call('GET', '/overview')
  t.equal(answer.statusCode, 200)
  const { findings, database, ...rest } = answer.json()
  t.match(rest, {
    version: /^\d+\.\d+\.\d+/,
    node: process.version,
    started_at: '2026-01-31T12:00:00.000Z',
    accounts: 2,
    sessions: 2,
    refreshes: 1,
    hash_queue: { running: 0, waiting: 0, limit: Number }
  })
  t.match(rest, {
    volume: anyEngine === 'sqlite' ? { free: Number, total: Number } : null,
    mail_queue: { waiting: 0, oldest_at: null, has_smtp: false },
    signing_key: {
      kid: app.keys.signer().kid,
      created_at: '2026-01-31T12:00:00.000Z',
      next_signs_at: null,
      rotates_at: '2026-05-01T12:00:00.000Z'
    },
    nodes: [],
    now: /^2026-01-31T1[12]:/
  })
  t.equal(database.dialect, anyEngine)
  t.ok(database.bytes > 100_000 && database.bytes < 100_000_000, `${database.bytes} bytes`)
  t.strictSame(
    findings.map(({ check }: { check: string }) => check).sort(),
    ['bcrypt-cost', 'mail', 'proxy', 'registration', 'second-factor'].sort()
  )
})

t.test('GET /overview has what waits: messages, events, keys and nodes', async t => {
  const settings = { smtpUrl: 'smtps://127.0.0.1:1', keyRotation: 0 }
  const { app, clock, config } = await createApp(t, settings)
  app.db.audit.seal = async () => 0
  const { token } = await clientToken(app, 'console', ['audit:read'])
  const read = async () => (await callWith(app, token)('GET', '/overview')).json()
  await app.audit.sealOnce()
  const first = app.keys.signer().kid
  for (const at of [clock.now(), new Date(clock.now().getTime() - 5000)])
    await app.db.mail.queue(newMail({ createdAt: at }), event('asked'))
  clock.advance(5)
  await app.keys.rotate()
  await app.beginServing()
  t.match(await read(), {
    mail_queue: { waiting: 2, oldest_at: '2026-01-31T11:59:55.000Z', has_smtp: true },
    seals: { unsealed: 3, newest_at: '2026-01-31T12:00:00.000Z' },
    signing_key: { kid: first, next_signs_at: '2026-01-31T12:05:25.000Z', rotates_at: null },
    nodes: [{ version: /^\d/, runtime: `Node.js ${process.versions.node}`, started_at: /^2026-01-31T1[12]:/ }]
  })
  await execute(config.databaseUrl, 'DELETE FROM keys')
  t.equal((await read()).signing_key, null)
})

t.test('A database in memory has no volume, and a new one no seal', async t => {
  const { app } = await createApp(t, { databaseUrl: 'sqlite::memory:' })
  app.db.audit.seal = async () => 0
  t.match(await app.overview(), { volume: null, seals: { unsealed: 1, newest_at: null } })
})

t.test('Findings name the settings to change, and never a secret', async t => {
  const secret = 'abababababababababababababababababab'
  const { app } = await createApp(t, { secret, corsOrigins: ['*'], smtpUrl: 'smtp://user:hunter2@mail.example.com' })
  const { token } = await clientToken(app, 'console', ['audit:read'])
  const answer = await callWith(app, token)('GET', '/overview')
  const { findings } = answer.json()
  for (const [check, level, text] of [
    ['bcrypt-cost', 'error', /^BCRYPT_COST is 4/],
    ['cors', 'error', /^CORS_ORIGINS contains \*/],
    ['mail', 'warning', /may be unencrypted/],
    ['secret', 'error', /^SECRET has fewer than 8 different characters/]
  ] as const)
    t.match(
      findings.filter((finding: { check: string }) => finding.check === check),
      [{ level, text }]
    )
  t.notMatch(answer.body, /abab|hunter2|"ok"/)
})
