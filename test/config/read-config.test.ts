import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { readConfig } from '../../src/config/config.ts'

const secret = 'kR3vQ0p9Xw2LsT7bYc5NfH8mZ1dJ6gUa4eVtBnPoCiE'

test('readConfig reads settings as the server does, from the environment before .env', async t => {
  const folder = t.testdir({ '.env': `\ufeffPORT=1000\nHOST=::1\nSECRET=${secret}\n` })
  const { config, problems, wrong, secret: found, dotEnv } = readConfig({ PORT: '2000' }, folder)
  t.match(config, { port: 2000, host: '::1', issuer: 'http://[::1]:2000', bcryptCost: 12 })
  t.same([problems, [...wrong]], [[], []])
  t.same(found, { value: secret })
  t.same(dotEnv, { path: join(folder, '.env'), entries: { PORT: '1000', HOST: '::1', SECRET: secret } })
})

test('readConfig reports every problem as the server does, and still returns the valid settings', async t => {
  const folder = t.testdir({ '.env': 'SECRETS=x\nPORT=http\nHOST=10.0.0.1\n' })
  const env = { DATABASE_URL: 'mysql://root:hunter2@host', ISSUER: 'https://a.example.com', SECRET: 'short' }
  const { config, problems, wrong, secret: found } = readConfig(env, folder)
  t.same(problems, [
    'SECRETS in .env is not a setting. Did you mean SECRET?',
    'PORT is "http", which is not valid: expected a whole number from 0 to 65535',
    'DATABASE_URL is not valid: expected sqlite:path, sqlite::memory: or postgres://user:password@host/database, with special characters percent-encoded',
    'SECRET is not valid: expected 32 or more characters'
  ])
  t.same([...wrong], ['port', 'databaseUrl', 'secret'])
  t.match(config, { host: '10.0.0.1', port: 3000, issuer: 'https://a.example.com' })
  t.same(found, {})
})

test('An invalid value in .env is an error, unless the environment has another value', async t => {
  const folder = t.testdir({ '.env': 'DATABASE_URL=postgres://a:b#c@host/d\nSECRET_FILE="a\nPORT=1 # 2\nHOST: ::1\n' })
  const { problems, wrong, config } = readConfig({ PORT: '2000' }, folder)
  t.match(problems, [/^DATABASE_URL in line 1 /, /^SECRET_FILE in line 2 /, /^PORT in line 3 /, /^line 4 /])
  t.same([problems.length, [...wrong], config.port], [4, ['databaseUrl', 'secret'], 2000])
})

test('An issuer that would be derived from a wrong HOST or PORT is unknown', async t => {
  t.same([...readConfig({ PORT: 'x' }, t.testdir()).wrong], ['port', 'issuer'])
  t.same([...readConfig({ HOST: 'a b' }, t.testdir()).wrong], ['host', 'issuer'])
})

test('Reading creates no secret, and no folder for one', async t => {
  const folder = t.testdir({})
  const { problems, secret } = readConfig({ DATABASE_URL: `sqlite:${join(folder, 'data', 'a.db')}` }, folder)
  t.same([problems, secret, readdirSync(folder)], [[], {}, []])
  t.same(readConfig({ DATABASE_URL: 'sqlite::memory:' }, folder).secret, {})
})

test('readConfig finds the secret beside the database, and reports one that is too short', async t => {
  const folder = t.testdir({ good: { secret: `${secret}\n` }, bad: { secret: 'short\n' }, ugly: { secret: {} } })
  const read = (name: string) => readConfig({ DATABASE_URL: `sqlite:${join(folder, name, 'a.db')}` }, folder)
  t.match(read('good'), { problems: [], secret: { value: secret, path: join(folder, 'good', 'secret') } })
  t.same(read('bad').secret, { value: 'short', path: join(folder, 'bad', 'secret') })
  t.match(read('bad').problems, [/^SECRET is not set, and .* has fewer than 32 characters/])
  t.same(read('ugly').secret, { path: join(folder, 'ugly', 'secret') })
  t.match(read('ugly').problems, [/^SECRET is not set, and .* cannot be read or created: .*EISDIR/])
})

test('readConfig finds the file of SECRET_FILE, and reports a missing secret for PostgreSQL', async t => {
  const folder = t.testdir({ mine: secret })
  const path = join(folder, 'mine')
  const env = { DATABASE_URL: 'postgres://127.0.0.1:1/none' }
  t.match(readConfig({ ...env, SECRET_FILE: path }, folder), { problems: [], secret: { value: secret, path } })
  const unread = readConfig({ ...env, SECRET_FILE: join(folder, 'none') }, folder)
  t.match(unread.problems, [/^SECRET_FILE: cannot read .* \(ENOENT\)$/])
  t.same(unread.secret, {})
  const without = readConfig(env, folder)
  t.same(without.problems, ['SECRET is required with PostgreSQL: expected 32 or more characters'])
  t.same(without.secret, {})
})

test('A bug in the reader itself is not reported as a wrong setting', async t => {
  const env = { CORS_ORIGINS: 5 as unknown as string }
  t.throws(() => readConfig(env, t.testdir()), { name: 'TypeError', message: /split/ })
})
