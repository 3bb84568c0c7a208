import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'tap'
import { deriveKey, seal } from '../../src/auth/keys/secrets.ts'
import type { Config } from '../../src/config/config.ts'
import { checkSecret } from '../../src/doctor/secret.ts'
import { testConfig } from '../support/app.ts'

const check = (
  value: string | undefined,
  {
    databaseUrl = 'sqlite:a.db',
    path = '',
    wrong = [] as (keyof Config)[],
    signingKey = undefined as { kid: string; sealed: string } | undefined
  } = {}
) =>
  checkSecret(
    {
      secret: { ...(value !== undefined && { value }), ...(path && { path }) },
      wrong: new Set(wrong),
      config: testConfig({ databaseUrl })
    },
    { ...(signingKey && { signingKey }) }
  )

test('random bytes in every usual encoding have enough different characters', async t => {
  for (const secret of [
    ...Array.from({ length: 50 }, () => randomBytes(32).toString('base64')),
    ...Array.from({ length: 50 }, () => randomBytes(32).toString('hex')),
    'f3a1c07be2945d8816b0c94fe7d23a5b',
    'F3A1C07BE2945D8816B0C94FE7D23A5B',
    '83061957240176539824610957308264190',
    randomUUID(),
    'abcdefgh'.repeat(4)
  ])
    t.same(check(secret), [{ check: 'secret', level: 'ok', text: 'SECRET has enough different characters.' }])
})

test('a secret of fewer than 8 different characters is an error that explains how to make one, and does not repeat it', async t => {
  for (const secret of ['changeme'.repeat(4), 'a'.repeat(64), 'xK9q'.repeat(12), 'abcdefg'.repeat(5)]) {
    const found = check(secret)
    const text = /^SECRET has fewer than 8 different characters .*openssl rand -base64 32/
    t.match(found, [{ check: 'secret', level: 'error', text }], secret)
    t.notOk(JSON.stringify(found).includes(secret))
  }
})

test('a missing secret is fine on SQLite, unless the database has signing keys', async t => {
  t.same(check(undefined), [
    { check: 'secret', level: 'ok', text: 'There is no secret yet. The first start creates one.' }
  ])
})

test('a wrong, unreadable or (for PostgreSQL) missing secret is left to the settings check', async t => {
  t.same(check(undefined, { wrong: ['secret'] }), [])
  t.same(check(undefined, { path: '/somewhere/secret' }), [])
  t.same(check(undefined, { databaseUrl: 'postgres://127.0.0.1/none' }), [])
})

test('a secret that does not decrypt the signing keys, or is missing beside them, is an error that says what to do', async t => {
  const secret = randomBytes(32).toString('base64')
  const signingKey = { kid: 'kid', sealed: seal(deriveKey(secret, 'signing-keys'), 'private', 'kid') }
  const of = (value: string | undefined, databaseUrl = 'sqlite:a.db') =>
    check(value, { signingKey, databaseUrl }).filter(({ check }) => check !== 'secret')
  t.same(of(secret), [{ check: 'signing-keys', level: 'ok', text: 'SECRET decrypts the signing keys.' }])
  const remedy = ' Set the SECRET that encrypted them, or restore the file `secret` beside the database.'
  for (const databaseUrl of ['sqlite:a.db', 'postgres://127.0.0.1/none']) {
    const wrong = of(`another ${secret}`, databaseUrl)
    t.match(wrong, [{ check: 'signing-keys', level: 'error' }])
    t.ok(wrong[0]?.text.startsWith(`SECRET does not decrypt the signing keys of the database.${remedy}`))
    const lost = check(undefined, { signingKey, databaseUrl })
    t.match(lost, [{ check: 'signing-keys', level: 'error' }])
    t.equal(lost.length, 1)
    t.ok(
      lost[0]?.text.startsWith(`The database has signing keys, and there is no valid SECRET to decrypt them.${remedy}`)
    )
  }
})
