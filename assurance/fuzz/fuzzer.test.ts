import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { fuzz } from './run.ts'

const root = join(import.meta.dirname, '../..')
const planted = '../planted'

test('the fuzzer finds a defect behind five bytes by the branches that they open', async t => {
  const options = ['-runs=1000000', '-seed=1']
  const seeing = await fuzz(planted, options)
  t.match(seeing.output, /Uncaught Exception: Error: the planted defect/)
  t.not(seeing.code, 0)

  const blind = await fuzz(planted, options, { isBlind: true })
  t.match(blind.output, /Done 1000000 runs/, 'and not without the branches, in as many runs')
  t.equal(blind.code, 0)
  for (const { place } of [seeing, blind]) rmSync(place, { recursive: true })
})

test('npm run fuzz ends with the code 1 and keeps the input that failed', async t => {
  const folder = join(root, 'assurance/fuzz/corpus/planted')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const { status, stdout } = spawnSync('npm', ['run', '-s', 'fuzz', '--', '--target', planted], { cwd: root })
  t.equal(status, 1, String(stdout))
  const [name = ''] = readdirSync(folder)
  t.match(String(stdout), `the input is assurance/fuzz/corpus/planted/${name}`)
  t.equal(readFileSync(join(folder, name)).subarray(0, 5).toString('hex'), '3cd200813b')
})
