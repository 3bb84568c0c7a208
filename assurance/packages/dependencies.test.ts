import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

interface Manifest {
  dependencies: Record<string, string>
  optionalDependencies: Record<string, string>
  devDependencies: Record<string, string>
  peerDependencies: Record<string, string>
  peerDependenciesMeta: Record<string, { optional: boolean }>
  overrides: Record<string, string>
  allowScripts: Record<string, boolean>
}

interface Locked {
  /** The package behind an alias. */
  name?: string
  version: string
  resolved?: string
  integrity?: string
  link?: boolean
  hasInstallScript?: boolean
  dev?: boolean
  devOptional?: boolean
}

const manifest = JSON.parse(read('package.json')) as Manifest
const linkOf = (folder: string) => folder.replace('packages', 'node_modules/@sallyport')
/** The small packages of this repository. */
const own = readdirSync(join(root, 'packages')).map(name => `packages/${name}`)
/** The folder of the driver for Node.js 20, whose packages are in the lock file of the root. */
const node20 = 'tools/node20'
const links = [...own.map(linkOf), 'node_modules/sallyport-node20']
/** The packages of a lock file that come from a registry. */
const lockOf = (folder: string) =>
  Object.entries(JSON.parse(read(join(folder, 'package-lock.json'))).packages as Record<string, Locked>).filter(
    ([path]) => !['', node20, ...own, ...links].includes(path)
  )
const lock = lockOf('.')
/** The other folders with packages of their own, which are installed when a command needs them. */
const tools = [
  'bench',
  'examples/spa',
  ...readdirSync(join(root, 'tools'))
    .map(name => join('tools', name))
    .filter(path => path !== node20)
]
const nameOf = ([path, { name }]: [string, Locked]) => name ?? path.slice(path.lastIndexOf('node_modules/') + 13)

const names = (text: string) => Array.from(text.matchAll(/`([^`]+)`/g), ([, name]) => String(name))

/** The items of the list under `heading` of docs/evidence/dependencies.md, without their dashes, each in one line. */
const itemsUnder = (heading: string) =>
  (read('docs/evidence/dependencies.md').split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
    .split(/\n(?=- |\n)/)
    .filter(item => item.startsWith('- '))
    .map(item => item.slice(2).replace(/\s+/g, ' '))

/** The packages with an item under `heading`; the item must give a reason. */
const documented = (heading: string): string[] =>
  itemsUnder(heading).flatMap(item => {
    const [packages = '', reason] = item.split(/(?<=`): /)
    return reason ? names(packages) : []
  })

/** The packages of `folder` among those that are installed for one command. */
const documentedTools = (folder: string) =>
  itemsUnder('For one command').flatMap(item => {
    const [path, ...packages] = names(item)
    return path === folder ? packages : []
  })

/** A copy of the manifest and its lock file in the test's own folder, with the manifest changed by `edit`. */
function copyOfManifest(t: Test, edit: (manifest: Manifest) => void = () => {}) {
  const folder = t.testdir()
  const copy = structuredClone(manifest)
  edit(copy)
  writeFileSync(join(folder, 'package.json'), JSON.stringify(copy))
  cpSync(join(root, 'package-lock.json'), join(folder, 'package-lock.json'))
  return folder
}

const npmCi = (cwd: string) =>
  spawnSync('npm', ['ci', '--dry-run', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd,
    encoding: 'utf8'
  })

test('Every dependency has a documented reason, and every reason a dependency', async t => {
  const { dependencies, optionalDependencies, devDependencies, peerDependencies, overrides } = manifest
  const peers = Object.keys(peerDependencies)
  const work = Object.keys(devDependencies).filter(name => !peers.includes(name))
  t.strictSame(documented('At run time').sort(), Object.keys({ ...dependencies, ...optionalDependencies }).sort())
  const optional = ['At run time, where traces are wanted', 'At run time, in @sallyport/client'].flatMap(documented)
  t.strictSame(optional.sort(), peers.sort())
  t.strictSame([...documented('To work on it'), ...documented('In the console')].sort(), work.sort())
  t.strictSame(documented('Overrides').sort(), Object.keys(overrides).sort())
  for (const folder of tools) {
    const { devDependencies } = JSON.parse(read(join(folder, 'package.json'))) as Manifest
    t.strictSame(documentedTools(folder).sort(), Object.keys(devDependencies).sort(), folder)
  }
})

test('Every dependency of the small packages has a documented reason, and every reason a dependency', async t => {
  for (const folder of own) {
    const { name, dependencies = {}, peerDependencies = {} } = JSON.parse(read(`${folder}/package.json`))
    const heading = `At run time, in ${name}`
    t.strictSame(documented(heading).sort(), Object.keys({ ...dependencies, ...peerDependencies }).sort(), name)
  }
})

test('The packages that only traces and React need are optional, and the tests use the same range', async t => {
  for (const [name, range] of Object.entries(manifest.peerDependencies)) {
    t.strictSame(manifest.peerDependenciesMeta[name], { optional: true }, name)
    t.equal(manifest.devDependencies[name], range, name)
  }
})

test('The lock file matches package.json: npm ci accepts it', async t => {
  const folder = copyOfManifest(t)
  // As for the image, which needs none of the small packages.
  const without = npmCi(folder)
  t.equal(without.status, 0, without.stderr)
  for (const path of own) cpSync(join(root, path, 'package.json'), join(folder, path, 'package.json'))
  const { status, stderr } = npmCi(folder)
  t.equal(status, 0, stderr)
})

for (const folder of tools) {
  test(`The lock file of ${folder} matches its package.json, and no package needs a script`, async t => {
    const copy = t.testdir()
    for (const name of ['package.json', 'package-lock.json']) cpSync(join(root, folder, name), join(copy, name))
    const { status, stderr } = npmCi(copy)
    t.equal(status, 0, stderr)
    // The script of bcrypt, which peers of the benchmark use, only looks for the binary, which is in the package.
    t.strictSame(
      lockOf(folder).filter(([path, { hasInstallScript }]) => hasInstallScript && path !== 'node_modules/bcrypt'),
      []
    )
  })
}

test('Every package in a lock file has a hash and no URL: npm uses the configured registry', async t => {
  for (const folder of ['.', ...tools]) {
    const strangers = lockOf(folder).filter(
      ([, { resolved, integrity, link }]) => link || resolved !== undefined || !integrity?.startsWith('sha512-')
    )
    t.strictSame(strangers, [], folder)
  }
})

test('Every installed package with an install script is listed as allowed or denied, and no other package', async t => {
  const withScript = lock.filter(([, { hasInstallScript }]) => hasInstallScript)
  const installed = withScript.filter(([path]) => existsSync(join(root, path))).map(nameOf)
  t.ok(installed.length > 0)
  t.strictSame(
    installed.filter(name => manifest.allowScripts[name] === undefined),
    []
  )
  const names = withScript.map(nameOf)
  t.strictSame(
    Object.keys(manifest.allowScripts).filter(name => !names.includes(name)),
    []
  )
})

test('Every install script is explained, and no other package', async t => {
  t.strictSame(documented('Install scripts').sort(), Object.keys(manifest.allowScripts).sort())
})

test('The bill of materials names exactly the shipped packages (CycloneDX 1.5)', async t => {
  const printed = execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
  const bom = JSON.parse(printed)
  const components = bom.components as { name: string; version: string; purl: string; 'bom-ref': string }[]
  // An alias keeps its own name there; the reference has the name of the package.
  const named = components.map(component => component['bom-ref'])
  // The packages in the console are compiled, so npm takes them for development dependencies.
  const inConsole = [...documented('In the console'), '@preact/signals-core', 'regexparam']
  const isShipped = ([, { dev, link }]: [string, Locked]) => !dev && !link
  const shipped = lock
    .filter(entry => isShipped(entry) || inConsole.includes(nameOf(entry)))
    .map(entry => `${nameOf(entry)}@${entry[1].version}`)

  t.equal(bom.bomFormat, 'CycloneDX')
  t.equal(bom.specVersion, '1.5')
  t.match(bom.metadata.component, { name: 'sallyport', version: JSON.parse(read('package.json')).version })
  t.strictSame(named.sort(), [...new Set(shipped)].sort())
  t.strictSame(
    Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }).filter(
      name => !components.some(component => component.name === name)
    ),
    []
  )
  const inProgram = read('dist/bin/licenses.txt').matchAll(/^(@?[\w./-]+) (\d\S*) \(/gm)
  t.strictSame(
    Array.from(inProgram, ([, name, version]) => `${name}@${version}`).filter(name => !named.includes(name)),
    []
  )
  t.ok(components.every(({ purl }) => purl.startsWith('pkg:npm/')))

  const refs = new Set([...components, bom.metadata.component].map(component => component['bom-ref']))
  const edges = bom.dependencies as { ref: string; dependsOn: string[] }[]
  t.ok(edges.every(({ ref, dependsOn }) => refs.has(ref) && dependsOn.every(name => refs.has(name))))
})
