import { type Test, test } from 'tap'
import { type ReadingOptions, readAccount } from '../../src/transfer/account.ts'
import { fitMapping } from '../../src/transfer/mapping.ts'
import { type PresetName, presets } from '../../src/transfer/presets.ts'

const id = '018f4e2a-0000-7000-8000-000000000001'
const now = new Date('2026-01-31T12:00:00Z')

/** The result for a row of the application; the columns are those of the row. */
function read(preset: PresetName, record: Record<string, unknown>) {
  const source = { name: 'x', columns: Object.keys(record) }
  const mapping = fitMapping(source, { optional: presets[preset].mapping, required: {} })
  const options: ReadingOptions = {
    mapping,
    hashProblem: () => undefined,
    unusableHash: () => '!unusable',
    trustEmails: false,
    defaultScopes: ['me'],
    assertData: () => {},
    assertClaims: () => {},
    newId: () => 'a new id',
    now: () => now
  }
  return readAccount(record, options)
}

const alice = {
  username: 'alice',
  email: 'alice@example.com',
  emailVerified: false,
  fullName: 'Alice Liddell',
  passwordHash: 'hash',
  scopes: ['me'],
  disabled: false,
  createdAt: now,
  updatedAt: now
}

/** Asserts what becomes of the row of the application with each of these changes. */
function becomes(t: Test, preset: PresetName, row: object, cases: (readonly [change: object, user: object])[]) {
  for (const [change, user] of cases) t.match(read(preset, { ...row, ...change }).user, user, JSON.stringify(change))
}

const since = { created: '2025-01-02 03:04:05.678901+00', createdAt: new Date('2025-01-02T03:04:05.678Z') }

test('Fastapi-tutorial: the users of the chapter on security, and those of the chapter on SQL', async t => {
  const common = { id: 1, email: 'alice@example.com', hashed_password: 'hash' }
  const security = { ...common, username: 'alice', full_name: 'Alice Liddell', disabled: 0 }
  const asNew = { user: { ...alice, id: 'a new id' }, isRenamed: false, wasSuperuser: false }
  t.match(read('fastapi-tutorial', security), asNew)
  becomes(t, 'fastapi-tutorial', security, [[{ disabled: 1 }, { disabled: true }]])
  const sql = { ...common, is_active: 1 }
  const user = { ...alice, username: 'alice.example.com', fullName: null }
  t.match(read('fastapi-tutorial', sql), { user, isRenamed: true })
  becomes(t, 'fastapi-tutorial', sql, [[{ is_active: 0 }, { disabled: true }]])
})

test('Fastapi-template: ids are kept, also in SQLite’s spelling, and superusers become ordinary users', async t => {
  const common = { id, email: 'alice@example.com', full_name: 'Alice Liddell', hashed_password: 'hash' }
  const row = { ...common, is_active: 't', is_superuser: 'f' }
  const user = { ...alice, id, username: 'alice.example.com' }
  t.match(read('fastapi-template', row), { user, keepsId: true, wasSuperuser: false })
  t.equal(read('fastapi-template', { ...row, is_superuser: 't' }).wasSuperuser, true)
  becomes(t, 'fastapi-template', row, [
    [{ id: id.replaceAll('-', '') }, { id }],
    [
      { is_superuser: 't', created_at: since.created },
      { scopes: ['me'], createdAt: since.createdAt }
    ],
    [{ is_active: 'f' }, { disabled: true }]
  ])
})

test('Fastapi-users: an address is verified if it was before', async t => {
  const row = { id, email: 'alice@example.com', hashed_password: 'hash', is_active: 1, is_superuser: 1, is_verified: 0 }
  const user = { ...alice, id, username: 'alice.example.com', fullName: null }
  t.match(read('fastapi-users', row), { user, wasSuperuser: true })
  becomes(t, 'fastapi-users', row, [
    [{ is_verified: 1 }, { emailVerified: true }],
    [
      { is_active: 0, username: 'Alice' },
      { disabled: true, username: 'alice' }
    ]
  ])
})

test('Django: names are joined, and an address as username gets a dot', async t => {
  const names = { username: 'Alice', first_name: 'Alice', last_name: 'Liddell', email: 'alice@example.com' }
  const flags = { is_superuser: 'f', is_staff: 't', is_active: 't' }
  const row = { id: 1, password: 'hash', ...names, ...flags, date_joined: since.created }
  const user = { ...alice, id: 'a new id', createdAt: since.createdAt }
  t.match(read('django', row), { user, wasSuperuser: false })
  t.equal(read('django', { ...row, is_superuser: 't' }).wasSuperuser, true)
  becomes(t, 'django', row, [
    [
      { first_name: '', last_name: '', email: '', is_active: 'f' },
      { fullName: null, email: null, disabled: true }
    ],
    [{ first_name: '' }, { fullName: 'Liddell' }],
    [{ username: 'a+b@example.com' }, { username: 'a+b.example.com' }]
  ])
  const { is_staff: _, ...others } = row
  for (const [change, claims] of [
    [
      { is_staff: 't', groups: '["editors", "a, b"]' },
      { roles: ['staff'], groups: ['editors', 'a, b'] }
    ],
    [{ is_staff: 'f', groups: ['editors'] }, { groups: ['editors'] }],
    [{ is_staff: '', groups: null }, {}],
    [{ is_staff: 1, groups: undefined }, { roles: ['staff'] }],
    [{}, {}],
    [{ groups: '["editors"]' }, { groups: ['editors'] }]
  ] as const) {
    t.same(read('django', { ...others, ...change }).user.claims, claims, JSON.stringify(change))
  }
  const refusal = { errors: [{ pointer: '/groups', detail: 'is not JSON' }] }
  t.throws(() => read('django', { ...row, groups: 'editors' }), refusal)
})

test('Supabase: a confirmed address is verified, and a banned user is disabled', async t => {
  const row = {
    ...{ id, email: 'alice@example.com', encrypted_password: 'hash', email_confirmed_at: '2025-01-02 03:04:05+00' },
    ...{ raw_user_meta_data: '{"full_name": "Alice Liddell"}', banned_until: null, created_at: since.created }
  }
  const user = { ...alice, id, username: 'alice.example.com', emailVerified: true, createdAt: since.createdAt }
  t.match(read('supabase', row), { user, keepsId: true })
  const banned = (until: string | null, disabled: boolean) => [{ banned_until: until }, { disabled }] as const
  const invalid = [{ first: 'Alice' }, ['Alice'], 7, true, 'Alice\u0007', 'a'.repeat(257)]
  const noData = { fullName: null, data: {} }
  becomes(t, 'supabase', row, [
    [{ email_confirmed_at: null }, { emailVerified: false }],
    [{ encrypted_password: '' }, { passwordHash: '!unusable' }],
    [{ raw_user_meta_data: { full_name: 'Alice' } }, { fullName: 'Alice' }],
    ...[null, undefined, '', '{}', 'null'].map(data => [{ raw_user_meta_data: data }, noData] as const),
    ...invalid.map(name => [{ raw_user_meta_data: JSON.stringify({ full_name: name }) }, { fullName: null }] as const),
    ...[null, ''].map(at => [{ deleted_at: at }, { disabled: false }] as const),
    [{ deleted_at: '2025-06-01 00:00:00+00' }, { disabled: true }],
    ...[null, '', '2026-01-31 11:59:59+00'].map(until => banned(until, false)),
    ...['2026-01-31 12:00:01+00', '2126-01-31 12:00:00+00', 'infinity'].map(until => banned(until, true))
  ])
  for (const [change, pointer] of [
    [{ raw_user_meta_data: '{' }, '/data'],
    [{ raw_user_meta_data: '"x"' }, '/data'],
    [{ encrypted_password: '', email: '' }, '/username']
  ] as const)
    t.throws(() => read('supabase', { ...row, ...change }), { errors: [{ pointer }] }, JSON.stringify(change))
  const kept = { full_name: 'Alice', name: 'A', avatar_url: 'https://example.com/a.png', phone: '+44', theme: 'dark' }
  const copies = { sub: id, email: 'alice@example.com', email_verified: true, phone_verified: false }
  t.same(read('supabase', { ...row, raw_user_meta_data: JSON.stringify({ ...copies, ...kept }) }).user.data, kept)
  const rights = { roles: ['editor'], tenant: 'acme' }
  const raw_app_meta_data = JSON.stringify({ provider: 'email', providers: ['email'], ...rights })
  t.same(read('supabase', { ...row, raw_app_meta_data }).user.claims, rights)
  const account = read('supabase', { ...row, appleAccount: '1', totp_secret: 'JBSWY3DPEHPK3PXP' })
  t.match(account, {
    identities: [{ issuer: 'https://appleid.apple.com', subject: '1' }],
    totpSecret: 'JBSWY3DPEHPK3PXP'
  })
})

const google = 'https://accounts.google.com'
const imported = { email: 'alice@example.com', emailVerified: true, fullName: 'Alice Liddell', passwordHash: 'hash' }

test('Better-auth: a user without a password has logged in elsewhere, and one who is banned is disabled', async t => {
  const common = { id: 'kX9', name: 'Alice Liddell', email: 'alice@example.com', emailVerified: 1, image: null }
  const row = { ...common, createdAt: '2025-01-02T03:04:05.678Z', password: 'hash', username: 'Alice', banned: 0 }
  becomes(t, 'better-auth', row, [
    [{}, { ...imported, id: 'a new id', username: 'alice', createdAt: since.createdAt, disabled: false }],
    [{ banned: 1 }, { disabled: true }],
    [
      { banned: null, username: null },
      { disabled: false, username: 'alice.example.com' }
    ],
    [{ createdAt: 1_735_787_045_678 }, { createdAt: since.createdAt }],
    [{ password: null }, { passwordHash: '!unusable' }],
    [{ role: 'user,editor,admin' }, { claims: { roles: ['editor', 'admin'] } }],
    [{ role: 'user' }, { claims: {} }]
  ])
  const linked = read('better-auth', { ...row, googleAccount: '1', appleAccount: null }).identities
  t.same(linked, [{ issuer: google, subject: '1' }])
  for (const twoFactorEnabled of [1, 0, null])
    t.equal(read('better-auth', { ...row, twoFactorEnabled }).losesFactor, twoFactorEnabled === 1)
})

test('Lucia: the columns that the application has', async t => {
  const row = { id: 'abc', username: 'alice', email: 'alice@example.com', hashed_password: 'hash' }
  becomes(t, 'lucia', row, [
    [{}, { username: 'alice', passwordHash: 'hash', emailVerified: false }],
    [{ hashed_password: null }, { passwordHash: '!unusable' }]
  ])
})

test('Auth0: metadata of the user and of the application become data and claims', async t => {
  const common = { email: 'alice@example.com', email_verified: true, name: 'Alice Liddell', passwordHash: 'hash' }
  const row = {
    ...common,
    created_at: '2025-01-02T03:04:05.678Z',
    user_metadata: { theme: 'dark' },
    app_metadata: { roles: ['a'] }
  }
  becomes(t, 'auth0', row, [
    [{}, { ...imported, createdAt: since.createdAt, data: { theme: 'dark' }, claims: { roles: ['a'] } }],
    [{ blocked: true }, { disabled: true }]
  ])
  const identities = [
    { provider: 'auth0', user_id: 'a' },
    { provider: 'google-oauth2', user_id: '1' }
  ]
  t.same(read('auth0', { ...row, identities }).identities, [{ issuer: google, subject: '1' }])
  for (const [multifactor, losesFactor] of [
    [['guardian'], true],
    [[], false]
  ])
    t.equal(read('auth0', { ...row, multifactor }).losesFactor, losesFactor)
})
