import { isWildcard, localUrl, pathOf } from '../config/addresses.ts'
import type { Config } from '../config/config.ts'

/** Where a server will run. */
export interface Deployment {
  /** The working folder, from which relative paths of the settings count. */
  folder: string
  /** The program and its first arguments. */
  program: string[]
  /** The name or number of the user, if it is known. */
  user: string | undefined
  /** The name of this machine, for a proxy on another one. */
  machine: string
}

/** The steps after the settings are written, a line each; `command` is the command of this program. */
export function nextSteps(
  config: Pick<Config, 'issuer' | 'host' | 'port' | 'trustProxy'>,
  place: Deployment,
  command: (args: string) => string
): string[] {
  const proxy = ['nginx, in the server block with TLS:', ...indented(proxyLines(config, place.machine))]
  return [
    `Start the server:       NODE_ENV=production ${command('serve')}`,
    `Make an administrator:  ${command('setup-link')}`,
    `Check it when it runs:  ${command('doctor')}`,
    ...(config.trustProxy.length > 0 ? proxy : []),
    `systemd, in /etc/systemd/system/sallyport.service${place.user === undefined ? ', with the user of the server' : ''}:`,
    ...indented(unitLines(place))
  ]
}

/** The lines, as a block below a sentence. */
const indented = (lines: string[]) => lines.map(line => `  ${line}`)

/** The lines for nginx that pass the requests for `issuer` to the server. Its own path is removed (RFC 8414 §3.1). */
function proxyLines({ issuer, host, port }: Pick<Config, 'issuer' | 'host' | 'port'>, machine: string) {
  const path = pathOf(issuer)
  const url = localUrl(isWildcard(host) ? machine : host, port)
  return [
    'proxy_set_header X-Forwarded-For $remote_addr;',
    'proxy_next_upstream off; client_max_body_size 16k;',
    path === '' ? `location / { proxy_pass ${url}; }` : `location ${nginxWord(`${path}/`)} { proxy_pass ${url}/; }`,
    ...(path === ''
      ? []
      : [`location = ${nginxWord(`/.well-known/oauth-authorization-server${path}`)} { proxy_pass ${url}; }`])
  ]
}

/** nginx compares decoded paths. */
const nginxWord = (path: string) => (/^[\w.~/-]+$/.test(path) ? path : `"${decodeURI(path).replace(/["\\]/g, '\\$&')}"`)

/** The lines of a systemd unit that runs the server. */
const unitLines = ({ folder, program, user }: Deployment) => [
  '[Service]',
  `ExecStart=${program.map(unitWord).join(' ')}`,
  `WorkingDirectory=${folder.replaceAll('%', '%%')}`,
  `User=${user ?? 'USER'}`,
  'Environment=NODE_ENV=production',
  'Restart=on-failure',
  '[Install]',
  'WantedBy=multi-user.target'
]

/** An argument of ExecStart (systemd.service(5), "Command lines"). */
function unitWord(text: string): string {
  const escaped = text.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w%$./:@+=,-]+$/.test(escaped) ? escaped : `"${escaped.replace(/["\\]/g, '\\$&')}"`
}
