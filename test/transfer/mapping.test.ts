import { test } from 'tap'
import { byColumn, columnsOf, fitMapping, type Mapping, unreadColumns } from '../../src/transfer/mapping.ts'

const source = (...columns: string[]) => ({ name: 'test.db, users', columns })
const namesIn = (mapping: Mapping) =>
  Object.fromEntries(Object.entries(mapping).map(([field, { columns }]) => [field, columns]))

test('A preset uses the columns that exist, and explicitly requested columns must exist', async t => {
  const optional = byColumn({ id: 'id', email: 'mail', password_hash: 'hash', disabled: 'blocked' })
  t.same(namesIn(fitMapping(source('id', 'mail', 'hash', 'other'), { optional, required: {} })), {
    id: ['id'],
    email: ['mail'],
    password_hash: ['hash']
  })
  const required = byColumn({ password_hash: 'digest', username: 'login' })
  t.same(namesIn(fitMapping(source('mail', 'hash', 'digest', 'login'), { optional, required })), {
    email: ['mail'],
    password_hash: ['digest'],
    username: ['login']
  })
})

test('A field of two columns requires both', async t => {
  const full_name = { columns: ['first', 'last'], read: (names: unknown[]) => names.join(' ') }
  const optional = { ...byColumn({ email: 'email', password_hash: 'hash' }), full_name }
  t.notOk('full_name' in fitMapping(source('email', 'hash', 'first'), { optional, required: {} }))
  t.ok('full_name' in fitMapping(source('email', 'hash', 'first', 'last'), { optional, required: {} }))
})

test('Of a field that needs only one of its columns, a missing one has no value', async t => {
  const claims = { columns: ['staff', 'groups'], isPartial: true, read: (values: unknown[]) => values }
  const optional = { ...byColumn({ email: 'email', password_hash: 'hash' }), claims }
  const fit = (...columns: string[]) => fitMapping(source('email', 'hash', ...columns), { optional, required: {} })
  t.notOk('claims' in fit('other'))
  for (const [columns, read] of [
    [['Groups'], [undefined, 'a']],
    [['staff'], ['a', undefined]],
    [
      ['groups', 'STAFF'],
      ['a', 'b']
    ]
  ] as const) {
    const found = fit(...columns).claims
    t.same([...(found?.columns ?? [])].sort(), [...columns].sort())
    t.same(found?.read(['a', 'b'], new Date(0)), read, String(columns))
  }
})

test('The whole mapping is kept if there is no record', async t => {
  const [optional, required] = [byColumn({ email: 'mail' }), byColumn({ username: 'login' })]
  t.same(namesIn(fitMapping({ name: 'x', columns: undefined }, { optional, required })), {
    email: ['mail'],
    username: ['login']
  })
})

test('An unsuitable source is refused with a list of its columns (scenario table)', async t => {
  const own = byColumn({ username: 'username', email: 'email', password_hash: 'password_hash' })
  const listed = (columns: string) => `test.db, users has the columns ${columns}`
  const digest = byColumn({ password_hash: 'digest' })
  const none = (field: string, columns: string) =>
    `No column for ${field}: ${listed(columns)}. Choose one with --map ${field}=COLUMN.`
  for (const [columns, required, message] of [
    ['username, hash', digest, `There is no column digest: ${listed('username, hash')}.`],
    ['username, hash', {}, none('password_hash', 'username, hash')],
    ['login, password_hash', {}, none('username', 'login, password_hash')]
  ] as const) {
    const refused = () => fitMapping(source(...columns.split(', ')), { optional: own, required })
    t.throws(refused, { name: 'CommandError', message })
  }
  t.doesNotThrow(() => fitMapping(source('email', 'password_hash'), { optional: own, required: {} }))
})

test('Each column is read once, and the first column identifies rows', async t => {
  t.same(columnsOf(byColumn({ active: 'is_on', username: 'mail', email: 'mail', id: 'key' })), ['key', 'mail', 'is_on'])
})

test('Spaces and case in a name are ignored, so that no header enables an account', async t => {
  const optional = byColumn({
    username: 'username',
    password_hash: 'Password_Hash',
    disabled: 'disabled',
    active: 'is_active'
  })
  const columns = ['Username', ' password_hash', 'DISABLED ', 'Is_Active']
  t.same(namesIn(fitMapping(source(...columns), { optional, required: {} })), {
    username: ['Username'],
    password_hash: [' password_hash'],
    disabled: ['DISABLED '],
    active: ['Is_Active']
  })
  const required = byColumn({ username: 'LOGIN' })
  t.match(namesIn(fitMapping(source('login', ...columns), { optional, required })), { username: ['login'] })
})

test('Of columns that differ only in case, --map names one exactly; otherwise none is guessed', async t => {
  const optional = byColumn({ username: 'username', password_hash: 'hash', disabled: 'disabled' })
  const two = source('username', 'hash', 'Disabled', 'disabled')
  t.throws(() => fitMapping(two, { optional, required: {} }), {
    name: 'CommandError',
    message: 'test.db, users has more than one column disabled: Disabled, disabled. Choose one with --map.'
  })
  t.throws(() => fitMapping(two, { optional, required: byColumn({ disabled: 'DISABLED' }) }), { name: 'CommandError' })
  const { disabled } = namesIn(fitMapping(two, { optional, required: byColumn({ disabled: 'Disabled' }) }))
  t.same(disabled, ['Disabled'])
})

test('Unread columns are reported', async t => {
  const mapping = byColumn({ username: 'a', password_hash: 'b' })
  t.same(unreadColumns(source('a', 'b', 'phone', '', 'Disabled'), mapping), ['phone', 'Disabled'])
  t.same(unreadColumns({ name: 'x', columns: undefined }, mapping), [])
})
