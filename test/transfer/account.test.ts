import { test } from 'tap'
import { invalidMember } from '../../src/base/errors.ts'
import { type ReadingOptions, readAccount } from '../../src/transfer/account.ts'
import { byColumn, type Field, importFields } from '../../src/transfer/mapping.ts'

const id = '018f4e2a-0000-7000-8000-000000000001'
const now = new Date('2026-01-31T12:00:00Z')

/** The result for a record whose columns have the names of the fields. */
function read(record: Partial<Record<Field, unknown>>, options: Partial<ReadingOptions> = {}) {
  return readAccount(record, {
    mapping: byColumn(Object.fromEntries(importFields.map(field => [field, field]))),
    hashProblem: hash => (hash === 'hash' ? undefined : 'is strange'),
    unusableHash: () => '!unusable',
    trustEmails: false,
    defaultScopes: ['me'],
    assertData: () => {},
    assertClaims: () => {},
    newId: () => 'a new id',
    now: () => now,
    ...options
  })
}

const alice = { username: 'alice', password_hash: 'hash' }

test('A record with all fields becomes the account that it describes', async t => {
  const record = {
    id,
    username: 'alice',
    email: 'Alice@Example.COM',
    email_verified: true,
    full_name: 'Alice Liddell',
    password_hash: 'hash',
    scopes: ['me', 'users:read'],
    disabled: true,
    created_at: '2025-01-02T03:04:05.678Z',
    data: { theme: 'dark' },
    claims: '{"roles": ["editor"]}',
    invited_at: null,
    locale: 'de-at'
  }
  t.same(read(record), {
    user: {
      id,
      username: 'alice',
      email: 'alice@example.com',
      emailVerified: true,
      fullName: 'Alice Liddell',
      locale: 'de-AT',
      passwordHash: 'hash',
      scopes: ['me', 'users:read'],
      disabled: true,
      data: { theme: 'dark' },
      claims: { roles: ['editor'] },
      invitedAt: null,
      secondFactorAt: null,
      createdAt: new Date('2025-01-02T03:04:05.678Z'),
      updatedAt: now
    },
    keepsId: true,
    keepsCreation: true,
    isRenamed: false,
    wasSuperuser: false,
    identities: [],
    totpSecret: null,
    losesFactor: false
  })
})

test('A name and a hash are sufficient', async t => {
  const nothing = { email: null, emailVerified: false, fullName: null, locale: null, disabled: false, invitedAt: null }
  const given = { username: 'alice', passwordHash: 'hash', scopes: ['me'], data: {}, claims: {} }
  t.same(read(alice), {
    user: { id: 'a new id', ...given, ...nothing, secondFactorAt: null, createdAt: now, updatedAt: now },
    keepsId: false,
    keepsCreation: false,
    isRenamed: false,
    wasSuperuser: false,
    identities: [],
    totpSecret: null,
    losesFactor: false
  })
})

test('An authenticator app comes along with its secret, and any other second factor is lost', async t => {
  const secret = 'JBSWY3DPEHPK3PXP'
  for (const totp_secret of [secret, 'jbsw y3dp ehpk 3pxp', `${secret}======`]) {
    const account = read({ ...alice, totp_secret, second_factor: true })
    t.match(account, { totpSecret: secret, losesFactor: false, user: { secondFactorAt: now } }, totp_secret)
  }
  for (const [second_factor, losesFactor] of [
    [true, true],
    [false, false],
    ['', false]
  ])
    t.match(read({ ...alice, second_factor }), { totpSecret: null, losesFactor, user: { secondFactorAt: null } })
})

test('A name is normalized as in a registration, and the @ of an address becomes a dot', async t => {
  for (const [record, username, isRenamed] of [
    [{ email: 'Alice@Example.com' }, 'alice.example.com', true],
    [{ username: '', email: 'alice@example.com' }, 'alice.example.com', true],
    [{ username: null, email: 'alice@example.com' }, 'alice.example.com', true],
    [{ username: 'alice@example.com' }, 'alice.example.com', true],
    [{ username: 'alice＠example.com' }, 'alice.example.com', true],
    [{ username: '@alice@' }, '.alice.', true],
    [{ username: 'alice', email: 'alice@example.com' }, 'alice', false],
    [{ username: 'ＡＬＩＣＥ' }, 'alice', false],
    [{ username: 42 }, '42', false]
  ] as const) {
    const account = read({ password_hash: 'hash', ...record })
    t.same([account.user.username, account.isRenamed], [username, isRenamed], JSON.stringify(record))
  }
})

test('A UUID in any spelling is kept, and any other id is not', async t => {
  for (const spelling of [id, id.toUpperCase(), id.replaceAll('-', '')]) {
    t.match(read({ ...alice, id: spelling }), { user: { id }, keepsId: true }, spelling)
  }
  for (const other of [1, '1', '', null, undefined, `${id}0`, 'g'.repeat(32), { id }, Buffer.alloc(16)]) {
    t.match(read({ ...alice, id: other }), { user: { id: 'a new id' }, keepsId: false }, String(other))
  }
})

test('An address is verified if the source or the operator says so, and it exists', async t => {
  const email = 'alice@example.com'
  for (const [record, trustEmails, verified] of [
    [{ email }, false, false],
    [{ email, email_verified: false }, false, false],
    [{ email, email_verified: 'true' }, false, true],
    [{ email, email_verified: false }, true, true],
    [{ email }, true, true],
    [{ email_verified: true }, false, false],
    [{}, true, false]
  ] as const) {
    const { user } = read({ ...alice, ...record }, { trustEmails })
    t.equal(user.emailVerified, verified, JSON.stringify(record))
  }
})

test('An account has the given scopes, and by default those of a new account, even an administrator', async t => {
  for (const [scopes, expected] of [
    [undefined, ['me']],
    [null, ['me']],
    ['', []],
    ['{me,items}', ['me', 'items']],
    [['items'], ['items']]
  ] as const) {
    t.same(read({ ...alice, scopes }).user.scopes, expected, JSON.stringify(scopes))
  }
  t.same(read(alice, { defaultScopes: ['me', 'orders:read'] }).user.scopes, ['me', 'orders:read'], 'the settings')
  t.match(read({ ...alice, superuser: true }), { user: { scopes: ['me'] }, wasSuperuser: true }, 'an administrator')
})

test('Disabled and inactive are the same, and an account with an empty active column is disabled', async t => {
  for (const [record, disabled] of [
    [{}, false],
    [{ disabled: 1 }, true],
    [{ active: 0 }, true],
    [{ active: 1 }, false],
    [{ active: null }, true],
    [{ active: '' }, true],
    [{ active: undefined }, false],
    [{ disabled: null }, false],
    [{ disabled: 0, active: 0 }, true],
    [{ disabled: 1, active: 1 }, true]
  ] as const) {
    t.equal(read({ ...alice, ...record }).user.disabled, disabled, JSON.stringify(record))
  }
})

test("An unusable hash is replaced by Sallyport's own if an address exists to set a password by", async t => {
  const ours = `!${'a'.repeat(43)}`
  const email = 'alice@example.com'
  for (const [record, expected] of [
    [{ password_hash: `!${'a'.repeat(40)}`, email }, '!unusable'],
    [{ password_hash: '!', email }, '!unusable'],
    [{ password_hash: ours, email }, ours],
    [{ password_hash: ours }, ours]
  ] as const) {
    t.equal(read({ ...alice, ...record }).user.passwordHash, expected, JSON.stringify(record))
  }
})

test('No account is from the future: a time that was local at the source ends now', async t => {
  t.match(read({ ...alice, created_at: '2026-01-31 21:00:00' }), { user: { createdAt: now }, keepsCreation: false })
})

test('Data and claims obey the rules of the server, and claims those for the whole account', async t => {
  const record = { ...alice, scopes: ['me'], data: '{"a": 1}', claims: { b: 2 } }
  const seen: unknown[] = []
  read(record, { assertData: data => seen.push(data), assertClaims: user => seen.push(user) })
  t.match(seen, [{ a: 1 }, { username: 'alice', scopes: ['me'], claims: { b: 2 } }])
  for (const rule of ['assertData', 'assertClaims'] as const) {
    const refuse = () => {
      throw invalidMember('/claims', 'is refused')
    }
    t.throws(() => read(record, { [rule]: refuse }), { errors: [{ detail: 'is refused' }] }, rule)
  }
})

test('An invitation is pending only while no password is chosen', async t => {
  const ours = `!${'a'.repeat(43)}`
  const invited_at = '2026-01-30T12:00:00Z'
  for (const [record, invitedAt] of [
    [{ password_hash: ours, invited_at }, new Date(invited_at)],
    [{ password_hash: ours, invited_at: '2026-02-01T12:00:00Z' }, now],
    [{ password_hash: ours, invited_at: '' }, null],
    [{ password_hash: ours }, null],
    [{ invited_at }, null]
  ] as const) {
    t.same(read({ ...alice, ...record }).user.invitedAt, invitedAt, JSON.stringify(record))
  }
})

test('An invalid account is refused by member, and no message contains a hash (scenario table)', async t => {
  const length = 'must have 1 to 64 characters and no leading or trailing spaces'
  const address = 'is an address of more than 64 characters, too long for a username'
  const text = 'is longer than 256 characters'
  const total = 'must not exceed 2000 characters in total'
  const time = 'is not a time since 1970, such as 2026-01-31T12:00:00Z'
  for (const [record, pointer, detail] of [
    [{ username: '' }, '/username', 'is missing'],
    [{ username: undefined, email: null }, '/username', 'is missing'],
    [{ username: ' alice' }, '/username', length],
    [{ username: 'a'.repeat(65) }, '/username', length],
    [{ username: undefined, email: `${'a'.repeat(60)}@example.com` }, '/email', address],
    [{ username: `${'a'.repeat(60)}@example.com` }, '/username', address],
    [{ username: `$2b$12$${'a'.repeat(53)}` }, '/username', 'looks like a password hash'],
    [{ username: 'pbkdf2_sha256$1$salt$digest' }, '/username', 'looks like a password hash'],
    [{ username: 'a\0b' }, '/username', 'must not contain @, control characters or invisible characters'],
    [{ username: ['alice'] }, '/username', 'is not text'],
    [{ email: 'alice' }, '/email', 'is not an e-mail address'],
    [{ email: `${'a'.repeat(243)}@example.com` }, '/email', 'is not an e-mail address'],
    // In the form in which it is stored.
    [{ email: 'a\u037eb@example.com' }, '/email', 'is not an e-mail address'],
    [{ scopes: Array.from({ length: 100 }, (_, n) => `a-rather-long-name-of-a-scope-${n}`) }, '/scopes', total],
    [{ email: 'a@b.example', email_verified: 'maybe' }, '/email_verified', 'is neither true nor false'],
    [{ full_name: 'a\u3164' }, '/full_name', 'contains an invisible character'],
    [{ full_name: 'a\nb' }, '/full_name', 'contains a control character or an unpaired surrogate'],
    [{ full_name: 'a'.repeat(257) }, '/full_name', text],
    [{ full_name: true }, '/full_name', 'is not text'],
    [{ password_hash: '' }, '/password_hash', 'is missing'],
    [{ password_hash: undefined }, '/password_hash', 'is missing'],
    [{ password_hash: 'secret' }, '/password_hash', 'is strange'],
    [{ password_hash: '!x' }, '/password_hash', 'matches no password, and there is no email to reset it with'],
    [{ password_hash: ['hash'] }, '/password_hash', 'is not text'],
    [{ scopes: 'a"b' }, '/scopes', 'must contain only names of printable ASCII without spaces, quotes or backslashes'],
    [{ disabled: 'no' }, '/disabled', 'is neither true nor false'],
    [{ active: 2 }, '/active', 'is neither true nor false'],
    [{ superuser: 'x' }, '/superuser', 'is neither true nor false'],
    [{ created_at: 'yesterday' }, '/created_at', time],
    [{ created_at: '1969-12-31T23:59:59Z' }, '/created_at', time],
    [{ invited_at: 'yesterday' }, '/invited_at', time],
    ...['JBSWY3DPEHPK3PX', 'JBSWY3DPEHPK3PX1', 'A'.repeat(104)].map(
      totp_secret => [{ totp_secret }, '/totp_secret', 'is not a secret of 10 to 64 bytes in base32'] as const
    ),
    [{ second_factor: 'app' }, '/second_factor', 'is neither true nor false'],
    [{ claims: [] }, '/claims', 'is not a JSON object'],
    [{ claims: '{"a": 1, "a": 2}' }, '/claims/a', 'is there twice']
  ] as const) {
    t.throws(
      () => read({ ...alice, ...record }),
      { name: 'Problem', errors: [{ pointer, detail }] },
      JSON.stringify(record)
    )
  }
})
