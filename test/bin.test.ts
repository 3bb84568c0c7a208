import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { movableTimers } from './support/clocks.ts'

const { nameSources } = createRequire(import.meta.url)('../bin/stack-traces.cjs')

/** Runs `sallyport serve` in a clone that has only `bin`, and a program with the module `cli` if given. */
function runIn(t: Test, cli?: string) {
  const folder = t.testdir()
  cpSync(new URL('../bin', import.meta.url), join(folder, 'bin'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  if (cli !== undefined) {
    mkdirSync(join(folder, 'dist/bin'), { recursive: true })
    writeFileSync(join(folder, 'dist/bin/cli.cjs'), `(function (exports, require) {\n${cli}\n})`)
  }
  return spawnSync(process.execPath, [join(folder, 'bin/sallyport.cjs'), 'serve'], { encoding: 'utf8' })
}

t.test('A clone that has not been built prints the command to run', async t => {
  const stderr = 'Sallyport has not been built. Run `npm ci && npm run build` first.\n'
  t.match(runIn(t), { status: 1, stdout: '', stderr })
})

t.test('A build that lacks a file, or throws, shows its own error', async t => {
  const lacks = runIn(t, "require('./config.js')")
  t.equal(lacks.status, 1)
  t.match(lacks.stderr, /Cannot find module '\.\/config\.js'\n.*Require stack:\n- .*\/dist\/bin\/cli\.cjs\n/)
  const throws = runIn(t, "throw new Error('no such setting')")
  t.equal(throws.status, 1)
  t.match(throws.stderr, /Error: no such setting\n {4}at /)
})

t.test('The build gets the arguments, and its exit code is passed on', async t => {
  const { status, stdout } = runIn(t, 'exports.run = async args => (console.log(args.join()), 3)')
  t.strictSame({ status, stdout }, { status: 3, stdout: 'serve\n' })
})

t.test('A stack trace of the program names the sources, and the files of packages', async t => {
  const breaks = "data:text/javascript,process.stdout.write = () => { throw new Error('broken') }"
  const program = fileURLToPath(new URL('../bin/sallyport.cjs', import.meta.url))
  const args = ['--import', breaks, program, '--version']
  const { stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  t.match(stderr, /Error: broken\n(?:.*\n)* +at run \(.*\/src\/cli\.ts:\d+:\d+\)\n/)
  t.match(stderr, /\/node_modules\/commander\/lib\/command\.js:/)
})

/** The function that prepares stack traces with the positions of `program`, at line 1 of each of the files. */
function traces(t: Test, program: string) {
  const { prepareStackTrace } = Error
  t.teardown(() => {
    Error.prepareStackTrace = prepareStackTrace
  })
  nameSources(program)
  const prepare = Error.prepareStackTrace
  Error.prepareStackTrace = prepareStackTrace
  const frame = (file: string) => {
    const position = `${file}:1:1`
    return { getFileName: () => file, getLineNumber: () => 1, getColumnNumber: () => 1, toString: () => position }
  }
  return (...files: string[]) =>
    prepare?.(new TypeError('broken'), files.map(frame) as unknown as NodeJS.CallSite[]) as string
}

t.test(
  'The source map is forgotten a minute after the last stack trace; without it, positions stay as they are',
  async t => {
    const tick = movableTimers(t)
    const map = JSON.stringify({ version: 3, sources: ['../../src/cli.ts'], names: [], mappings: 'AAAA' })
    const program = join(t.testdir({ 'cli.cjs.map': map }), 'cli.cjs')
    const trace = traces(t, program)
    t.match(trace(program), /src\/cli\.ts:1:1$/)
    rmSync(`${program}.map`)
    tick(59_000)
    t.match(trace(program), /src\/cli\.ts:1:1$/)
    tick(59_000)
    t.match(trace(program), /src\/cli\.ts:1:1$/, 'each trace begins the minute anew')
    tick(60_000)
    t.equal(
      trace(program, 'node:internal/main'),
      `TypeError: broken\n    at ${program}:1:1\n    at node:internal/main:1:1`
    )
  }
)
