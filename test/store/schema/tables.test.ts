import { is } from 'drizzle-orm'
import { PgTable, getTableConfig as postgresConfig } from 'drizzle-orm/pg-core'
import { type SQLiteTable, getTableConfig as sqliteConfig } from 'drizzle-orm/sqlite-core'
import t from 'tap'
import { columns as postgresColumns } from '../../../src/store/schema/columns.postgres.ts'
import { columns as sqliteColumns } from '../../../src/store/schema/columns.sqlite.ts'
import { tables } from '../../../src/store/schema/tables.ts'

const postgres = tables(postgresColumns)
const sqlite = tables(sqliteColumns)
type Name = Exclude<keyof typeof postgres, 'contains' | 'detailText' | 'seldom' | 'locked' | 'beginning'>
const names = Object.keys(postgres).filter(
  name => typeof postgres[name as Name] === 'object' && is(postgres[name as Name], PgTable)
) as Name[]

const shape = (config: ReturnType<typeof postgresConfig> | ReturnType<typeof sqliteConfig>) => ({
  name: config.name,
  columns: config.columns.map(({ name, notNull, primary, isUnique, hasDefault }) => ({
    name,
    notNull,
    primary,
    isUnique,
    // On SQLite an integer primary key would number itself unless that is prevented.
    hasDefault: hasDefault && !primary
  })),
  indexes: config.indexes.map(({ config: { name, columns } }) => ({
    name,
    columns: columns.map(column => ('name' in column ? column.name : undefined))
  })),
  primaryKeys: config.primaryKeys.map(({ columns }) => columns.map(({ name }) => name)),
  foreignKeys: config.foreignKeys.map(key => {
    const { columns, foreignColumns } = key.reference()
    return { from: columns.map(({ name }) => name), to: foreignColumns.map(({ name }) => name), onDelete: key.onDelete }
  })
})

const shapes = Object.fromEntries(
  names.map(name => [
    name,
    {
      postgres: shape(postgresConfig(postgres[name])),
      sqlite: shape(sqliteConfig(sqlite[name] as unknown as SQLiteTable))
    }
  ])
)

t.test('Both engines have the same tables, columns, keys and indexes', async t => {
  for (const name of names) t.strictSame(shapes[name]?.sqlite, shapes[name]?.postgres, name)
})

t.test('Every look-up column is indexed, and rows of a user are deleted with the user', async t => {
  t.strictSame(shapes.sessions?.postgres.indexes, [
    { name: 'sessions_user', columns: ['user_id', 'revoked_at', 'created_at'] },
    { name: 'sessions_end', columns: ['ends_on'] }
  ])
  t.strictSame(shapes.sessions?.postgres.foreignKeys, [{ from: ['user_id'], to: ['id'], onDelete: 'cascade' }])
  t.strictSame(shapes.knownPrefixes?.postgres.foreignKeys, [{ from: ['user_id'], to: ['id'], onDelete: 'cascade' }])
  t.strictSame(shapes.knownPrefixes?.postgres.primaryKeys, [['user_id', 'prefix']])
  t.strictSame(shapes.throttle?.postgres.indexes, [{ name: 'throttle_clears', columns: ['clears_at'] }])
  t.strictSame(shapes.mail?.postgres.indexes, [{ name: 'mail_due', columns: ['next_attempt_at', 'id'] }])
  t.strictSame(shapes.oneTimeTokens?.postgres.indexes, [{ name: 'one_time_tokens_expiry', columns: ['expires_at'] }])
  t.strictSame(shapes.spent?.postgres.indexes, [{ name: 'spent_expiry', columns: ['expires_at'] }])
  for (const name of ['totp', 'recoveryCodes', 'passkeys'])
    t.match(shapes[name]?.postgres.indexes, [{ columns: ['user_id'] }], name)
  for (const name of ['mail', 'oneTimeTokens', 'totp', 'recoveryCodes', 'passkeys', 'personalTokens', 'identities'])
    t.strictSame(shapes[name]?.postgres.foreignKeys, [{ from: ['user_id'], to: ['id'], onDelete: 'cascade' }], name)
  t.strictSame(shapes.audit?.postgres.foreignKeys, [], 'the audit trail outlives its users')
})
