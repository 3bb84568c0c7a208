import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { sqliteDriver } from '../../src/store/engine/sqlite-driver.ts'
import { blocksOf } from '../../test/support/readme-commands.ts'
import { cloneInto } from './clone.ts'
import { lockOfShipped } from './installed-package.ts'

const root = join(import.meta.dirname, '..', '..')
const mark = '=== the end of a block ==='

/** The options of a page run. */
export interface PageRun {
  /** The path of the page, from the root of the project. */
  path: string
  /** Commands that set up what the page assumes, such as a running server. */
  before?: string
  /** Adds a clone of this repository, `sallyport`, in which the page begins, and a project where it makes `my-app`. */
  fromClone?: boolean
  /** Packages of the registry that the page installs from there. npm gets them before the run, which has no registry. */
  fetched?: string[]
  /** Replacements for commands that a test cannot run unchanged, by the text of the command. */
  standIns?: Record<string, string>
}

/** A page whose blocks the tests run. */
export interface PageRow extends PageRun {
  /** How this run differs from another one of the page, for its title. */
  how?: string
  /** Programs and modules of Python without which the page is skipped. */
  needs?: string[]
  /** The expected output of each block of commands, or its check. */
  prints: (RegExp | ((t: Test, output: string) => void))[]
  /** Why the page is skipped here, or `false`. */
  skip?: string | false
}

/** Why the pages cannot be run here, or `false`; in CI nothing is skipped. */
export const skipPages: string | false =
  process.getuid?.() !== 0 && !process.env.CI && 'only root can have a network of its own'

/** The commands that start a server as a background job, and wait for it. */
export const serveCommand = `node node_modules/.bin/sallyport serve > server.log 2>&1 &
until curl -so /dev/null http://127.0.0.1:3000/readyz; do sleep 0.1; done
`

/** The command that gives an installed SQLite driver its binary, which npm compiles for minutes on Node.js 20. */
export const copySqlite =
  sqliteDriver().name === 'better-sqlite3-12'
    ? `cp -r ${join(root, 'node_modules/better-sqlite3-12/build')} node_modules/better-sqlite3\n`
    : ''

/** The command that creates the account that every page uses. */
export const makeAlice = `
printf 'correct horse battery staple' | npx sallyport users create alice --password-stdin > alice.txt
`

/** The commands that log alice in, and give her an authenticator app and recovery codes. */
export const enrolAlice = `
curl -s http://127.0.0.1:3000/token -d grant_type=password -d username=alice \\
  --data-urlencode 'password=correct horse battery staple' > tokens.json
AUTHORIZATION="Authorization: Bearer $(node -p 'require("./tokens.json").access_token')"
curl -s http://127.0.0.1:3000/users/me/factors -H "$AUTHORIZATION" --json '{"type": "totp"}' > factor.json
CODE=$(oathtool --totp --base32 "$(node -p 'require("./factor.json").secret')")
curl -s "http://127.0.0.1:3000/users/me/factors/$(node -p 'require("./factor.json").id')/confirm" -H "$AUTHORIZATION" \\
  --json "{\\"code\\": \\"$CODE\\"}" > recovery.json
`

/**
 * Runs a page of the documentation as its reader would, from an empty folder with the package installed: code whose
 * first line names a file becomes that file, and `sh` blocks are run one after the other in one shell. Resolves to the
 * output of each block; rejects when a command fails. The run has its own network, so that port 3000 is free and
 * nothing outside is reached. Processes that it leaves running are killed when it ends.
 */
export async function runPage(
  t: Test,
  { path, before = '', fromClone = false, fetched = [], standIns: given = {} }: PageRun
): Promise<string[]> {
  const folder = install(t)
  const standIns = fromClone ? { 'mkdir -p ../my-app': 'mv ../project ../my-app', ...given } : given
  if (fromClone) addCloneAndProject(folder)
  if (fetched.length > 0) fetchPackages(folder, fetched)
  const unused = new Set(Object.keys(standIns))
  const script = blocksOf(join(root, path)).map(({ language, code }) => {
    if (language !== 'sh') return writeFile(code)
    let commands = code
    for (const [command, standIn] of Object.entries(standIns)) {
      if (commands.includes(command)) unused.delete(command)
      commands = commands.replaceAll(command, () => standIn)
    }
    return `${commands}\necho '${mark}'\n`
  })
  if (unused.size > 0) throw new Error(`${path} has no ${[...unused].join(', ')}: take its stand-in away`)
  const output = await runIsolated(
    folder,
    `${before}\n${fromClone ? 'cd sallyport' : ''}\necho '${mark}'\n${script.join('')}`
  )
  return output.split(`${mark}\n`).slice(1, -1)
}

/** The commands that write `code` to the file that its first line names; none if it names no file. */
function writeFile(code: string): string {
  const name = /^(?:\/\/|#) ([\w./-]*\.\w+)\n/.exec(code)?.[1]
  return name === undefined ? '' : `cat > ${name} <<'=== the end of a file ==='\n${code}=== the end of a file ===\n`
}

/** An empty project folder in which the package and the dependencies of its pages are installed. */
function install(t: Test): string {
  const folder = t.testdir({ 'package.json': '{ "type": "module" }' })
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '.bin'), { recursive: true })
  const link = (name: string) => symlinkSync(join(root, 'node_modules', name), join(modules, name))
  for (const name of readdirSync(join(root, 'node_modules'))) if (!name.startsWith('.')) link(name)
  for (const name of readdirSync(join(root, 'node_modules', '.bin'))) link(`.bin/${name}`)
  symlinkSync(root, join(modules, 'sallyport'))
  symlinkSync(join(root, 'bin', 'sallyport.cjs'), join(modules, '.bin', 'sallyport'))
  return folder
}

/** In the project, npm installs what it has in its cache, in the versions of the repository's lock file. */
function addCloneAndProject(folder: string) {
  const [clone, project] = ['sallyport', 'project'].map(name => join(folder, name)) as [string, string]
  for (const path of [clone, project]) mkdirSync(path)
  cloneInto(clone)
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(project, 'package-lock.json'), lockOfShipped())
  const setting = (name: string) => execFileSync('npm', ['config', 'get', name], { cwd: root, encoding: 'utf8' }).trim()
  const shared = ['cache', 'registry'].map(name => `${name}=${setting(name)}\n`)
  writeFileSync(join(folder, '.npmrc'), `${shared.join('')}offline=true\naudit=false\nupdate-notifier=false\n`)
}

/** Puts packages of the registry, and all that they need, into npm's cache, unless they are there. */
function fetchPackages(folder: string, names: string[]) {
  const cwd = join(folder, 'fetched')
  mkdirSync(cwd)
  writeFileSync(join(cwd, 'package.json'), '{}')
  execFileSync('npm', ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', ...names], {
    cwd,
    stdio: 'pipe'
  })
}

/** Go compiles its library once for all runs, and less of it: without cgo, and without optimizations. */
export const go = {
  CGO_ENABLED: '0',
  GOCACHE: join(tmpdir(), 'sallyport-go-build'),
  GOFLAGS: "'-gcflags=all=-N -l'"
}

async function runIsolated(folder: string, script: string): Promise<string> {
  // Without the code that tap loads into every process that Node.js starts.
  writeFileSync(join(folder, 'page.sh'), `unset NODE_OPTIONS\nip link set lo up\n${script}`)
  const isolated = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc']
  const shell = spawn('unshare', [...isolated, 'timeout', '300', 'bash', '-eo', 'pipefail', 'page.sh'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      ...go,
      BCRYPT_COST: '4',
      LOG_LEVEL: 'warn'
    },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const [output, errors, [code]] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'close')])
  if (code !== 0) throw new Error(`A command failed with ${code}:\n${output}\n${errors}`)
  return output
}
