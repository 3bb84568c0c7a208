import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { install, link, pack, packageProblems, tryPrograms } from '../support/installed-package.ts'
import { programs } from '../support/programs.ts'

const root = join(import.meta.dirname, '../..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** The modules that a user of the package can import. */
const faces = Object.keys(manifest.exports).filter(path => path !== './package.json')

/** The files that may be in the package. */
const expected = [
  /^(LICENSE|README\.md|package\.json|bin\/[\w-]+\.cjs|texts\/.+\.txt)$/,
  /^migrations\/(sqlite|postgres)\/(\w+\.sql|meta\/_journal\.json)$/,
  /^dist\/bin\/(cli\.cjs|cli\.cjs\.map|common-passwords\.json|licenses\.txt)$/,
  /^dist\/console\/(index\.html|licenses\.txt|assets\/[\w-]+\.(js|css)(\.br|\.gz)?)$/,
  /^dist\/(src|plugins|routes|packages)\/[\w./-]+(\.js|\.d\.ts|\/common-passwords\.json)$/
]

test('The package that npm pack creates', async t => {
  const { tarball, files, bytes } = pack(t)

  t.test('Contains the files that users need, without tests, snapshots or old build files', async t => {
    t.strictSame(
      files.filter(path => !expected.some(pattern => pattern.test(path))),
      []
    )
  })

  t.test('Has at most 2.2 MB, and 8 MB once it is installed', async t => {
    const packed = statSync(tarball).size
    t.comment(`${files.length} files, ${packed} bytes, ${bytes} unpacked`)
    t.ok(packed < 2.2e6)
    t.ok(bytes < 8e6)
  })

  t.test('Publint and the check of its types report nothing', async t => {
    t.strictSame(packageProblems(tarball), [])
  })

  t.test('Works in an empty project', async t => {
    const project = install(t, tarball)
    await t.test('Under a strict compiler, and in Node.js', async t => {
      t.strictSame(Object.keys(programs).sort(), faces.sort())
      // An optional peer.
      link(project, { react: join(root, 'node_modules/react') })
      tryPrograms(t, project, Object.values(programs))
    })
    await t.test('Through its command', t => tryCommand(t, project))
  })
})

async function tryCommand(t: Test, project: string) {
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: project, encoding: 'utf8' })
  const program = 'node_modules/.bin/sallyport'
  t.equal(run('npx', '--offline', 'sallyport', '--version'), `${manifest.version}\n`)
  t.strictSame(JSON.parse(run(program, 'openapi')), JSON.parse(readFileSync(join(root, 'docs/openapi.json'), 'utf8')))
  t.ok(existsSync(join(project, 'node_modules/sallyport/dist/bin/cache')), 'compiled code is kept')

  const env = { ...process.env, PORT: '0', BCRYPT_COST: '4', LOG_LEVEL: 'silent' }
  const server = spawn(program, ['serve'], {
    cwd: project,
    env,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const exit = once(server, 'exit')
  t.teardown(() => server.kill('SIGKILL'))
  const [banner] = await once(server.stdout.setEncoding('utf8'), 'data')
  const [, url] = /listens on ([^\s"]+)/.exec(banner) ?? []
  const account = { username: 'alice', password: 'correct horse battery staple' }
  const registered = await fetch(`${url}/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account)
  })
  t.equal(registered.status, 201)
  const body = new URLSearchParams({ grant_type: 'password', ...account })
  t.match(await (await fetch(`${url}/token`, { method: 'POST', body })).json(), { token_type: 'Bearer', scope: 'me' })
  t.equal((await fetch(`${url}/docs`)).status, 200, 'the kept code loads a package')
  server.kill('SIGTERM')
  t.strictSame(await exit, [0, null])
}
