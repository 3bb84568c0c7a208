import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'

const root = join(import.meta.dirname, '../../..')

/** A folder with a program `hello`, as a package of its own would install it. */
function createFolder(t: Test) {
  const manifest = { name: 'tools', version: '1.0.0', dependencies: { hello: 'file:hello' } }
  const packages = {
    '': manifest,
    hello: { version: '1.0.0', bin: { hello: 'hello.js' } },
    'node_modules/hello': { resolved: 'hello', link: true }
  }
  return t.testdir({
    'package.json': JSON.stringify(manifest),
    'package-lock.json': JSON.stringify({ ...manifest, lockfileVersion: 3, packages }),
    hello: {
      'package.json': JSON.stringify({ name: 'hello', version: '1.0.0', bin: 'hello.js' }),
      'hello.js':
        '#!/usr/bin/env node\nconsole.log("hello", ...process.argv.slice(2))\nprocess.exit(Number(process.argv[3]))'
    }
  })
}

/** Runs `hello` with the tools of `folder`. The arguments are a word and an exit code. */
function hello(folder: string, word: string, code = 0) {
  const args = ['--import=tsx', 'scripts/tool.ts', folder, 'hello', word, String(code)]
  const env = { ...process.env, NODE_OPTIONS: '' }
  return spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' })
}

t.test('A tool is installed before its first use, and again when its lock file has changed', async t => {
  const folder = createFolder(t)
  const said = `Installing the packages of ${folder}/package.json\n`
  t.match(hello(folder, 'first'), { status: 0, stdout: 'hello first 0\n', stderr: said })
  t.match(hello(folder, 'second', 3), { status: 3, stdout: 'hello second 3\n', stderr: /^$/ })
  writeFileSync(join(folder, 'package-lock.json'), '{}')
  t.match(hello(folder, 'never'), { status: 1, stdout: /^$/, stderr: /npm ci failed in / })
})
