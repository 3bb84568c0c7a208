import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'
import { crc32 } from 'node:zlib'
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

const modeOf = (file: string) => statSync(file).mode & 0o777

test('only the user of the process can write the code, whatever the umask', async t => {
  const { file, codeFile } = create(t)
  const umask = process.umask(0)
  t.teardown(() => process.umask(umask))
  run(file)
  t.equal(modeOf(codeFile), 0o644)
  writeFileSync(codeFile, 'old')
  chmodSync(codeFile, 0o666)
  run(file)
  t.equal(modeOf(codeFile), 0o644, 'also where a laxer file was')
  t.ok(isRead(codeFile, () => t.equal(run(file), 1)))
})

test('code that another user could have written does not run', async t => {
  const isRoot = process.getuid?.() === 0
  const plants: Record<string, (t: Test, codeFile: string) => void> = {
    'because all may write it': (_t, codeFile) => chmodSync(codeFile, 0o646),
    'because its group may write it': (_t, codeFile) => chmodSync(codeFile, 0o664),
    'because it belongs to another user': (t, codeFile) => {
      if (isRoot) chownSync(codeFile, 65534, 65534)
      else t.intercept(process, 'getuid', { value: () => 65534 })
    }
  }
  for (const [name, plant] of Object.entries(plants))
    t.test(name, async t => {
      const { file, codeFile } = create(t)
      writeFileSync(file, program(2))
      run(file)
      // Code of another program with the checksum of this one.
      const planted = readFileSync(codeFile).subarray(0, -4)
      writeFileSync(file, program(1))
      const sum = Buffer.alloc(4)
      sum.writeUInt32LE(crc32(planted, crc32(program(1))))
      writeFileSync(codeFile, Buffer.concat([planted, sum]))
      t.equal(load(file).value(), 2, 'a checksum is no proof')
      plant(t, codeFile)
      t.notOk(isRead(codeFile, () => t.equal(run(file), 1)))
    })
})

test('code is not written through a link to another file', async t => {
  const { file, codeFile } = create(t)
  const other = join(t.testdirName, 'other')
  writeFileSync(other, 'of another program')
  symlinkSync(other, codeFile)
  run(file)
  t.equal(readFileSync(other, 'utf8'), 'of another program')
  t.ok(isRead(codeFile, () => t.equal(run(file), 1)))
})
