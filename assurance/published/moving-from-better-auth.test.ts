import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { installPackages } from '../../scripts/tool.ts'
import { logIn, password } from '../../test/support/app.ts'
import { createCli, withService } from '../../test/support/cli.ts'
import { emptyDatabaseUrl } from '../../test/support/engines.ts'

const bench = join(import.meta.dirname, '../../bench')

/** Accounts that better-auth makes in a file with its usual tables: alice, and bob, who has a factor and is banned. */
const script = `
  import { betterAuth } from 'better-auth'
  import { getMigrations } from 'better-auth/db/migration'
  import { admin, twoFactor, username } from 'better-auth/plugins'
  import Database from './peers/sqlite.js'
  const auth = betterAuth({
    baseURL: 'http://127.0.0.1', secret: 'a secret of the test, 32 bytes or more', database: new Database(process.argv[1]),
    emailAndPassword: { enabled: true }, plugins: [username(), admin(), twoFactor()], telemetry: { enabled: false }
  })
  await (await getMigrations(auth.options)).runMigrations()
  for (const name of ['Alice', 'bob'])
    await auth.api.signUpEmail({ body: { name, username: name, email: name + '@example.com', password: ${JSON.stringify(password)} } })
  const { adapter } = await auth.$context
  await adapter.update({ model: 'user', where: [{ field: 'username', value: 'bob' }], update: { banned: true, twoFactorEnabled: true } })
  const where = [{ field: 'username', value: 'alice' }]
  await adapter.update({ model: 'user', where, update: { role: 'user,editor' } })
  const [now, { id: userId }] = [new Date(), await adapter.findOne({ model: 'user', where })]
  await adapter.create({
    model: 'account', data: { userId, providerId: 'google', accountId: '1', createdAt: now, updatedAt: now }
  })
`

t.test('Accounts that better-auth has made log in with their passwords', async t => {
  installPackages('bench')
  const file = join(t.testdir(), 'auth.db')
  const args = ['--import=tsx', '--input-type=module', '--eval', script, file]
  await promisify(execFile)(process.execPath, args, { cwd: bench, env: { ...process.env, NODE_OPTIONS: '' } })
  const settings = { ISSUER: 'https://auth.example.com', BCRYPT_COST: '4', LOG_LEVEL: 'silent' }
  const url = await emptyDatabaseUrl(t, 'sqlite')
  const { sallyport, env } = createCli(t, {
    ...settings,
    DATABASE_URL: url,
    SECRET: 'a secret of the tests, 32 bytes or more'
  })
  await sallyport(['migrate'])
  const from = ['users', 'import', '--preset', 'better-auth', '--from', `sqlite:${file}`]
  const { code, out } = await sallyport(from)
  t.equal(code, 0)
  t.match(out, /^2 account\(s\) created, /)
  t.match(out, '1 account(s) had a second factor that stays behind')
  await withService(env, async app => {
    t.match(await logIn(app), { token_type: 'Bearer' })
    t.match(await logIn(app, { username: 'bob' }), { error: 'invalid_grant' }, 'who is banned')
    const google = { issuer: 'https://accounts.google.com', subject: '1' }
    t.match((await app.db.identities.bySubject(google))?.user, { username: 'alice', claims: { roles: ['editor'] } })
    const alice = { fullName: 'Alice', email: 'alice@example.com', emailVerified: false }
    t.match(await app.db.users.byUsername('alice'), { ...alice, passwordHash: /^\$bcrypt-sha256\$/ })
  })
})
