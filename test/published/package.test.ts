import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import nodeModule from 'node:module'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { sqliteDriver } from '../../src/store/engine/sqlite-driver.ts'
import { install, pack, packageProblems, reachable, tryPrograms } from '../support/installed-package.ts'
import { installedPackages, lockedPackages } from '../support/package-counts.ts'
import { programs } from '../support/programs.ts'

const root = join(import.meta.dirname, '../..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** The modules that a user of the package can import. */
const faces = Object.keys(manifest.exports).filter(path => path !== './package.json')

/** The files needed to import or run the package, and the other files in it; `folder` is the unpacked package. */
function expectedFiles(folder: string): string[] {
  const entries = faces.map(face => manifest.exports[face])
  const types = reachable(
    folder,
    entries.map(({ types }) => join(types))
  )
  const modules = reachable(folder, [
    ...entries.map(entry => join(entry.default)),
    'bin/sallyport.cjs',
    'bin/compile-cache.cjs',
    'bin/stack-traces.cjs',
    'dist/bin/cli.cjs'
  ])
  const migrations = ['sqlite', 'postgres'].flatMap(dialect =>
    readdirSync(join(root, 'migrations', dialect), { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.sql') || path.endsWith('_journal.json'))
      .map(path => join('migrations', dialect, path))
  )
  const texts = readdirSync(join(root, 'texts'), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.txt'))
    .map(path => join('texts', path))
  const passwords = ['dist/bin', 'dist/src/auth/passwords'].map(path => join(path, 'common-passwords.json'))
  // The map is for stack traces.
  const ofProgram = ['dist/bin/cli.cjs.map', 'dist/bin/licenses.txt']
  const others = ['LICENSE', 'README.md', 'package.json', ...ofProgram, ...passwords]
  const console = consoleFiles(join(folder, 'dist/console'))
  return [...others, ...modules, ...types, ...migrations, ...texts, ...console].sort()
}

/** The page of the console, and the assets that it and its scripts name, which are compressed too. */
function consoleFiles(folder: string): string[] {
  const named = new Set(['index.html'])
  for (const path of named)
    for (const [name] of readFileSync(join(folder, path), 'utf8').matchAll(/\w+-[A-Z0-9]{8}\.(js|css)\b/g))
      named.add(`assets/${name}`)
  const [page, ...assets] = named
  const files = [page as string, 'licenses.txt', ...assets.flatMap(path => [path, `${path}.br`, `${path}.gz`])]
  return files.map(path => join('dist/console', path))
}

test('the package that npm pack creates', async t => {
  const { tarball, files } = pack(t)
  t.comment(`${files.length} files, ${Math.round(statSync(tarball).size / 1024)} KiB`)

  t.test('contains the files that users need, without tests, snapshots or old build files', async t => {
    const folder = t.testdir()
    execFileSync('tar', ['xzf', tarball, '--strip-components=1'], { cwd: folder })
    t.strictSame(files, expectedFiles(folder))
  })

  t.test('publint and the check of its types report nothing', async t => {
    t.strictSame(packageProblems(tarball), [])
  })

  t.test('works in an empty project', async t => {
    const project = install(t, tarball)
    await t.test('under a strict compiler, and in Node.js', async t => {
      t.strictSame(Object.keys(programs).sort(), faces.sort())
      tryPrograms(t, project, Object.values(programs))
    })
    await t.test('has the packages of the lock file', async t => {
      const [major] = process.versions.node.split('.').map(Number)
      const direct = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
      const locked = lockedPackages(direct, major)
      t.strictSame(
        installedPackages(project).sort(),
        locked.map(path => path.replace(/better-sqlite3-12$/, 'better-sqlite3')).sort()
      )
    })
    await t.test('through its command', t => tryCommand(t, project))
    await t.test('refuses a SQLite driver that would crash', t => tryWrongDriver(t, project))
  })
})

async function tryCommand(t: Test, project: string) {
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: project, encoding: 'utf8' })
  const program = 'node_modules/.bin/sallyport'
  t.equal(run('npx', '--offline', 'sallyport', '--version'), `${manifest.version}\n`)
  t.strictSame(JSON.parse(run(program, 'openapi')), JSON.parse(readFileSync(join(root, 'docs/openapi.json'), 'utf8')))
  t.equal(existsSync(join(project, 'node_modules/sallyport/dist/bin/cache')), 'enableCompileCache' in nodeModule)

  const env = { ...process.env, PORT: '0', BCRYPT_COST: '4', DRAIN_DELAY: '0', LOG_LEVEL: 'silent' }
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
  server.kill('SIGTERM')
  t.strictSame(await exit, [0, null])
}

async function tryWrongDriver(t: Test, project: string) {
  const { version } = sqliteDriver()
  const path = join(project, 'node_modules/better-sqlite3/package.json')
  const other = Number.parseInt(version, 10) >= 13 ? '12.11.1' : '13.2.0'
  writeFileSync(path, readFileSync(path, 'utf8').replace(`"version": "${version}"`, `"version": "${other}"`))
  const env = { ...process.env, PORT: '0', DATABASE_URL: 'sqlite:refused/sallyport.db' }
  const program = 'node_modules/.bin/sallyport'
  const { status, stderr } = spawnSync(program, ['serve'], { cwd: project, env, encoding: 'utf8' })
  t.equal(status, 1)
  t.match(stderr, new RegExp(`^Node\\.js \\S+ needs better-sqlite3 .*, but ${other} is installed\\. .*\\n$`))
  t.notOk(existsSync(join(project, 'refused/sallyport.db')))
}
