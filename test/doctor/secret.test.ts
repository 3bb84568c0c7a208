import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { checkSecret, estimateBits } from '../../src/doctor/secret.ts'
import { testConfig } from '../support/app.ts'

const check = (
  value: string | undefined,
  { databaseUrl = 'sqlite:a.db', path = '', wrong = [] as (keyof Config)[], hasDatabase = true } = {}
) =>
  checkSecret(
    {
      secret: { ...(value !== undefined && { value }), ...(path && { path }) },
      wrong: new Set(wrong),
      config: testConfig({ databaseUrl })
    },
    hasDatabase
  )

test('random bytes in every usual spelling are strong', async t => {
  for (const secret of [
    ...Array.from({ length: 50 }, () => randomBytes(32).toString('base64')),
    ...Array.from({ length: 50 }, () => randomBytes(32).toString('hex')),
    'f3a1c07be2945d8816b0c94fe7d23a5b',
    'F3A1C07BE2945D8816B0C94FE7D23A5B',
    '83061957240176539824610957308264190',
    'sallyport-secret-kR3vQ0p9Xw2LsT7bYc5NfH8mZ1dJ6gUa',
    'hRqVpXwLsT-bYcNfHmZdJgUa_eVtBnPoCiEkRvQpXw',
    randomUUID(),
    'mountain velvet orbit harvest pencil quiet saddle thunder window lantern'
  ])
    t.same(check(secret), [{ check: 'secret', level: 'ok', text: 'SECRET looks random.' }])
})

test('a secret that somebody typed is an error that says how to make one, and does not repeat it', async t => {
  for (const secret of [
    'changemechangemechangemechangeme',
    'change-me-change-me-change-me-change-me',
    'secretsecretsecretsecretsecretsecret',
    'this-is-my-super-secret-key-for-login',
    'a secret of the tests, 32 bytes or more',
    'correct horse battery staple correct horse battery staple',
    'a'.repeat(64),
    'ab'.repeat(32),
    'xK9q'.repeat(12),
    '0123456789abcdefghijklmnopqrstuvwxyz',
    '9876543210987654321098765432109876543210',
    'sallyport-production-secret-2025!!!!',
    'aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb',
    'PasswordPasswordPasswordPassword1!',
    'Orbit Harvest Pencil Quiet Saddle'
  ]) {
    const found = check(secret)
    t.match(found, [{ check: 'secret', level: 'error', text: /can be guessed.*openssl rand -base64 32/ }], secret)
    t.notOk(JSON.stringify(found).includes(secret))
  }
})

test('the estimate is not more than the alphabet gives, and nothing for nothing', async t => {
  t.equal(estimateBits(''), 0)
  t.equal(estimateBits('password'), 0)
  t.equal(estimateBits('one two three'), 7.5 + 7.5 + 11)
  t.equal(estimateBits('0192837465'), 10 * Math.log2(10))
})

test('no secret yet is fine on SQLite, unless its database is there already', async t => {
  t.same(check(undefined, { hasDatabase: false }), [
    { check: 'secret', level: 'ok', text: 'There is no secret yet: the first start makes one.' }
  ])
  t.match(check(undefined), [{ check: 'secret', level: 'warning', text: /put its secret back/ }])
})

test('a secret that is wrong, unreadable or missing for PostgreSQL is left to the settings', async t => {
  t.same(check(undefined, { wrong: ['secret'] }), [])
  t.same(check(undefined, { path: '/somewhere/secret' }), [])
  t.same(check(undefined, { databaseUrl: 'postgres://127.0.0.1/none' }), [])
})
