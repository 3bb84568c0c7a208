import { once } from 'node:events'
import { createServer } from 'node:net'
import { type Test, test } from 'tap'
import { ConfigError } from '../../src/base/errors.ts'
import { serve } from '../../src/process/server.ts'
import { bearer, createUser, logIn, postForm } from '../support/app.ts'
import { built } from '../support/built.ts'
import { cliEnv, createCli, withService } from '../support/cli.ts'
import { startCli } from '../support/cli-process.ts'
import { ignore, settings, startHere } from '../support/serve.ts'

/** A server in its own process, and its URL. */
async function startProcess(t: Test, env: Record<string, string>) {
  const server = startCli(t, ['serve'], env, { command: built })
  return { ...server, url: await server.out.until(/Sallyport listens on ([^\s"]+)/) }
}

test('serve answers requests, and ends with 0 on SIGTERM', async t => {
  const { child, exit, err, url } = await startProcess(t, cliEnv(t.testdir()))
  const ready = await fetch(`${url}/readyz`)
  t.same([ready.status, await ready.json()], [200, { status: 'ok' }])
  t.equal((await fetch(`${url}/docs`)).status, 200)
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
  t.equal(await err, '')
})

test('An unusable address is a ConfigError with one problem', async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  t.teardown(() => taken.close())
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  const longName = 'a'.repeat(64)
  for (const [host, message] of [
    ['127.0.0.1', `Port ${port} is already in use. Set PORT to another port`],
    ['192.0.2.1', 'HOST 192.0.2.1 is not an address of this machine'],
    [longName, new RegExp(`^Cannot listen on HOST ${longName}: getaddrinfo `)]
  ] as const) {
    const config = await settings(t, { host, port })
    await t.rejects(serve(config, ignore), { name: 'ConfigError', problems: [message] })
  }
  const { sallyport } = createCli(t, { PORT: String(port) })
  t.same(await sallyport(['serve']), {
    code: 1,
    out: '',
    err: `The settings are not valid: Port ${port} is already in use. Set PORT to another port\n`
  })
})

test('A wrong SECRET stops the start with one clear message', async t => {
  const { sallyport, env } = createCli(t)
  t.match(await sallyport(['migrate']), { code: 0, err: '' })
  const other = createCli(t, { ...env, SECRET: 'another secret of the tests, 32 bytes or more' })
  t.same(await other.sallyport(['serve']), {
    code: 1,
    out: '',
    err: 'The settings are not valid: SECRET does not match this database. Use the SECRET that encrypted its signing keys. To change it, set the old one as SECOND_SECRET, and run `sallyport secret rotate`; if the old one is lost, run `sallyport secret discard`\n'
  })
})

test('A second start finds the database, the secret and the key of the first', async t => {
  const { env } = createCli(t)
  const { access_token, refresh_token } = await withService(env, async app => {
    await createUser(app)
    return logIn(app)
  })
  await withService(env, async app => {
    const me = await app.inject({ url: '/users/me', headers: bearer(access_token) })
    t.match([me.statusCode, me.json()], [200, { username: 'alice' }])
    t.equal((await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token })).statusCode, 200)
  })
})

test('A server on 0.0.0.0 prints its URL with localhost', async t => {
  const server = await startHere(t, await settings(t, { host: '0.0.0.0' }))
  t.match(server.url, /^http:\/\/localhost:\d+$/)
  await createUser(server.app)
  t.match(await logIn(server.app), { token_type: 'Bearer' })
})

test('Other errors during the start are passed on', async t => {
  const config = { ...(await settings(t)), databaseUrl: `sqlite:${t.testdir({ file: '' })}/file/a.db` }
  const error = await serve(config, ignore).catch(error => error)
  t.notOk(error instanceof ConfigError)
  t.match(error, { name: 'StoreError' })
})
