import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, renameSync, rmdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'

const script = fileURLToPath(new URL('../../../scripts/build-when-stale.mjs', import.meta.url))

/** A clone whose build adds a line to `dist/builds`, or fails if there is a file `broken`. */
function createClone(t: Test) {
  const folder = t.testdir({
    'package-lock.json': '{}',
    node_modules: {},
    src: { auth: { 'scopes.ts': '' } },
    plugins: {},
    routes: {},
    packages: { client: { src: {} } },
    scripts: {
      'bundle.mjs': `
        import fs from 'node:fs'
        fs.mkdirSync('dist', { recursive: true })
        if (fs.existsSync('broken')) throw new Error('broken')`
    },
    console: { 'build.mjs': `import fs from 'node:fs'; fs.appendFileSync('dist/builds', 'a build\\n')` }
  })
  cpSync(script, join(folder, 'scripts/build-when-stale.mjs'))
  const env = { ...process.env, NODE_OPTIONS: '' }
  const run = () =>
    spawnSync(process.execPath, ['scripts/build-when-stale.mjs'], { cwd: folder, env, encoding: 'utf8' })
  return {
    path: (name: string) => join(folder, name),
    run,
    /** The exit code. Standard output is that of the server. */
    start() {
      const { status, stdout } = run()
      return stdout === '' ? status : stdout
    },
    builds: () => readFileSync(join(folder, 'dist/builds'), 'utf8').split('\n').length - 1
  }
}

/** Gives a file a modification time a minute ahead, as if it were saved later. */
const save = (path: string) => utimesSync(path, Date.now() / 1000 + 60, Date.now() / 1000 + 60)

t.test('Builds again only if a source, a folder or the lock file has changed', async t => {
  const { path, start, builds } = createClone(t)
  t.same([start(), builds()], [0, 1])
  t.same([start(), builds()], [0, 1], 'nothing has changed')
  writeFileSync(path('src/auth/scopes.ts'), 'export {}')
  t.same([start(), builds()], [0, 2])
  renameSync(path('src/auth/scopes.ts'), path('src/auth/scope.ts'))
  t.same([start(), builds()], [0, 3])
  writeFileSync(path('package-lock.json'), '{ }')
  t.same([start(), builds()], [0, 4])
  t.same([start(), builds()], [0, 4])
})

t.test('A source that is saved during a build is built at the next start', async t => {
  const { path, start, builds } = createClone(t)
  save(path('src/auth/scopes.ts'))
  t.same([start(), builds()], [0, 1])
  t.same([start(), builds()], [0, 2])
})

t.test('A failed build stops this start and the next', async t => {
  const { path, start, builds } = createClone(t)
  t.equal(start(), 0)
  writeFileSync(path('broken'), '')
  writeFileSync(path('src/auth/scopes.ts'), 'export {}')
  t.notOk(start() === 0)
  t.notOk(start() === 0)
  t.equal(builds(), 1)
})

t.test('Without packages, it says what to run', async t => {
  const { path, run } = createClone(t)
  rmdirSync(path('node_modules'))
  t.match(run(), { status: 1, stderr: 'Run `npm ci` first.\n' })
})
