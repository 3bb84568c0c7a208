import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'

const script = fileURLToPath(new URL('../../scripts/build-when-stale.mjs', import.meta.url))

/** A clone whose build adds a line to `dist/builds`, or fails if there is a file `broken`. */
function createClone(t: Test) {
  const folder = t.testdir({
    npm: '#!/bin/sh\ntest ! -e broken && mkdir -p dist && echo "$@" >> dist/builds',
    'package-lock.json': '{}',
    src: { auth: { 'scopes.ts': '' } },
    plugins: {},
    routes: {},
    console: {}
  })
  chmodSync(join(folder, 'npm'), 0o755)
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, NODE_OPTIONS: '' }
  return {
    path: (name: string) => join(folder, name),
    start: () => spawnSync(process.execPath, [script], { cwd: folder, env }).status,
    builds: () => readFileSync(join(folder, 'dist/builds'), 'utf8').split('\n').length - 1
  }
}

/** Gives a file a modification time a minute ahead, as if it were saved later. */
const save = (path: string) => utimesSync(path, Date.now() / 1000 + 60, Date.now() / 1000 + 60)

t.test('builds again only if a source, a folder or the lock file has changed', async t => {
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

t.test('a source that is saved during a build is built at the next start', async t => {
  const { path, start, builds } = createClone(t)
  save(path('src/auth/scopes.ts'))
  t.same([start(), builds()], [0, 1])
  t.same([start(), builds()], [0, 2])
})

t.test('a failed build stops this start and the next', async t => {
  const { path, start, builds } = createClone(t)
  t.equal(start(), 0)
  writeFileSync(path('broken'), '')
  writeFileSync(path('src/auth/scopes.ts'), 'export {}')
  t.notOk(start() === 0)
  t.notOk(start() === 0)
  t.equal(builds(), 1)
})

t.test('a build that is killed stops the start', async t => {
  const { path, start } = createClone(t)
  writeFileSync(path('npm'), '#!/bin/sh\nkill -9 $$')
  t.equal(start(), 1)
})
