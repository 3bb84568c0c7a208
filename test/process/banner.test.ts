import { type Test, test } from 'tap'
import { firstStep, printBanner } from '../../src/process/banner.ts'
import { createApp, createUser, password } from '../support/app.ts'
import { built, type Command } from '../support/built.ts'
import { cliEnv } from '../support/cli.ts'
import { startCli } from '../support/cli-process.ts'

/** Runs a command, whose arguments need no quoting, in a terminal of its own. */
const inTerminal = (command: Command): Command => ['sh', '-c', 'exec script -qec "$*" /dev/null', 'sh', ...command]

const link = /https:\/\/auth\.example\.com\/console\/#setup=([\w-]{43})/
const step = 'create the first administrator here, within an hour'
const byCommand = 'create the first administrator:    npx sallyport setup-link'

/** Starts a server, by default not in a terminal. `printed` is its output once it answers, with all of the banner. */
async function start(t: Test, env: Record<string, string>, command = built) {
  const server = startCli(t, ['serve'], { CI: '', ...env }, { command })
  const url = await server.out.until(/Sallyport listens on (\S+)[\s\S]*\/docs\r?\n/)
  await fetch(`${url}/livez`)
  return {
    ...server,
    url,
    printed: () => server.out.text().replaceAll('\r', ''),
    links: () => server.out.text().match(new RegExp(link, 'g')) ?? [],
    async stop() {
      server.child.kill('SIGKILL')
      await server.exit
    }
  }
}

const setUp = (url: string, token: string) =>
  fetch(`${url}/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, username: 'root', password })
  })

test('on a terminal, each start without accounts prints a new link, which works', async t => {
  const env = cliEnv(t.testdir())
  const first = await start(t, env, inTerminal(built))
  const old = await first.out.until(new RegExp(`${link.source}\\r?\\n`))
  t.equal(
    first.printed(),
    [
      `Sallyport listens on ${first.url}`,
      `  console:                           ${first.url}/console/`,
      `  API docs, with a button to log in: ${first.url}/docs`,
      `  ${step}: https://auth.example.com/console/#setup=${old}`,
      ''
    ].join('\n')
  )
  await first.stop()

  const second = await start(t, env, inTerminal(built))
  const token = await second.out.until(link)
  t.equal((await setUp(second.url, old)).status, 403, 'the former link is void')
  t.equal((await setUp(second.url, token)).status, 201)
  await second.stop()

  const third = await start(t, env, inTerminal(built))
  t.notMatch(third.printed(), /create the first/)
})

test('elsewhere, a start makes no link, and the banner says how to get one', async t => {
  const { out, printed } = await start(t, { ...cliEnv(t.testdir()), LOG_LEVEL: 'info' })
  await out.until(/setup-link\n/)
  t.match(printed(), `\n  ${byCommand}\n`)
  t.notMatch(printed(), /setup=/)
})

test('with SETUP_LINK=log, the link is a line of the log', async t => {
  const { out, url } = await start(t, { ...cliEnv(t.testdir()), SETUP_LINK: 'log', LOG_LEVEL: 'info' })
  const line = JSON.parse(await out.until(/^.*#setup=.*$/m))
  const [, token] = line.msg.split('#setup=')
  t.match(line, { level: 30, msg: `${step}: https://auth.example.com/console/#setup=${token}` })
  t.equal((await setUp(url, token)).status, 201)
})

test('with CONSOLE=off, the banner names the command instead', async t => {
  const { out, printed, url } = await start(t, { ...cliEnv(t.testdir()), CONSOLE: 'off' }, inTerminal(built))
  await out.until(/--admin\r?\n/)
  t.equal(
    printed(),
    [
      `Sallyport listens on ${url}`,
      `  API docs, with a button to log in: ${url}/docs`,
      '  create the first account:          npx sallyport users create NAME --admin',
      ''
    ].join('\n')
  )
})

test('several workers print one link', async t => {
  const env = { ...cliEnv(t.testdir()), WORKERS: '2' }
  const { out, url, links } = await start(t, env, inTerminal(built))
  const token = await out.until(link)
  t.equal(links().length, 1)
  t.equal((await setUp(url, token)).status, 201)
})

test('several workers log one link', async t => {
  const env = { ...cliEnv(t.testdir()), WORKERS: '2', SETUP_LINK: 'log', LOG_LEVEL: 'info' }
  const { links } = await start(t, env)
  t.equal(links().length, 1)
})

test('the first step depends on the accounts, the settings and the terminal', async t => {
  const { app, config } = await createApp(t)
  const off = { ...config, console: 'off' } as const
  t.match(await firstStep(app, config, true), link)
  for (const setupLink of ['terminal', 'log'] as const)
    t.equal(await firstStep(app, { ...config, setupLink }, false), byCommand)
  for (const isTerminal of [true, false])
    t.match(
      await firstStep(app, off, isTerminal),
      /^create the first account: +npx sallyport users create NAME --admin$/
    )
  await createUser(app)
  for (const settings of [config, off]) t.equal(await firstStep(app, settings, true), undefined)
  const lines: string[] = []
  printBanner('http://127.0.0.1:3000', config, undefined, line => lines.push(line))
  t.match(lines.at(-1), /\/docs$/)
  printBanner('http://127.0.0.1:3000', { ...config, docs: 'off' }, undefined, line => lines.push(line))
  t.match(lines.at(-1), /\/console\/$/)
})

test('a failure to make the link is logged, and the server starts', async t => {
  const { app, config } = await createApp(t)
  const failures = t.capture(app, 'logFailure')
  const err = new Error('the disk is full')
  app.setupLinks.create = () => Promise.reject(err)
  t.equal(await firstStep(app, config, true), byCommand)
  t.strictSame(
    failures().map(({ args }) => args),
    [['error', { err }, 'failed to make the link for the first administrator']]
  )
})
