import { test } from 'tap'
import { password } from '../../test/support/app.ts'
import { createCaller } from '../../test/support/caller.ts'
import { createCli } from '../../test/support/cli.ts'
import { emptyDatabaseUrl } from '../../test/support/engines.ts'
import { skipWithoutProgram } from '../support/debian.ts'
import { startNode } from '../support/nodes.ts'
import { startPgBouncer } from '../support/pgbouncer.ts'

test('Two nodes work behind PgBouncer in transaction mode', { skip: skipWithoutProgram('pgbouncer') }, async t => {
  const direct = await emptyDatabaseUrl(t, 'postgres')
  const pooled = await startPgBouncer(t, direct)
  const env = {
    DATABASE_URL: pooled,
    SECRET: 'a secret of the tests, 32 bytes or more',
    ISSUER: 'https://id.example.com',
    BCRYPT_COST: '4',
    LOG_LEVEL: 'error'
  }

  await t.test('Migrations ask for the address of PostgreSQL itself', async t => {
    const { sallyport } = createCli(t, env)
    t.match(await sallyport(['migrate']), { code: 1, err: /Set MIGRATION_DATABASE_URL/ })
    const able = createCli(t, { ...env, MIGRATION_DATABASE_URL: direct })
    t.match(await able.sallyport(['migrate']), { code: 0 })
    t.match(await sallyport(['migrate']), { code: 0 }, 'nothing is left to migrate')
  })

  await t.test('Logins, refreshes, changes and the audit trail are the same', async t => {
    const nodes = [await startNode(t, { ...env, PORT: '0' }), await startNode(t, { ...env, PORT: '0' })] as const
    const callers = nodes.map(({ url }) => createCaller(t, url))
    const of = (n: number) => callers[n % 2] as ReturnType<typeof createCaller>

    const everyone = await Promise.all(
      Array.from({ length: 30 }, async (_, n) => {
        const username = `user-${n}`
        t.equal((await of(n).call('/users', { json: { username, password } })).status, 201)
        let { status, body } = await of(n + 1).logIn({ username })
        t.equal(status, 200)
        for (let turn = 0; turn < 20; turn++) {
          ;({ status, body } = await of(turn).refresh(body.refresh_token))
          t.equal(status, 200)
        }
        return body
      })
    )
    const [first] = everyone
    t.equal((await of(0).get('/users/me', first.access_token)).status, 200)
    t.equal((await of(1).call('/revoke', { form: { token: first.refresh_token } })).status, 200)
    t.equal((await of(0).get('/users/me', first.access_token)).status, 401, 'a revoked login is refused at once')

    const { sallyport } = createCli(t, env)
    t.match(await sallyport(['audit', 'verify']), { code: 0, out: /is intact/ })
    for (const node of nodes) {
      node.child.kill('SIGTERM')
      t.equal((await node.exit)[0], 0)
      t.equal(await node.err, '', 'no error was logged')
    }
    t.match(await sallyport(['audit', 'verify', '--json']), { code: 0, out: /"unsealed": 0/ })
  })
})
