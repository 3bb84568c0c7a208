import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../test/support/free-port.ts'
import { startProgram } from './processes.ts'

// Debian installs it in a folder that is only on root's PATH.
const env = { PATH: `${process.env.PATH}:/usr/sbin` }

/** How many connections to PostgreSQL PgBouncer shares among its clients: its own default. */
export const sharedConnections = 20

/** Whether PgBouncer is installed. */
export const hasPgBouncer = () => spawnSync('pgbouncer', ['--version'], { env }).status === 0

/** Starts PgBouncer in transaction mode before the PostgreSQL at `databaseUrl`; resolves to its port. */
export async function startPgBouncer(databaseUrl: string) {
  const port = await freePort()
  // PgBouncer refuses to run as root, and another user cannot read root's own temporary folder.
  const user = process.getuid?.() === 0 ? { uid: idOfNobody('-u'), gid: idOfNobody('-g') } : undefined
  const folder = mkdtempSync(join(user ? '/tmp' : tmpdir(), 'sallyport-pgbouncer-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(file, settings(new URL(databaseUrl), port))
  if (user) for (const path of [folder, file]) chownSync(path, user.uid, user.gid)

  const isReady = () => accepts(port)
  const command = ['pgbouncer', '-q', file]
  // Only this signal does not wait for clients.
  const { stop } = await startProgram({ command, cwd: folder, env, user, stopSignal: 'SIGQUIT', isReady })
  return { port, stop }
}

const settings = ({ hostname, port, username, password }: URL, listenPort: number) => `[databases]
* = host=${hostname} port=${port} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${sharedConnections}
max_client_conn = 1000
max_prepared_statements = 200
ignore_startup_parameters = extra_float_digits, statement_timeout, lock_timeout, idle_in_transaction_session_timeout
`

function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const isOpen = new Promise<boolean>(resolve => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  })
  return isOpen.finally(() => socket.destroy())
}

const idOfNobody = (option: '-u' | '-g') => Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }))
