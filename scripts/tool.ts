import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

// `tsx scripts/tool.ts FOLDER PROGRAM …`: runs a program with the packages of a folder that has its own package.json,
// such as `tools/static`. `npm ci` does not install these packages, because the server and `npm test` do not need them.

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Installs the packages of `folder` when its lock file is not the one that was installed last, without their install
 * scripts, as tools need none.
 */
export function installPackages(folder: string): void {
  const cwd = resolve(root, folder)
  const lock = join(cwd, 'package-lock.json')
  const installed = join(cwd, 'node_modules/.installed-lock.json')
  if (existsSync(installed) && readFileSync(installed).equals(readFileSync(lock))) return
  console.error(`Installing the packages of ${folder}/package.json`)
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, error } = spawnSync('npm', args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`npm ci failed in ${folder}${error ? `: ${error.message}` : ''}`)
  copyFileSync(lock, installed)
}

/** The environment in which the programs of `folder` come first. */
export const withTools = (folder: string): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: [resolve(root, folder, 'node_modules/.bin'), process.env.PATH].join(delimiter)
})

if (import.meta.url === pathToFileURL(String(process.argv[1])).href) {
  const [folder = '', program = '', ...args] = process.argv.slice(2)
  installPackages(folder)
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', env: withTools(folder) })
  if (error) throw error
  process.exitCode = status ?? 1
}
