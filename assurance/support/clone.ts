import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** The files of the repository from which its packages are built. */
const parts = [
  '.gitignore',
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'bin',
  'console',
  'migrations',
  'package-lock.json',
  'package.json',
  'packages',
  'plugins',
  'routes',
  'scripts',
  'src',
  'texts',
  'tsconfig.json'
]

/** Who commits in a clone. */
export const author = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap(who => [
    [`GIT_${who}_NAME`, 'Test'],
    [`GIT_${who}_EMAIL`, 'test@example.com']
  ])
)

/** The files of a clone that the program needs once it is built. */
export function copyBuilt(folder: string) {
  for (const path of ['package.json', 'bin', 'dist', 'migrations', 'texts'])
    cpSync(join(root, path), join(folder, path), { recursive: true })
}

const isNoOutput = (path: string) => !/\/(dist|node_modules)$/.test(path)

/**
 * Makes `folder` a clone of this repository after `npm ci`, with the files from which the packages are built and those
 * in `others`. Its builds do not check types, which `npm test` has done.
 */
export function cloneInto(folder: string, others: string[] = []) {
  for (const part of [...parts, ...others])
    cpSync(join(root, part), join(folder, part), { recursive: true, filter: isNoOutput })
  const build = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8'))
  build.compilerOptions.noCheck = true
  writeFileSync(join(folder, 'tsconfig.build.json'), JSON.stringify(build))
  mkdirSync(join(folder, 'node_modules'))
  // The cache of the types is of this repository.
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== '.cache') symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
}
