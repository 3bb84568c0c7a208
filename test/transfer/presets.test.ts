import { test } from 'tap'
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

test('Fastapi-tutorial: the users of the chapter on security, and those of the chapter on SQL', async t => {
  const security = {
    id: 1,
    username: 'alice',
    email: 'alice@example.com',
    full_name: 'Alice Liddell',
    hashed_password: 'hash',
    disabled: 0
  }
  t.match(read('fastapi-tutorial', security), {
    user: { ...alice, id: 'a new id' },
    isRenamed: false,
    wasSuperuser: false
  })
  t.match(read('fastapi-tutorial', { ...security, disabled: 1 }).user, { disabled: true })
  const sql = { id: 1, email: 'alice@example.com', hashed_password: 'hash', is_active: 1 }
  t.match(read('fastapi-tutorial', sql), {
    user: { ...alice, username: 'alice.example.com', fullName: null },
    isRenamed: true
  })
  t.match(read('fastapi-tutorial', { ...sql, is_active: 0 }).user, { disabled: true })
})

test('Fastapi-template: ids are kept, also in SQLite’s spelling, and superusers become ordinary users', async t => {
  const row = {
    id,
    email: 'alice@example.com',
    full_name: 'Alice Liddell',
    hashed_password: 'hash',
    is_active: 't',
    is_superuser: 'f'
  }
  const user = { ...alice, id, username: 'alice.example.com' }
  t.match(read('fastapi-template', row), { user, keepsId: true, wasSuperuser: false })
  t.match(read('fastapi-template', { ...row, id: id.replaceAll('-', '') }).user, { id })
  t.match(read('fastapi-template', { ...row, is_superuser: 't', created_at: '2025-01-02 03:04:05.678901+00' }), {
    user: { scopes: ['me'], createdAt: new Date('2025-01-02T03:04:05.678Z') },
    wasSuperuser: true
  })
  t.match(read('fastapi-template', { ...row, is_active: 'f' }).user, { disabled: true })
})

test('Fastapi-users: an address is verified if it was before', async t => {
  const row = { id, email: 'alice@example.com', hashed_password: 'hash', is_active: 1, is_superuser: 1, is_verified: 0 }
  const user = { ...alice, id, username: 'alice.example.com', fullName: null }
  t.match(read('fastapi-users', row), { user, wasSuperuser: true })
  t.match(read('fastapi-users', { ...row, is_verified: 1 }).user, { emailVerified: true })
  t.match(read('fastapi-users', { ...row, is_active: 0, username: 'Alice' }).user, {
    disabled: true,
    username: 'alice'
  })
})

test('Django: names are joined, and an address as username gets a dot', async t => {
  const row = {
    id: 1,
    password: 'hash',
    is_superuser: 'f',
    username: 'Alice',
    first_name: 'Alice',
    last_name: 'Liddell',
    email: 'alice@example.com',
    is_staff: 't',
    is_active: 't',
    date_joined: '2025-01-02 03:04:05.678901+00'
  }
  t.match(read('django', row), {
    user: { ...alice, id: 'a new id', createdAt: new Date('2025-01-02T03:04:05.678Z') },
    wasSuperuser: false
  })
  const bare = { ...row, first_name: '', last_name: '', email: '', is_active: 'f', is_superuser: 't' }
  t.match(read('django', bare), { user: { fullName: null, email: null, disabled: true }, wasSuperuser: true })
  t.match(read('django', { ...row, first_name: '' }).user, { fullName: 'Liddell' })
  for (const [is_staff, groups, claims] of [
    ['t', '["editors", "a, b"]', { roles: ['staff'], groups: ['editors', 'a, b'] }],
    ['f', ['editors'], { groups: ['editors'] }],
    ['', null, {}],
    [1, undefined, { roles: ['staff'] }]
  ] as const) {
    t.same(read('django', { ...row, is_staff, groups }).user.claims, claims, JSON.stringify(claims))
  }
  const { is_staff, ...others } = row
  t.same(read('django', others).user.claims, {})
  t.same(read('django', { ...others, groups: '["editors"]' }).user.claims, { groups: ['editors'] })
  t.throws(() => read('django', { ...row, groups: 'editors' }), {
    errors: [{ pointer: '/groups', detail: 'is not JSON' }]
  })
  t.match(read('django', { ...row, username: 'a+b@example.com' }), {
    user: { username: 'a+b.example.com' },
    isRenamed: true
  })
})

test('Supabase: a confirmed address is verified, and a banned user is disabled', async t => {
  const row = {
    id,
    email: 'alice@example.com',
    encrypted_password: 'hash',
    email_confirmed_at: '2025-01-02 03:04:05+00',
    raw_user_meta_data: '{"full_name": "Alice Liddell"}' as unknown,
    banned_until: null as string | null,
    created_at: '2025-01-02 03:04:05.678901+00'
  }
  const user = {
    ...alice,
    id,
    username: 'alice.example.com',
    emailVerified: true,
    createdAt: new Date('2025-01-02T03:04:05.678Z')
  }
  t.match(read('supabase', row), { user, keepsId: true })
  t.match(read('supabase', { ...row, email_confirmed_at: null }).user, { emailVerified: false })
  t.match(
    read('supabase', { ...row, raw_user_meta_data: { full_name: 'Alice' } }).user,
    { fullName: 'Alice' },
    'NDJSON'
  )
  for (const data of [null, undefined, '', '{}', 'null']) {
    t.match(read('supabase', { ...row, raw_user_meta_data: data }).user, { fullName: null, data: {} }, String(data))
  }
  for (const data of ['{', '"x"'])
    t.throws(() => read('supabase', { ...row, raw_user_meta_data: data }), { errors: [{ pointer: '/data' }] }, data)
  for (const name of [{ first: 'Alice' }, ['Alice'], 7, true, 'Alice\u0007', 'a'.repeat(257)]) {
    const data = JSON.stringify({ full_name: name })
    t.equal(read('supabase', { ...row, raw_user_meta_data: data }).user.fullName, null, data.slice(0, 40))
  }
  const kept = { full_name: 'Alice', name: 'A', avatar_url: 'https://example.com/a.png', phone: '+44', theme: 'dark' }
  const copies = { sub: id, email: 'alice@example.com', email_verified: true, phone_verified: false }
  t.same(read('supabase', { ...row, raw_user_meta_data: JSON.stringify({ ...copies, ...kept }) }).user.data, kept)
  const rights = { roles: ['editor'], tenant: 'acme' }
  const raw_app_meta_data = JSON.stringify({ provider: 'email', providers: ['email'], ...rights })
  t.same(read('supabase', { ...row, raw_app_meta_data }).user.claims, rights)
  for (const [at, disabled] of [
    [null, false],
    ['', false],
    ['2025-06-01 00:00:00+00', true]
  ] as const) {
    t.equal(read('supabase', { ...row, deleted_at: at }).user.disabled, disabled, String(at))
  }
  for (const [until, disabled] of [
    [null, false],
    ['', false],
    ['2026-01-31 11:59:59+00', false],
    ['2026-01-31 12:00:01+00', true],
    ['2126-01-31 12:00:00+00', true],
    ['infinity', true]
  ] as const) {
    t.equal(read('supabase', { ...row, banned_until: until }).user.disabled, disabled, String(until))
  }
  t.throws(() => read('supabase', { ...row, encrypted_password: '' }), {
    errors: [{ pointer: '/password_hash', detail: 'is missing' }]
  })
})
