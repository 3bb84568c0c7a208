import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { nobody } from '../../test/support/embedded-postgres.ts'
import { freePort } from '../../test/support/free-port.ts'
import { startListening } from './listening.ts'

/**
 * Starts PgBouncer in transaction mode in front of the PostgreSQL at `server`, with few connections of its own, so that
 * a client's transactions use different ones. It knows no named statements, as Supavisor. Resolves to the URL of the
 * same database; stopped when the test ends.
 */
export async function startPgBouncer(t: Test, server: string): Promise<string> {
  const port = await freePort()
  const to = new URL(server)
  // PgBouncer refuses to run as root.
  const user = process.getuid?.() === 0 ? nobody() : {}
  const folder = mkdtempSync('/tmp/sallyport-pgbouncer-')
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(
    file,
    `[databases]
* = host=${to.hostname} port=${to.port} user=${to.username} password=${to.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
max_prepared_statements = 0
`
  )
  execFileSync('chmod', ['-R', 'a+rX', folder])
  // The other signals wait for its clients.
  await startListening(t, port, ['pgbouncer', '--quiet', file], { ...user, signal: 'SIGQUIT' })
  const url = new URL(server)
  url.port = String(port)
  return url.href
}
