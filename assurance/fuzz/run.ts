import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { installPackages } from '../../scripts/tool.ts'
import { corpusOf, keptInputs, keptLines, targets } from './kept-inputs.ts'

// `npm run fuzz -- [--target NAME] [--seconds 10] [--seed N] [--keep]`: see assurance/fuzz/README.md.

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'assurance/fuzz')
const work = join(root, 'node_modules/.cache/fuzz')

/** A run of the fuzzer: its exit code, all that it printed, and the folder with its inputs. */
interface Run {
  code: number | null
  output: string
  place: string
}

/**
 * Fuzzes a target with its kept inputs and with `options` of libFuzzer. Bundles it first, so that the fuzzer sees the
 * branches of parsers in packages too.
 */
async function fuzz(target: string, options: string[]): Promise<Run> {
  installPackages('tools/fuzz')
  mkdirSync(work, { recursive: true })
  const place = mkdtempSync(join(work, 'run-'))
  const file = join(folder, 'targets', `${target}.ts`)
  const contents = `import { guarded } from './guarded.ts'
import { fuzz as target } from ${JSON.stringify(file)}
export const fuzz = guarded(target)`
  const stdin = { contents, resolveDir: folder }
  const outfile = join(place, 'target.cjs')
  await build({ stdin, outfile, bundle: true, platform: 'node', external: ['fastify'], logLevel: 'error' })
  const [fresh, kept] = ['fresh', 'kept'].map(name => join(place, name)) as [string, string]
  for (const path of [fresh, kept]) mkdirSync(path)
  for (const [index, input] of [...keptInputs(target).values()].entries()) writeFileSync(join(kept, `${index}`), input)
  const isAsync = readFileSync(file, 'utf8').includes('export async function fuzz')
  const { code, output } = await jazzer([
    ...[outfile, fresh, kept, '--disableBugDetectors=.*'],
    ...(isAsync ? [] : ['--sync']),
    ...[...instrumented, '--', '-max_len=4096', `-artifact_prefix=${place}/`, ...options]
  ])
  return { code, output, place }
}

const instrumented = ['--includes=.cache/fuzz/', '--excludes=/none/']

function jazzer(args: string[]): Promise<Pick<Run, 'code' | 'output'>> {
  const cli = join(root, 'tools/fuzz/node_modules/@jazzer.js/core/dist/cli.js')
  const child = spawn(process.execPath, [cli, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (output += data))
  return new Promise(resolve => child.on('close', code => resolve({ code, output })))
}

/** Keeps the named inputs, and those of the run that reach a branch which no smaller one reaches. */
async function keep(target: string, place: string) {
  const merged = join(place, 'merged')
  mkdirSync(merged)
  const inputs = [merged, join(place, 'kept'), join(place, 'fresh')]
  const options = ['--disableBugDetectors=.*', ...instrumented, '--', '-merge=1', '-max_len=4096']
  await jazzer([join(place, 'target.cjs'), ...inputs, ...options])
  const lines = readdirSync(merged).map(name => readFileSync(join(merged, name)).toString('base64'))
  lines.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
  const named = keptLines(target).filter(line => line.includes(' '))
  writeFileSync(corpusOf(target), `${[...named, ...lines].join('\n')}\n`)
}

async function main() {
  const { values } = parseArgs({
    options: {
      target: { type: 'string', multiple: true, default: targets },
      seconds: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      keep: { type: 'boolean', default: false }
    }
  })
  const queue = [...values.target]
  async function work() {
    for (let target = queue.shift(); target !== undefined; target = queue.shift()) {
      const { code, output, place } = await fuzz(target, [`-max_total_time=${values.seconds}`, `-seed=${values.seed}`])
      const [, runs, branches, inputs] = /#(\d+)\s+DONE\s+cov: (\d+).*corp: (\d+)/.exec(output) ?? []
      if (code === 0 && runs) {
        console.log(`${target}: ${runs} inputs, ${branches} branches, ${inputs} inputs with something new`)
        if (values.keep) await keep(target, place)
      } else {
        process.exitCode = 1
        const [, saved] = /Test unit written to (\S+)/.exec(output) ?? []
        if (saved) appendFileSync(corpusOf(target), `${readFileSync(saved).toString('base64')} ${basename(saved)}\n`)
        const input = saved ? `; the input is the last line of ${relative(root, corpusOf(target))}` : ''
        console.log(`${output.slice(-4000)}\n${target}: failed with the seed ${values.seed}${input}`)
      }
      rmSync(place, { recursive: true })
    }
  }
  await Promise.all([work(), work()])
}

await main()
