import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { writeCertificate } from './certificate.ts'
import { debianEnv } from './debian.ts'
import { startListening } from './listening.ts'

/** The proxies that have a configuration in `deploy/`. */
export const proxies = ['haproxy', 'nginx'] as const
export type ProxyName = (typeof proxies)[number]

/** Where a proxy listens, and the ports of the two nodes behind it, all on 127.0.0.1. */
interface Places {
  port: number
  nodes: [number, number]
}

interface Options {
  /** The nodes answer one after the other. */
  takesTurns?: boolean
  /** TLS as in `deploy/`, with a certificate of the test's own; otherwise none. */
  tls?: boolean
}

/**
 * Starts `name` with the configuration of `deploy/`, in the test's own folder, and with a header `X-Node` that has the
 * address of the node that answered; stopped when the test ends.
 */
export async function startProxy(t: Test, name: ProxyName, places: Places, options: Options = {}) {
  const { file, args, edit } = kinds[name]
  const deployed = readFileSync(new URL(`../../deploy/${file}`, import.meta.url), 'utf8')
  const folder = t.testdir({ [file]: edit(deployed, places, t.testdirName, options) })
  const certificate = options.tls ? writeCertificate(folder) : undefined
  const checked = spawnSync(name, args(folder, join(folder, file), true), { env: debianEnv, encoding: 'utf8' })
  if (checked.status !== 0) throw new Error(describe(checked))
  // SIGKILL would leave the workers running.
  await startListening(t, places.port, [name, ...args(folder, join(folder, file), false)])
  return { url: `http${options.tls ? 's' : ''}://127.0.0.1:${places.port}`, folder, certificate }
}

const describe = ({ stdout, stderr }: SpawnSyncReturns<string>) => `The configuration is not valid: ${stdout}${stderr}`

interface Kind {
  file: string
  args(folder: string, path: string, checks: boolean): string[]
  edit(text: string, places: Places, folder: string, options: Options): string
}

const kinds: Record<ProxyName, Kind> = {
  haproxy: {
    file: 'haproxy.cfg',
    args: (_folder, path, checks) => [checks ? '-c' : '-db', '-f', path],
    edit: (text, { port, nodes }, folder, { takesTurns, tls }) =>
      apply(text, [
        ['  log stdout format raw local0\n', ''],
        // Each connection takes two file descriptors, and a test may not have that many.
        ['maxconn 10000', 'maxconn 200'],
        tls ? ['/etc/haproxy/tls', folder] : [/ ssl crt .*/, ''],
        ['bind :443', `bind 127.0.0.1:${port}`],
        [/^backend .*/gm, '$&\n  http-response set-header X-Node %si:%sp'],
        [/sallyport-1:3000/g, `127.0.0.1:${nodes[0]}`],
        [/sallyport-2:3000/g, `127.0.0.1:${nodes[1]}`],
        // Each backend has its own turns, so only one is left.
        ...(takesTurns
          ? ([
              [/balance leastconn/g, 'balance roundrobin'],
              [/ +use_backend .*\n/, '']
            ] as Edit[])
          : [])
      ])
  },
  nginx: {
    file: 'nginx.conf',
    args: (folder, path, checks) => [
      ...(checks ? ['-t', '-q'] : []),
      ...['-p', folder, '-e', join(folder, 'error.log'), '-c', path, '-g', 'daemon off;']
    ],
    edit: (text, { port, nodes }, folder, { takesTurns, tls }) =>
      apply(text, [
        ['/run/nginx.pid', join(folder, 'nginx.pid')],
        ['/var/log/nginx/error.log', join(folder, 'error.log')],
        ['/var/log/nginx/access.log', join(folder, 'access.log')],
        [/^http \{/m, `$&\n${temporary.map(kind => `  ${kind}_temp_path ${join(folder, kind)};`).join('\n')}`],
        ['listen 443', `listen 127.0.0.1:${port}`],
        [/ +listen \[::\]:443 ssl;\n/, ''],
        tls ? [/\/etc\/nginx\/tls/g, folder] : [/ ssl(?=;)| +(http2 on|ssl_\w+ [^;]+);\n/g, ''],
        [/^ +server_name .*/m, '$&\n    add_header X-Node $upstream_addr always;'],
        ['sallyport-1:3000', `127.0.0.1:${nodes[0]}`],
        ['sallyport-2:3000', `127.0.0.1:${nodes[1]}`],
        // Each worker keeps its own round-robin counter, and skips a node that has failed.
        ...(takesTurns
          ? ([
              ['worker_processes auto', 'worker_processes 1'],
              [/max_fails=1/g, 'max_fails=0']
            ] as Edit[])
          : [])
      ])
  }
}

const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

type Edit = [from: string | RegExp, to: string]

/** Applies these edits to the configuration; each must match. */
function apply(text: string, edits: Edit[]): string {
  let edited = text
  for (const [from, to] of edits) {
    const next = edited.replace(from, to)
    if (next === edited) throw new Error(`The configuration in deploy/ has no ${from}`)
    edited = next
  }
  return edited
}
