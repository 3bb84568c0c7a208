import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { sqliteDriver } from '../../src/store/engine/sqlite-driver.ts'

const root = join(import.meta.dirname, '../..')
const run = (cwd: string, command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** The files of the repository from which `package.json` and the compiler build the package. */
const sources = [
  'package.json',
  'tsconfig.json',
  'LICENSE',
  'README.md',
  'bin',
  'migrations',
  'plugins',
  'routes',
  'src'
]

/**
 * Packs the repository with `npm pack`; resolves to the path of the tarball and the paths in it. It packs a copy, since
 * other tests may use `dist` meanwhile, and adds a leftover file to its `dist`.
 */
export function pack(t: Test): { tarball: string; files: string[] } {
  const folder = temporaryFolder(t)
  for (const path of sources) cpSync(join(root, path), join(folder, path), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  // `npm test` has checked the types of these sources when it built them.
  const settings = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8'))
  settings.compilerOptions.noCheck = true
  writeFileSync(join(folder, 'tsconfig.build.json'), JSON.stringify(settings))
  mkdirSync(join(folder, 'dist/test'), { recursive: true })
  writeFileSync(join(folder, 'dist/test/left-over.js'), '')

  run(folder, 'npm', 'pack')
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const tarball = join(folder, `${name}-${version}.tgz`)
  const files = run(folder, 'tar', 'tzf', tarball).trim().split('\n')
  return { tarball, files: files.map(path => path.replace(/^package\//, '')).sort() }
}

/**
 * An empty project with the package in it. Its dependencies are those of the repository's lock file, which npm has in
 * its cache after `npm ci`, besides the SQLite driver, which npm chooses for this Node.js. Their install scripts do not
 * run, since that of version 12 compiles SQLite for minutes; its output in the repository is copied.
 */
export function install(t: Test, tarball: string): string {
  const folder = temporaryFolder(t)
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const shipped = Object.entries<{ dev?: boolean; peer?: boolean }>(packages).filter(
    ([path, { dev, peer }]) => /^node_modules\/(?!better-sqlite3$|sallyport-)/.test(path) && !dev && !peer
  )
  const lock = { lockfileVersion: 3, packages: { '': {}, ...Object.fromEntries(shipped) } }
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  run(folder, 'npm', 'install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', tarball)
  const binary = 'build/Release/better_sqlite3.node'
  if (sqliteDriver().name === 'better-sqlite3-12')
    cpSync(join(root, 'node_modules/better-sqlite3-12', binary), join(folder, 'node_modules/better-sqlite3', binary))
  return folder
}

/** Outside of the repository, so that none of its files are found there. */
function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-package-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}
