import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'

const root = join(import.meta.dirname, '../../..')

/** Runs `npm run sbom` after a build that says it has compiled `program` and `page` in. */
function sbomOf(t: Test, program: string, page: string) {
  const licenses = (name: string) => ({ 'licenses.txt': `${name} (MIT)\n\nThe text of the license\n` })
  const cwd = t.testdir({ dist: { bin: licenses(program), console: licenses(page) } })
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(root, file), join(cwd, file))
  const args = ['--import', join(root, 'node_modules/tsx/dist/esm/index.mjs'), join(root, 'scripts/sbom.ts')]
  const env = { ...process.env, NODE_OPTIONS: '' }
  return spawnSync(process.execPath, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26, env })
}

const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
const locked = (name: string) => `${name} ${packages[`node_modules/${name}`].version}`

interface Component {
  name: string
  version: string
  properties: { name: string; value: string }[]
}

t.test('The bill of materials says what is compiled in, and is the same again', async t => {
  const [program, page] = [locked('fastify'), locked('preact')]
  const { status, stdout, stderr } = sbomOf(t, program, page)
  t.equal(status, 0, stderr)
  const { components, metadata } = JSON.parse(stdout)
  const marks = components.flatMap(({ name, version, properties }: Component) =>
    properties.filter(mark => mark.name === 'sallyport:compiledInto').map(({ value }) => `${name} ${version}: ${value}`)
  )
  t.strictSame(marks.sort(), [`${program}: dist/bin`, `${page}: dist/console`])
  t.match(metadata.tools, [{ name: 'cli' }, { name: 'node', version: process.versions.node }])
  t.equal(sbomOf(t, program, page).stdout, stdout)
})

t.test('A build with a version that the lock file does not have is refused', async t => {
  const { status, stdout, stderr } = sbomOf(t, 'fastify 1.0.0', locked('preact'))
  t.equal(status, 1)
  t.equal(stdout, '')
  t.match(stderr, 'The lock file does not have what is compiled into dist: fastify@1.0.0. Build again.')
})
