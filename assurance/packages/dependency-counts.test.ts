import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { databaseUrl, type EngineName, engines } from '../../test/support/engines.ts'
import { call, faultEnv, startProgram } from '../../test/support/faults.ts'
import { bundledPackages, lockedPackages } from '../support/package-counts.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const page = read('docs/evidence/dependencies.md')
const dependenciesOf = (folder: string) => {
  const { dependencies, optionalDependencies } = JSON.parse(read(join(folder, 'package.json')))
  return Object.keys({ ...dependencies, ...optionalDependencies })
}
const direct = dependenciesOf('.')
const [node = 0] = process.versions.node.split('.').map(Number)

/** A higher figure is a decision: raise its ceiling here and on the page, and say why in the message of the commit. */
const ceilings: Record<string, number> = {
  'an installation, on Node.js 22 and newer': 160,
  'an installation, on Node.js 20': 195,
  'loaded by a start and a login on SQLite': 2,
  'loaded by a start and a login on SQLite, on Node.js 20': 4,
  'loaded by a start and a login on PostgreSQL': 1,
  'compiled into the program': 100,
  'compiled into the console': 5,
  '`@sallyport/verifier`': 2,
  '`@sallyport/client`': 0
}

/** The cells of the rows below a heading of the page. */
const rowsBelow = (heading: string) =>
  (page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter(line => line.startsWith('|'))
    .slice(2)
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim())
    )

/** The faults in the row `what` of "How many": another figure than `measured`, or one above its ceiling. */
function wrongCount(what: string, measured: number): string[] {
  const row = rowsBelow('How many').find(([name]) => name === what)
  const [, figure, ceiling] = row?.map(Number) ?? []
  return [
    ...(figure === measured ? [] : [`the page says ${figure} for ${what}, but there are ${measured}`]),
    ...(ceiling === ceilings[what] ? [] : [`the page has another ceiling for ${what} than this test`]),
    ...(measured <= Number(ceilings[what]) ? [] : [`${what} has ${measured}, above its ceiling`])
  ]
}

/** The packages from which a server on `engine` has loaded code, also machine code, after its first login. */
async function loadedPackages(t: Test, engine: EngineName): Promise<string[]> {
  const coverage = t.testdir({})
  const env = { DATABASE_URL: await databaseUrl(t, engine), NODE_V8_COVERAGE: coverage }
  const server = startProgram(t, faultEnv(env))
  const url = await server.listens
  const account = { username: 'alice', password: 'correct horse battery staple' }
  t.equal((await call(`${url}/users`, { json: account })).status, 201)
  t.equal((await call(`${url}/token`, { form: { grant_type: 'password', ...account } })).status, 200)
  const native = readFileSync(`/proc/${server.child.pid}/maps`, 'utf8').match(/\/\S+\.node$/gm) ?? []
  server.child.kill('SIGTERM')
  await server.exit
  const scripts = readdirSync(coverage).flatMap(name =>
    JSON.parse(readFileSync(join(coverage, name), 'utf8')).result.map(({ url }: { url: string }) => url)
  )
  const names = [...scripts, ...native].map(path => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
  return [...new Set(names.filter(name => name !== undefined))]
}

t.test('An installation has the packages that docs/evidence/dependencies.md counts, by the lock file', async t => {
  t.same(wrongCount('an installation, on Node.js 22 and newer', lockedPackages(direct, 22).length), [])
  t.same(wrongCount('an installation, on Node.js 20', lockedPackages(direct, 20).length), [])
  for (const name of ['verifier', 'client']) {
    const { length } = lockedPackages(dependenciesOf(`packages/${name}`))
    t.same(wrongCount(`\`@sallyport/${name}\``, length), [])
  }
})

t.test('The program and the console contain the packages that docs/evidence/dependencies.md counts', async t => {
  t.same(wrongCount('compiled into the program', bundledPackages('dist/bin/licenses.txt').length), [])
  t.same(wrongCount('compiled into the console', bundledPackages('dist/console/licenses.txt').length), [])
})

for (const engine of engines)
  t.test(`A start and a login on ${engine} load the packages that docs/evidence/dependencies.md counts`, async t => {
    const loaded = await loadedPackages(t, engine)
    t.comment(loaded)
    const what = `loaded by a start and a login on ${engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'}`
    t.same(wrongCount(engine === 'sqlite' && node < 22 ? `${what}, on Node.js 20` : what, loaded.length), [])
  })

t.test('Every ceiling has a row, and every row a ceiling', async t => {
  t.same(
    rowsBelow('How many').map(([what]) => what),
    Object.keys(ceilings)
  )
})
