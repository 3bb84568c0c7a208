import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'tap'
import {
  appSealing,
  recoveryKeySealing,
  signingKeySealing,
  webhookSealing
} from '../../src/auth/keys/stored-secrets.ts'
import { deriveKey, seal } from '../../src/base/secrets.ts'
import type { Config } from '../../src/config/config.ts'
import { checkSecret } from '../../src/doctor/secret.ts'
import type { SealedRows } from '../../src/store/inspect/sealed-rows.ts'
import { testConfig } from '../support/app.ts'

const check = (
  value: string | undefined,
  {
    databaseUrl = 'sqlite:a.db',
    path = '',
    wrong = [] as (keyof Config)[],
    signingKey = undefined as { kid: string; sealed: string } | undefined,
    sealed = undefined as SealedRows | undefined,
    secondSecret = undefined as string | undefined
  } = {}
) =>
  checkSecret(
    {
      secret: { ...(value !== undefined && { value }), ...(path && { path }) },
      wrong: new Set(wrong),
      config: testConfig({ databaseUrl, ...(secondSecret && { secondSecret }) })
    },
    { ...(signingKey && { signingKey }), ...(sealed && { sealed }) }
  )

test('Random bytes in every usual encoding have enough different characters', async t => {
  for (const secret of [
    randomBytes(32).toString('base64'),
    randomBytes(32).toString('hex'),
    'f3a1c07be2945d8816b0c94fe7d23a5b',
    'F3A1C07BE2945D8816B0C94FE7D23A5B',
    '83061957240176539824610957308264190',
    randomUUID()
  ])
    t.same(check(secret), [{ check: 'secret', level: 'ok', text: 'SECRET has enough different characters.' }])
})

test('A secret of fewer than 8 different characters is an error that explains how to make one, and does not repeat it', async t => {
  for (const secret of ['changeme'.repeat(4), 'a'.repeat(64), 'xK9q'.repeat(12), 'abcdefg'.repeat(5)]) {
    const found = check(secret)
    const text = /^SECRET has fewer than 8 different characters .*openssl rand -base64 32/
    t.match(found, [{ check: 'secret', level: 'error', text }], secret)
    t.notOk(JSON.stringify(found).includes(secret))
  }
})

test('A phrase is a warning, for both secrets', async t => {
  const phrase = 'correct horse battery staple and so on'
  const text = /^SECRET has only letters: .*openssl rand -base64 32/
  t.match(check(phrase), [{ check: 'secret', level: 'warning', text }])
  t.match(check('abcdefgh'.repeat(4)), [{ check: 'secret', level: 'warning', text }])
  t.match(check(randomBytes(32).toString('base64'), { secondSecret: phrase }), [
    { check: 'secret', level: 'ok' },
    { check: 'secret', level: 'warning', text: /^SECOND_SECRET has only letters/ }
  ])
})

test('A missing secret is fine on SQLite; one that is wrong, unreadable or missing for PostgreSQL is no finding here', async t => {
  const text = 'There is no secret yet. The server creates one when it starts.'
  t.same(check(undefined), [{ check: 'secret', level: 'ok', text }])
  t.same(check(undefined, { wrong: ['secret'] }), [])
  t.same(check(undefined, { path: '/somewhere/secret' }), [])
  t.same(check(undefined, { databaseUrl: 'postgres://127.0.0.1/none' }), [])
})

test('A secret that does not decrypt the signing keys, or is missing beside them, is an error that says what to do', async t => {
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

/** The rows of a database that this secret has encrypted: a key, and an app and recovery codes of each account. */
function rowsOf(secret: string, accounts: number): SealedRows {
  const users = Array.from({ length: accounts }, (_, n) => `user ${n}`)
  return {
    limit: 5000,
    keys: [{ kid: 'kid', sealed: signingKeySealing({ secret }).seal('private', { kid: 'kid' }) }],
    apps: users.map(userId => {
      const app = { id: `app of ${userId}`, userId }
      return { ...app, sealed: appSealing({ secret }).seal('secret', app) }
    }),
    recoveryCodes: users.map(userId => ({ userId, sealed: recoveryKeySealing({ secret }).seal('key', { userId }) })),
    webhooks: [{ id: 'wh', sealed: webhookSealing({ secret }).seal('whsec_', { id: 'wh' }) }]
  }
}

/** The levels and texts of the checks of the database. */
const findings = (value: string, sealed: SealedRows, secondSecret?: string) =>
  check(value, { signingKey: { kid: 'kid', sealed: 'older' }, sealed, ...(secondSecret && { secondSecret }) })
    .filter(({ check }) => check !== 'secret')
    .map(({ level, check, text }) => [level, check, text])

test('Accounts whose app or recovery codes belong to another secret are counted, with what to do', async t => {
  const [secret, other] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
  t.strictSame(findings(secret, rowsOf(secret, 2)), [
    ['ok', 'signing-keys', 'SECRET decrypts the signing keys.'],
    ['ok', 'second-factors', 'SECRET decrypts the authenticator apps and recovery codes.']
  ])
  t.strictSame(findings(secret, rowsOf(secret, 0)).length, 1, 'nothing about second factors that nobody has')
  const [right, foreign] = [rowsOf(secret, 2), rowsOf(other, 5)]
  const mixed = { limit: 5000, keys: right.keys, apps: right.apps, recoveryCodes: foreign.recoveryCodes, webhooks: [] }
  t.strictSame(findings(secret, mixed), [
    ['ok', 'signing-keys', 'SECRET decrypts the signing keys.'],
    [
      'error',
      'second-factors',
      'SECRET does not decrypt the authenticator apps or recovery codes of 5 account(s). Set the secret that encrypted them as SECOND_SECRET and run `sallyport secret rotate`, or, if it is lost, run `sallyport secret discard`.'
    ]
  ])
  t.match(findings(secret, { ...right, keys: [...right.keys, ...foreign.keys] }), [['error', 'signing-keys']])
})

test('With a second secret, what still needs it is counted', async t => {
  const [secret, old] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
  t.match(findings(secret, rowsOf(old, 3), old), [
    ['ok', 'signing-keys'],
    ['ok', 'second-factors'],
    [
      'warning',
      'second-secret',
      /^1 signing key\(s\), second factors of 3 account\(s\) and 1 webhook\(s\) need SECOND_SECRET\. .*rotate`/
    ]
  ])
  t.match(findings(secret, rowsOf(secret, 3), old), [
    ['ok'],
    ['ok'],
    ['ok', 'second-secret', /^Nothing .* REFRESH_TOKEN_TTL/]
  ])
  t.match(check(secret, { secondSecret: 'changeme'.repeat(4) }), [
    { level: 'ok' },
    { level: 'error', text: /^SECOND_SECRET has fewer than 8 / }
  ])
})

test('A database with many apps is examined in part, and soon', async t => {
  const [secret] = [randomBytes(32).toString('base64')]
  const { limit, keys, apps, recoveryCodes } = rowsOf(secret, 1)
  const [app, codes] = [apps[0], recoveryCodes[0]] as [SealedRows['apps'][0], SealedRows['recoveryCodes'][0]]
  const many = { limit, keys, apps: Array(limit).fill(app), recoveryCodes: Array(limit).fill(codes), webhooks: [] }
  t.match(findings(secret, many), [['ok'], ['ok', 'second-factors', / Only 5000 of each were examined\.$/]])
})
