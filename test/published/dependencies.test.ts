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
const all = Object.entries(JSON.parse(read('package-lock.json')).packages as Record<string, Locked>)
const lock = all.filter(([path]) => path !== '' && !own.some(folder => path === folder || path === linkOf(folder)))
const nameOf = ([path, { name }]: [string, Locked]) => name ?? path.slice(path.lastIndexOf('node_modules/') + 13)

/** The packages with a line in the table under `heading` of docs/dependencies.md; the line must give a reason. */
function documented(heading: string): string[] {
  const [section = ''] = read('docs/dependencies.md').split(`\n## ${heading}\n`)[1]?.split('\n## ') ?? []
  const rows = section.split('\n').filter(line => line.startsWith('| `'))
  return rows.flatMap(row => {
    const [, packages = '', reason = ''] = row.split('|')
    return reason.trim() ? [...packages.matchAll(/`([^`]+)`/g)].map(match => String(match[1])) : []
  })
}

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

test('every dependency has a documented reason, and every reason a dependency', async t => {
  const { dependencies, optionalDependencies, devDependencies, peerDependencies } = manifest
  const peers = Object.keys(peerDependencies)
  const tools = Object.keys(devDependencies).filter(name => !peers.includes(name))
  t.strictSame(documented('At run time').sort(), Object.keys({ ...dependencies, ...optionalDependencies }).sort())
  t.strictSame(documented('At run time, where traces are wanted').sort(), peers.sort())
  t.strictSame(documented('To work on it').sort(), tools.sort())
})

test('every dependency of the small packages has a documented reason, and every reason a dependency', async t => {
  for (const folder of own) {
    const { name, dependencies = {}, peerDependencies = {} } = JSON.parse(read(`${folder}/package.json`))
    const heading = `At run time, in ${name}`
    t.strictSame(documented(heading).sort(), Object.keys({ ...dependencies, ...peerDependencies }).sort(), name)
  }
})

test('the packages that only traces need are optional, and the tests use the same range', async t => {
  for (const [name, range] of Object.entries(manifest.peerDependencies)) {
    t.strictSame(manifest.peerDependenciesMeta[name], { optional: true }, name)
    t.equal(manifest.devDependencies[name], range, name)
  }
})

test('ranges are carets, except where docs/dependencies.md says otherwise', async t => {
  const { peerDependencies, dependencies, optionalDependencies, devDependencies } = manifest
  const all = { ...peerDependencies, ...dependencies, ...optionalDependencies, ...devDependencies }
  t.strictSame(
    Object.entries(all)
      .filter(([, range]) => !/^\^\d+\.\d+\.\d+(-[\w.]+)?$/.test(range))
      .sort(),
    [
      ['@node-rs/bcrypt', '1.10.8'],
      ['@opentelemetry/api', '~1.9.1'],
      ['better-sqlite3-12', 'npm:better-sqlite3@^12.11.1'],
      ['typescript', '~5.9.3']
    ]
  )
})

test('the lock file matches package.json: npm ci accepts it', async t => {
  const folder = copyOfManifest(t)
  // As for the image, which needs none of the small packages.
  const without = npmCi(folder)
  t.equal(without.status, 0, without.stderr)
  for (const path of own) cpSync(join(root, path, 'package.json'), join(folder, path, 'package.json'))
  const { status, stderr } = npmCi(folder)
  t.equal(status, 0, stderr)
})

test('npm ci refuses a lock file that is behind package.json', async t => {
  const folder = copyOfManifest(t, ({ dependencies }) => {
    dependencies.uuid = '^13.0.0'
  })
  const { status, stderr } = npmCi(folder)
  t.equal(status, 1)
  // Without registry data in the cache, npm cannot even look up the newer package.
  t.match(stderr, /EUSAGE|ENOTCACHED/)
})

test('every package in the lock file has a hash and no URL: npm uses the configured registry', async t => {
  const strangers = lock.filter(
    ([, { resolved, integrity, link }]) => link || resolved !== undefined || !integrity?.startsWith('sha512-')
  )
  t.strictSame(strangers, [])
  t.strictSame(
    all.filter(([, { link }]) => link),
    own.map(folder => [linkOf(folder), { resolved: folder, link: true }])
  )
})

test('every installed package with an install script is listed as allowed or denied, and no other package', async t => {
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

test('every install script is explained, and no other package', async t => {
  t.strictSame(documented('Install scripts').sort(), Object.keys(manifest.allowScripts).sort())
})

test('the bill of materials names exactly the shipped packages (CycloneDX 1.5)', async t => {
  const printed = execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
  const bom = JSON.parse(printed)
  const components = bom.components as { name: string; version: string; purl: string; 'bom-ref': string }[]
  // An alias keeps its own name there; the reference has the name of the package.
  const named = components.map(component => component['bom-ref'])
  const shipped = lock.filter(([, { dev }]) => !dev).map(entry => `${nameOf(entry)}@${entry[1].version}`)

  t.equal(bom.bomFormat, 'CycloneDX')
  t.equal(bom.specVersion, '1.5')
  t.match(bom.metadata.component, { name: 'sallyport', version: JSON.parse(read('package.json')).version })
  t.strictSame(named.sort(), [...new Set(shipped)].sort())
  t.strictSame(
    Object.keys(manifest.dependencies).filter(name => !components.some(component => component.name === name)),
    []
  )
  t.ok(components.every(({ purl }) => purl.startsWith('pkg:npm/')))

  const refs = new Set([...components, bom.metadata.component].map(component => component['bom-ref']))
  const edges = bom.dependencies as { ref: string; dependsOn: string[] }[]
  t.ok(edges.every(({ ref, dependsOn }) => refs.has(ref) && dependsOn.every(name => refs.has(name))))
})
