import { exec } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { type Test, test } from 'tap'
import { announce, firstLines } from '../../src/process/banner.ts'
import { createApp, createUser, password } from '../support/app.ts'
import { built, type Command } from '../support/built.ts'
import { cliEnv } from '../support/cli.ts'
import { startCli } from '../support/cli-process.ts'

/** Runs a command of Node.js that takes its standard output for a terminal. */
const inTerminal = ([node, ...args]: Command): Command => [
  node,
  '--import=data:text/javascript,process.stdout.isTTY=true',
  ...args
]

const link = /https:\/\/auth\.example\.com\/console\/#setup=([\w-]{43})/
const step = 'create the first administrator here, within an hour'
const byCommand = /^create the first administrator: +(.+) setup-link$/

/** Starts a server, by default not in a terminal. `printed` is its output once it answers. */
async function start(t: Test, env: Record<string, string>, command = built) {
  const server = startCli(t, ['serve'], { CI: '', ...env }, { command })
  const url = await server.out.until(/Sallyport listens on ([^\s"]+)/)
  await fetch(`${url}/livez`)
  return {
    ...server,
    url,
    printed: () => server.out.text(),
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

test('On a terminal, each start without accounts prints a new link, which works', async t => {
  const env = cliEnv(t.testdir())
  const database = String(env.DATABASE_URL).slice('sqlite:'.length)
  const first = await start(t, env, inTerminal(built))
  const old = await first.out.until(new RegExp(`${link.source}\\n`))
  t.equal(
    first.printed(),
    [
      `Sallyport listens on ${first.url}`,
      '  console:                           https://auth.example.com/console/',
      '  API docs, with a button to log in: https://auth.example.com/docs',
      `  created:                           ${database}`,
      `  created:                           ${dirname(database)}/secret`,
      `  ${step}: https://auth.example.com/console/#setup=${old}`,
      ''
    ].join('\n')
  )
  await first.stop()

  const second = await start(t, env, inTerminal(built))
  const token = await second.out.until(link)
  t.notMatch(second.printed(), /created:/)
  t.equal((await setUp(second.url, old)).status, 403, 'the former link is void')
  t.equal((await setUp(second.url, token)).status, 201)
})

test('Elsewhere, the log says where the server listens, and its command makes a link in any folder', async t => {
  const env = cliEnv(t.testdir())
  const { out, url, printed } = await start(t, env)
  const named = await out.until(/first administrator: +((?:[^"\\]|\\.)+)"\}\n/)
  const lines = printed()
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  const path = String(env.DATABASE_URL).slice('sqlite:'.length)
  t.strictSame(
    lines.slice(0, -1).map(({ level, msg }) => [level, msg]),
    [
      [30, `Sallyport listens on ${url}`],
      [30, `created: ${path}`],
      [30, `created: ${dirname(path)}/secret`]
    ]
  )
  t.notMatch(printed(), /setup=/)
  // In a container, the command is one for its host.
  if (existsSync('/.dockerenv')) return
  const { stdout } = await promisify(exec)(JSON.parse(`"${named}"`), { cwd: '/', env: { PATH: process.env.PATH } })
  t.match(stdout, new RegExp(`^${link.source}\n$`))
})

test('Several workers print one link', async t => {
  const env = { ...cliEnv(t.testdir()), WORKERS: '2' }
  const { out, url, links } = await start(t, env, inTerminal(built))
  const token = await out.until(link)
  t.equal(links().length, 1)
  t.equal((await setUp(url, token)).status, 201)
})

test('The first lines depend on the accounts, the settings and the terminal', async t => {
  const { app, config } = await createApp(t, { docs: 'on' })
  const off = { ...config, console: 'off' } as const
  const last = async (...options: Parameters<typeof firstLines> extends [unknown, ...infer Rest] ? Rest : never) =>
    (await firstLines(app, ...options)).at(-1)
  t.match(await last(config, { isTerminal: true }), link)
  t.match(await last(config, {}), byCommand, 'no link in a log')
  for (const isTerminal of [true, false])
    t.match(await last(off, { isTerminal }), /^create the first account: +sallyport users create NAME --admin$/)
  const passkeys = { issuer: 'http://127.0.0.1:3000', rpId: 'localhost', rpOrigins: ['http://localhost:5173'] }
  t.match(await firstLines(app, { ...config, ...passkeys }, {}), [
    /^The console at .* Set RP_ID=localhost and /,
    byCommand
  ])
  await createUser(app)
  const created = () => ['/srv/login/data/sallyport.db']
  for (const settings of [config, off])
    t.strictSame(await firstLines(app, settings, { isTerminal: true, created }), [
      'created:                           /srv/login/data/sallyport.db'
    ])

  const lines: string[] = []
  const out = { isTerminal: true, print: (line: string) => lines.push(line) }
  announce(app, 'http://127.0.0.1:3000', config, [], out)
  t.match(lines.at(-1), /\/docs$/)
  announce(app, 'http://127.0.0.1:3000', { ...config, docs: 'off' }, [], out)
  t.match(lines.at(-1), /\/console\/$/)
  announce(app, 'http://127.0.0.1:3000', { ...off, docs: 'off' }, [], out)
  t.equal(lines.at(-1), 'Sallyport listens on http://127.0.0.1:3000')
  announce(app, 'http://127.0.0.1:3000', off, ['create …'], out)
  t.strictSame(lines.slice(-2), [`  API docs, with a button to log in: ${config.issuer}/docs`, '  create …'])
})

test('A failure to make the link is logged, and the server starts', async t => {
  const { app, config } = await createApp(t)
  const failures = t.capture(app, 'logFailure')
  const err = new Error('the disk is full')
  app.setupLinks.create = () => Promise.reject(err)
  t.match((await firstLines(app, config, { isTerminal: true })).at(-1), byCommand)
  t.strictSame(
    failures().map(({ args }) => args),
    [['error', { err }, 'failed to make the link for the first administrator']]
  )
})
