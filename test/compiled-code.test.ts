import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'
import { type Test, test } from 'tap'

const loader = fileURLToPath(new URL('../bin/compiled-code.cjs', import.meta.url))
const { load } = createRequire(import.meta.url)(loader)

const program = (value: number) => `(function (exports) { exports.value = () => ${value} })`

/** A program whose value is 1. */
function create(t: Test) {
  const file = join(t.testdir(), 'cli.cjs')
  writeFileSync(file, program(1))
  return { file, codeFile: `${file}.code` }
}

/** Runs the program, keeps its code, and returns its value. */
function run(file: string): number {
  const { value, keepCode } = load(file)
  const result = value()
  keepCode()
  return result
}

/** Runs the program in a new process with these flags. */
function runApart(file: string, ...flags: string[]) {
  const script = `const { value, keepCode } = require(${JSON.stringify(loader)}).load(${JSON.stringify(file)})
    console.log(value())
    keepCode()`
  const { NODE_OPTIONS, NODE_V8_COVERAGE, ...env } = process.env
  return spawnSync(process.execPath, [...flags, '-e', script], { encoding: 'utf8', env }).stdout
}

/** Whether `again`, which runs the program, reads its code: a process that compiles it writes the file. */
function isRead(codeFile: string, again: () => unknown) {
  utimesSync(codeFile, 0, 0)
  again()
  return statSync(codeFile).mtimeMs === 0
}

test('a process reads the code that an earlier one has compiled', async t => {
  const { file, codeFile } = create(t)
  t.equal(run(file), 1)
  t.ok(isRead(codeFile, () => t.equal(run(file), 1)))
})

test('code that does not fit is compiled again', async t => {
  const damages: Record<string, (code: Buffer) => Buffer> = {
    damaged: code => code.fill(255, 64, 72),
    'cut off': code => code.subarray(0, -1),
    empty: () => Buffer.alloc(0)
  }
  for (const [what, damage] of Object.entries(damages))
    t.test(`because it is ${what}`, async t => {
      const { file, codeFile } = create(t)
      run(file)
      writeFileSync(codeFile, damage(readFileSync(codeFile)))
      t.notOk(isRead(codeFile, () => t.equal(run(file), 1)))
      t.ok(isRead(codeFile, () => t.equal(run(file), 1)))
    })

  t.test('because it is of another program, even of the same length', async t => {
    const { file, codeFile } = create(t)
    run(file)
    writeFileSync(file, program(2))
    t.notOk(isRead(codeFile, () => t.equal(run(file), 2)))
  })

  t.test('because V8 had other flags', async t => {
    const { file, codeFile } = create(t)
    t.equal(runApart(file), '1\n')
    t.ok(isRead(codeFile, () => t.equal(runApart(file), '1\n')))
    t.notOk(isRead(codeFile, () => t.equal(runApart(file, '--no-opt'), '1\n')))
  })
})

test('a program runs where its code cannot be written, and makes none', async t => {
  const { file, codeFile } = create(t)
  mkdirSync(codeFile)
  const made = t.capture(Script.prototype, 'createCachedData')
  t.equal(run(file), 1)
  t.strictSame(made(), [])
  t.strictSame(readdirSync(codeFile), [])
})
