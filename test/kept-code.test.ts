import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Test, test } from 'tap'

const { loadProgram } = createRequire(import.meta.url)('../bin/kept-code.cjs')
const module = fileURLToPath(new URL('../bin/kept-code.cjs', import.meta.url))

/** A program of two functions whose `answer` is `answer`, with the hash `hash`, and its folder of code. */
function write(t: Test, { answer = 'one', hash = 'a', folder = t.testdir() } = {}) {
  const file = join(folder, 'cli.cjs')
  writeFileSync(file, `(function (exports) {\nexports.answer = () => '${answer}'\n})\n//${hash.repeat(64)}`)
  return { file, cache: join(folder, 'cache') }
}

/** Runs the program in a process of its own, which keeps its code, and resolves to what it answers. */
function run({ file, cache }: { file: string; cache: string }): string {
  const script = `const { program, keep } = require('${module}').loadProgram('${file}', '${cache}')
    keep(); process.stdout.write(program.answer())`
  return spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout
}

const codeIn = (cache: string) => readdirSync(cache).map(name => join(cache, name))

test('The code that a process has compiled is kept for the next one', async t => {
  const program = write(t)
  t.equal(run(program), 'one')
  const [code = '', ...others] = codeIn(program.cache)
  t.strictSame(others, [])
  t.equal(statSync(code).mode & 0o777, 0o644, 'no other user can write it')
  // V8 compares the length of the text only, so the same code runs for this one.
  writeFileSync(program.file, readFileSync(program.file, 'utf8').replace('one', 'two'))
  t.equal(run(program), 'one')
})

test('A program with another hash is compiled, and the code of the former is removed', async t => {
  const program = write(t)
  run(program)
  const former = codeIn(program.cache)
  write(t, { answer: 'two', hash: 'b', folder: join(program.file, '..') })
  t.equal(run(program), 'two')
  t.equal(codeIn(program.cache).length, 1)
  t.notMatch(codeIn(program.cache), former)
})

test('A program runs with broken code, and without a folder that can be made', async t => {
  const program = write(t)
  run(program)
  const [code = ''] = codeIn(program.cache)
  writeFileSync(code, 'broken')
  t.equal(run(program), 'one')
  t.not(readFileSync(code, 'latin1'), 'broken', 'and its code is kept anew')
  const folder = t.testdir({ file: '' })
  t.equal(run({ ...write(t, { folder }), cache: join(folder, 'file') }), 'one')
})

test('Code that another user could have written does not run', async t => {
  const plants: Record<string, (t: Test, code: string, folder: string) => void> = {
    'because all may write in its folder': (_t, _code, folder) => chmodSync(folder, 0o757),
    'because its group may write it': (_t, code) => chmodSync(code, 0o664),
    'because it is a link': (_t, _code, folder) => symlinkSync('/', join(folder, 'link')),
    'because it belongs to another user': (t, code) => {
      if (process.getuid?.() === 0) chownSync(code, 65534, 65534)
      else t.intercept(process, 'getuid', { value: () => 65534 })
    }
  }
  for (const [name, plant] of Object.entries(plants))
    await t.test(name, async t => {
      const { file, cache } = write(t)
      mkdirSync(cache)
      run({ file, cache })
      // Which of the two runs shows whether the code was read.
      writeFileSync(file, readFileSync(file, 'utf8').replace('one', 'two'))
      const answer = () => loadProgram(file, cache).program.answer()
      t.equal(answer(), 'one')
      plant(t, String(codeIn(cache)[0]), cache)
      t.equal(answer(), 'two')
    })
})

test('Where users have no numbers, the code is read', async t => {
  const { file, cache } = write(t)
  run({ file, cache })
  writeFileSync(file, readFileSync(file, 'utf8').replace('one', 'two'))
  t.intercept(process, 'getuid', { value: undefined })
  t.equal(loadProgram(file, cache).program.answer(), 'one')
})
