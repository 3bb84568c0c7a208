import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Test, test } from 'tap'

const module = fileURLToPath(new URL('../bin/kept-code.cjs', import.meta.url))

/** A program of two functions whose `answer` is `answer`, with the hash `hash`, and its folder of code. */
function write(t: Test, { answer = 'one', hash = 'a', folder = t.testdir() } = {}) {
  const file = join(folder, 'cli.cjs')
  writeFileSync(file, `(function (exports) {\nexports.answer = () => '${answer}'\n})\n//${hash.repeat(64)}`)
  return { file, cache: join(folder, 'cache') }
}

/** Runs the program in a process of its own, after `first`, which keeps its code. Returns what it answers. */
function run({ file, cache }: { file: string; cache: string }, first = ''): string {
  const script = `${first};const { program, keep } = require('${module}').loadProgram('${file}', '${cache}')
    keep(); process.stdout.write(program.answer())`
  // With coverage, V8 takes no code that was kept.
  const { NODE_V8_COVERAGE: _, ...env } = process.env
  return spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', env }).stdout
}

const codeIn = (cache: string) => readdirSync(cache).map(name => join(cache, name))

test('The code that a process has compiled is kept for the next one', async t => {
  const program = write(t)
  t.equal(run(program, 'process.umask(0)'), 'one')
  const [code = '', ...others] = codeIn(program.cache)
  t.strictSame(others, [])
  const modes = [program.cache, code].map(path => statSync(path).mode & 0o777)
  t.strictSame(modes, [0o755, 0o644], 'no other user can write there, whatever the umask')
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
  const plants: Record<string, (code: string, folder: string) => void> = {
    'because all may write in its folder': (_code, folder) => chmodSync(folder, 0o757),
    'because its group may write it': code => chmodSync(code, 0o664),
    'because it is a link': (_code, folder) => symlinkSync('/', join(folder, 'link')),
    'because it belongs to another user': code => {
      if (process.getuid?.() === 0) chownSync(code, 65534, 65534)
    }
  }
  for (const [name, plant] of Object.entries(plants))
    await t.test(name, async t => {
      const { file, cache } = write(t)
      run({ file, cache })
      plant(String(codeIn(cache)[0]), cache)
      // The kept code would answer `one`.
      writeFileSync(file, readFileSync(file, 'utf8').replace('one', 'two'))
      const asOther = process.getuid?.() === 0 ? '' : 'process.getuid = () => 65534'
      t.equal(run({ file, cache }, name.endsWith('user') ? asOther : ''), 'two')
    })
})

test('Where users have no numbers, the code is read', async t => {
  const { file, cache } = write(t)
  run({ file, cache })
  writeFileSync(file, readFileSync(file, 'utf8').replace('one', 'two'))
  t.equal(run({ file, cache }, 'process.getuid = undefined'), 'one')
})
