import { test } from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { examine, type Instruments } from '../../src/doctor/examine.ts'

const instruments: Instruments = {
  sqliteDriver: () => ({ version: '13.2.0' }),
  probeStore: async () => ({ pingMs: 1, pending: [], clockAheadMs: 0, newestAudit: new Date(0) }),
  hash: async () => {},
  clientAddress: async () => '203.0.113.7',
  files: {
    mode: async () => 0o600,
    isWritable: async () => true,
    volume: async () => ({ type: 1, free: 1e9 })
  },
  fetch: async () => new Response('{}'),
  now: () => new Date('2026-01-31T12:00:00.000Z'),
  clock: () => 0,
  cores: 2,
  threads: 4
}
const settings = [
  ...['settings', 'registration', 'bcrypt-cost', 'password-length', 'second-factor', 'passkeys', 'token-life'],
  ...['cors', 'metrics', 'mail', 'issuer']
]

test('Every check is in the report, in a fixed order', async t => {
  const env = { DATABASE_URL: 'postgres://127.0.0.1:1/none', SECRET: 'kR3vQ0p9Xw2LsT7bYc5NfH8mZ1dJ6gUa4eVtBnPoCiE' }
  const found = await examine(readConfig(env, t.testdir()), instruments, {})
  t.same(
    found.map(({ check }) => check),
    [
      ...[
        ...settings,
        'secret',
        'database',
        'migrations',
        'clock',
        'database-clock',
        'audit-clock',
        'audit',
        'webhooks'
      ],
      ...['metadata', 'hash-time', 'hash-threads', 'proxy', 'client-address']
    ]
  )
})

test('A range API of breached passwords is asked only where one is set', async t => {
  const env = { DATABASE_URL: 'sqlite::memory:', BREACH_CHECK: 'https://range.example.com/' }
  const found = await examine(readConfig(env, t.testdir()), instruments, {})
  t.match(
    found.find(({ check }) => check === 'breach-check'),
    { level: 'warning', text: /^range\.example\.com gives no answer/ }
  )
})

test('Each issuer of ID tokens is asked, unless the setting is wrong', async t => {
  const checks = async (IDENTITY_PROVIDERS: string) => {
    const env = { DATABASE_URL: 'sqlite::memory:', IDENTITY_PROVIDERS }
    const found = await examine(readConfig(env, t.testdir()), instruments, {})
    return found.filter(({ check }) => check === 'identity-provider').map(({ text }) => text.split(' cannot', 1)[0])
  }
  const entries = 'https://a.example.com x, https://b.example.com y'
  t.same(await checks(entries), ['The keys of https://a.example.com', 'The keys of https://b.example.com'])
  t.same(await checks(`${entries}, z`), [])
})

test('A wrong setting stops only the checks that need it', async t => {
  for (const [name, missing] of [
    ['DATABASE_URL', ['secret', 'database', 'migrations', 'database-clock', 'audit-clock', 'audit', 'webhooks']],
    ['ISSUER', ['registration', 'second-factor', 'passkeys', 'mail', 'issuer', 'metadata', 'proxy', 'client-address']],
    ['BCRYPT_COST', ['bcrypt-cost', 'hash-time', 'hash-threads']],
    ['TRUST_PROXY', ['proxy', 'client-address']]
  ] as const) {
    const env = { DATABASE_URL: 'postgres://127.0.0.1:1/none', SECRET: 'x'.repeat(40) }
    const checks = async (env: Record<string, string>) =>
      (await examine(readConfig(env, t.testdir()), instruments, {})).map(({ check }) => check)
    const [all, some] = [await checks(env), await checks({ ...env, [name]: 'wrong' })]
    t.same(
      all.filter(check => !some.includes(check)),
      missing.filter(check => check !== 'secret'),
      name
    )
  }
})

test('A database is not opened if its driver would crash', async t => {
  const env = { DATABASE_URL: 'sqlite:none.db', SECRET: 'x'.repeat(40) }
  const examined = (sqliteDriver: Instruments['sqliteDriver']) =>
    examine(readConfig(env, t.testdir()), { ...instruments, sqliteDriver }, {})
  const checks = (await examined(instruments.sqliteDriver)).map(({ check }) => check)
  t.ok(checks.includes('driver') && checks.includes('database'))
  const refused = await examined(() => {
    throw new Error('Install better-sqlite3 13.')
  })
  t.match(
    refused.find(({ check }) => check === 'driver'),
    { level: 'error', text: 'Install better-sqlite3 13.' }
  )
  t.notOk(refused.some(({ check }) => check === 'database'))
})
