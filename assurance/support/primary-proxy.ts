import { join } from 'node:path'
import type { Test } from 'tap'
import { freePort } from '../../test/support/free-port.ts'
import { startListening } from './listening.ts'

/**
 * HAProxy in front of machines with Patroni, which it reaches from the network namespace `space`. Resolves to its ports
 * on 127.0.0.1: `postgres` is that of the primary, and `rest` has those of each Patroni. Stopped when the test ends.
 */
export async function startPrimaryProxy<Name extends string>(
  t: Test,
  space: string,
  addresses: Record<Name, string>
): Promise<{ postgres: number; rest: number[] }> {
  const postgres = await freePort()
  const rest: number[] = []
  const servers: string[] = []
  const listens: string[] = []
  for (const [name, address] of Object.entries(addresses)) {
    const port = await freePort()
    rest.push(port)
    servers.push(`  server ${name} ${address}:5432 namespace ${space}`)
    listens.push(`listen ${name}
  bind 127.0.0.1:${port}
  mode http
  server ${name} ${address}:8008 namespace ${space}`)
  }
  const folder = t.testdir({
    // Without redispatch, HAProxy would keep trying a primary that has ended.
    'haproxy.cfg': `defaults
  timeout connect 1s
  timeout check 1s
  timeout client 1h
  timeout server 1h
listen postgres
  bind 127.0.0.1:${postgres}
  option redispatch 1
  option httpchk GET /primary
  default-server check port 8008 inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
${servers.join('\n')}
${listens.join('\n')}
`
  })
  await startListening(t, postgres, ['haproxy', '-db', '-f', join(folder, 'haproxy.cfg')])
  return { postgres, rest }
}
