import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'tap'
import { build } from '../../src/app.ts'
import { loadConfig } from '../../src/wiring/load-config.ts'
import { password } from '../support/app.ts'
import { createCli } from '../support/cli.ts'

test('setup-link without a database prints no link, makes none, and says where it looked', async t => {
  const { sallyport, env } = createCli(t, {}, { hasDatabase: false })
  const path = String(env.DATABASE_URL).slice('sqlite:'.length)
  const { code, out, err } = await sallyport(['setup-link'])
  t.same([code, out], [1, ''])
  t.match(err, `No database at ${path}. Run this command in the folder of the server, or set DATABASE_URL.`)
  t.notOk(existsSync(dirname(path)))
})

test('setup-link prints a new link until there is an administrator', async t => {
  const { sallyport, env } = createCli(t)
  const first = await sallyport(['setup-link'])
  const second = await sallyport(['setup-link'])
  for (const { code, out, err } of [first, second]) {
    t.same([code, err], [0, ''])
    t.match(out, /^https:\/\/auth\.example\.com\/console\/#setup=[\w-]{43}\n$/)
  }
  const app = await build({ config: loadConfig(env) })
  t.teardown(() => app.close())
  const use = async ({ out }: { out: string }) => {
    const payload = { token: out.trim().split('#setup=')[1], username: 'root', password }
    return (await app.inject({ method: 'POST', url: '/setup', payload })).statusCode
  }
  t.same([await use(first), await use(second)], [403, 201], 'the new link makes the former void')
  t.same(await sallyport(['setup-link']), {
    code: 1,
    out: '',
    err: 'An administrator exists already. Run `sallyport users create NAME --admin` to create another one, or `sallyport users update` to change the scopes of an account.\n'
  })
})

test('With CONSOLE=off, setup-link names the command to use', async t => {
  const { sallyport } = createCli(t, { CONSOLE: 'off' })
  t.same(await sallyport(['setup-link']), {
    code: 1,
    out: '',
    err: 'CONSOLE is off, so no link can work. Run `sallyport users create NAME --admin` to create an administrator.\n'
  })
})
