import { existsSync } from 'node:fs'
import { test } from 'tap'
import { password } from '../support/app.ts'
import { createCli } from '../support/cli.ts'
import { emptyDatabaseUrl } from '../support/engines.ts'

test('Copy says what it has copied, and names what is wrong with its arguments', async t => {
  const { sallyport, env } = createCli(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const from = String(env.DATABASE_URL)
  const to = await emptyDatabaseUrl(t, 'sqlite')
  const sentence =
    /^Copied and compared \d+ row\(s\): 1 account\(s\), 0 login\(s\), \d+ event\(s\)\. Set DATABASE_URL to the copy, and keep SECRET\.\n$/
  t.match(await sallyport(['database', 'copy', from, to]), { code: 0, out: sentence, err: '' })
  t.match(JSON.parse((await sallyport(['database', 'copy', from, to, '--json'])).out), { users: 1, keys: 1 })
  const missing = `${to}.missing`
  for (const [args, code, err] of [
    [['data/sallyport.db', to], 2, 'Name a database as sqlite:PATH or postgres://USER@HOST/DATABASE.'],
    [[missing, to], 1, 'No database at'],
    [[from, `${to}/x/test.db`], 1, 'ENOTDIR'],
    [[from, 'postgres://nobody@127.0.0.1:1/none'], 1, 'ECONNREFUSED']
  ] as const)
    t.match(await sallyport(['database', 'copy', ...args]), { code, err }, err)
  t.notOk(existsSync(missing.slice('sqlite:'.length)))
})
