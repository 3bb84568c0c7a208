import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { blocksOf } from './readme-commands.ts'

const root = join(import.meta.dirname, '..', '..')
const mark = '=== the end of a block ==='

/** How a page is run. */
export interface PageRun {
  /** The page, from the root of the project. */
  path: string
  /** Commands for what the page takes for granted, such as a server that runs. */
  before?: string
  /** What runs in place of a command that a test cannot run as it stands, by its text. */
  standIns?: Record<string, string>
}

/** Why the pages cannot be run here, or `false`; in CI nothing is skipped. */
export const skipPages: string | false =
  process.getuid?.() !== 0 && !process.env.CI && 'only root can have a network of its own'

/** The commands that start a server, as a job that can be stopped, and wait for it. */
export const startServer = `node node_modules/.bin/sallyport serve > server.log 2>&1 &
until curl -so /dev/null http://127.0.0.1:3000/readyz; do sleep 0.1; done
`

/** The command that makes the account of which every page speaks. */
export const makeAlice = `
printf 'correct horse battery staple' | npx sallyport users create alice --password-stdin > alice.txt
`

/**
 * Runs a page of the documentation as its reader would, from an empty folder with the package installed: code whose first
 * line names a file becomes that file, and `sh` blocks are run one after the other in one shell. Resolves to what each printed;
 * rejects when a command fails. It has a network of its own, so that port 3000 is free and nothing beyond is reached,
 * and what it leaves running ends with it.
 */
export async function runPage(t: Test, { path, before = '', standIns = {} }: PageRun): Promise<string[]> {
  const folder = install(t)
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
  const output = await runIsolated(folder, `${before}\necho '${mark}'\n${script.join('')}`)
  return output.split(`${mark}\n`).slice(1, -1)
}

/** The commands that write `code` to the file that its first line names; none where it names none. */
function writeFile(code: string): string {
  const name = /^(?:\/\/|#) ([\w./-]+\.\w+)\n/.exec(code)?.[1]
  return name === undefined ? '' : `cat > ${name} <<'=== the end of a file ==='\n${code}=== the end of a file ===\n`
}

/** An empty folder of a project in which the package and what its pages speak of is installed. */
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

/** Go compiles its library once for all runs, and less of it: without cgo, and without making it fast. */
const go = {
  CGO_ENABLED: '0',
  GOCACHE: join(tmpdir(), 'sallyport-go-build'),
  GOFLAGS: "'-gcflags=all=-N -l'"
}

async function runIsolated(folder: string, script: string): Promise<string> {
  // Without what tap loads into every process that Node starts.
  writeFileSync(join(folder, 'page.sh'), `unset NODE_OPTIONS\nip link set lo up\n${script}`)
  const isolated = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc']
  const shell = spawn('unshare', [...isolated, 'timeout', '300', 'bash', '-eo', 'pipefail', 'page.sh'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      ...go,
      DRAIN_DELAY: '0',
      BCRYPT_COST: '4',
      LOG_LEVEL: 'warn'
    },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const [output, errors, [code]] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'close')])
  if (code !== 0) throw new Error(`A command failed with ${code}:\n${output}\n${errors}`)
  return output
}
