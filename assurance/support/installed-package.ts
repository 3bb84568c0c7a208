import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { sqliteDriver } from '../../src/store/engine/sqlite-driver.ts'
import { cloneInto } from './clone.ts'

const root = join(import.meta.dirname, '../..')
const run = (cwd: string, command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/**
 * Packs the package in the folder `path` of the repository with `npm pack`. Returns the path of the tarball, the paths
 * in it, and the size of its files in bytes. It packs a clone, since other tests may use `dist` meanwhile, and adds a
 * leftover file to its `dist`.
 */
export function pack(t: Test, path = '.'): { tarball: string; files: string[]; bytes: number } {
  const folder = temporaryFolder(t)
  cloneInto(folder)
  mkdirSync(join(folder, path, 'dist/test'), { recursive: true })
  writeFileSync(join(folder, path, 'dist/test/left-over.js'), '')

  const answer = run(join(folder, path), 'npm', 'pack', '--silent', '--json', '--pack-destination', folder)
  const [{ filename, files, unpackedSize }] = JSON.parse(answer)
  const paths = files.map(({ path }: { path: string }) => path)
  return { tarball: join(folder, filename), files: paths, bytes: unpackedSize }
}

/** The lock file of the repository for another project, without the SQLite driver and what only the tests need. */
export function lockOfShipped(): string {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const shipped = Object.entries<{ dev?: boolean; peer?: boolean; link?: boolean }>(packages).filter(
    ([path, { dev, peer, link }]) => /^node_modules\/(?!better-sqlite3$)/.test(path) && !dev && !peer && !link
  )
  return JSON.stringify({ lockfileVersion: 3, packages: { '': {}, ...Object.fromEntries(shipped) } })
}

/**
 * An empty project with the package in it. Its dependencies are those of the repository's lock file, which npm has in
 * its cache after `npm ci`, besides the SQLite driver, which npm chooses for this Node.js. Their install scripts do not
 * run, since that of version 12 compiles SQLite for minutes; its output in the repository is copied.
 */
export function install(t: Test, tarball: string): string {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'package-lock.json'), lockOfShipped())
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  run(folder, 'npm', 'install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', tarball)
  const driver = join(folder, 'node_modules/better-sqlite3')
  const binary = 'build/Release/better_sqlite3.node'
  if (existsSync(driver) && sqliteDriver().name === 'better-sqlite3-12')
    cpSync(join(root, 'node_modules/better-sqlite3-12', binary), join(driver, binary))
  return folder
}

/** What the check of `npm run release` finds in a packed package, a line each. */
export function packageProblems(tarball: string): string[] {
  const checker = join(root, 'tools/published/check-package.mjs')
  // Without the code that tap loads into every process that Node.js starts.
  const env = { ...process.env, NODE_OPTIONS: '' }
  const { stderr } = spawnSync(process.execPath, [checker, tarball], { encoding: 'utf8', env })
  return stderr.split('\n').filter(line => line !== '')
}

/** The options of a strict compiler, for a project that has no types of Node.js. */
const compilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  module: 'nodenext',
  target: 'es2023',
  skipLibCheck: true,
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')]
}

/** Makes packages of the repository available to the programs of a project. */
export function link(project: string, names: Record<string, string>): void {
  for (const [name, to] of Object.entries(names)) {
    const path = join(project, 'node_modules', name)
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(to, path)
  }
}

/** Compiles the programs in the folder of a project with a strict compiler, also as bundlers do, and runs each. */
export function tryPrograms(t: Test, project: string, programs: string[]) {
  const names = programs.map((_, at) => `program-${at}`)
  for (const [at, program] of programs.entries()) writeFileSync(join(project, `${names[at]}.ts`), program)
  const settings = { compilerOptions, files: names.map(name => `${name}.ts`) }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(settings))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  for (const how of [[], ['--noEmit', '--module', 'esnext', '--moduleResolution', 'bundler']]) {
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', project, ...how], { encoding: 'utf8' })
    t.equal(status, 0, stdout)
  }
  for (const name of names) t.doesNotThrow(() => execFileSync(process.execPath, [`${name}.js`], { cwd: project }), name)
}

/** Outside of the repository, so that none of its files are found there. */
function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-package-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}
