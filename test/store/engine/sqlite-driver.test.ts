import { test } from 'tap'
import { installedVersion, openDatabase, sqliteDriver } from '../../../src/store/engine/sqlite-driver.ts'
import { StoreError } from '../../../src/store/errors.ts'

test('Node.js 20 gets better-sqlite3 12, and every later one 13 or newer', async t => {
  const installed = (name: string) => ({ 'better-sqlite3': '13.2.0', 'better-sqlite3-12': '12.11.1' })[name]
  for (const node of ['20.19.0', '20.20.2', '21.7.3'])
    t.strictSame(sqliteDriver(node, installed), { name: 'better-sqlite3-12', version: '12.11.1' }, node)
  const chosenByNpm = (name: string) => ({ 'better-sqlite3': '12.11.1' })[name]
  t.strictSame(sqliteDriver('20.19.0', chosenByNpm), { name: 'better-sqlite3', version: '12.11.1' })
  for (const node of ['22.0.0', '24.21.0', '26.10.0'])
    t.strictSame(sqliteDriver(node, installed), { name: 'better-sqlite3', version: '13.2.0' }, node)
  t.equal(sqliteDriver('22.0.0', () => '14.0.0').version, '14.0.0')
})

test('A driver that would crash is refused, with the remedy', async t => {
  for (const [node, version, message] of [
    [
      '24.21.0',
      '12.11.1',
      /^Node\.js 24\.21\.0 needs better-sqlite3 13 or newer, but 12\.11\.1 is installed\. Install /
    ],
    ['24.21.0', undefined, /needs better-sqlite3 13 or newer, but it is not installed\. Install better-sqlite3 13/],
    ['20.19.0', '13.2.0', /^Node\.js 20\.19\.0 needs better-sqlite3 12, but 13\.2\.0 is installed\./],
    [
      '20.19.0',
      undefined,
      /but it is not installed\. Run npm install better-sqlite3@12, or use Node\.js 22 or newer\.$/
    ]
  ] as const)
    t.throws(() => sqliteDriver(node, () => version), Object.assign(new StoreError('failed', ''), { message }), node)
})

test('A package that cannot be found counts as not installed', async t => {
  t.equal(installedVersion('no-such-driver'), undefined)
})

test('A database is opened with the driver installed for this Node.js', async t => {
  const db = openDatabase(':memory:')
  t.match(db.prepare('SELECT sqlite_version()').pluck().get(), /^3\.\d+/)
  db.close()
})
