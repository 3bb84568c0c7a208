import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'tap'
import { ConfigSchema, envName } from '../../src/config/config.ts'
import { risksOf } from '../../src/config/risks.ts'
import { loadConfig } from '../../src/wiring/load-config.ts'
import { createApp } from '../support/app.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const dockerfile = read('deploy/Dockerfile')
const kubernetes = read('deploy/kubernetes.yaml')
const compose = read('deploy/compose.yaml')
const unit = read('deploy/sallyport.service')
const nginx = read('deploy/nginx.conf')
const haproxy = read('deploy/haproxy.cfg')
const manifest = JSON.parse(read('package.json'))

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(match => String(match[1]))
const pairs = (text: string, pattern: RegExp) =>
  Object.fromEntries([...text.matchAll(pattern)].map(([, name, value]) => [name, value] as [string, string]))
const seconds = (text: string, pattern: RegExp) => Number(pattern.exec(text)?.[1])

/** The settings that each file gives the server. */
const environments: Record<string, Record<string, string>> = {
  Dockerfile: pairs(/^ENV .*/m.exec(dockerfile)?.[0] ?? '', /([A-Z_]+)=(\S+)/g),
  'kubernetes.yaml': pairs(
    kubernetes.replaceAll('$(POD_IP)', '10.0.0.1'),
    /\{ name: ([A-Z_]+), value: "?([^"}]*?)"? \}/g
  ),
  'compose.yaml': pairs(/^x-node:[\s\S]*?^services:/m.exec(compose)?.[0] ?? '', /^ {4}([A-Z_]+): "?(.*?)"?$/gm),
  'sallyport.service': pairs(unit, /^Environment=([A-Z_]+)=(.*)$/gm)
}
/** What the environment has, and no file. */
const withoutFiles = (environment: Record<string, string>) =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.endsWith('_FILE')))

const settings = Object.keys(ConfigSchema.properties).map(envName)

test('Every file uses known settings with valid values', async t => {
  for (const [file, environment] of Object.entries(environments)) {
    const names = Object.keys(environment).map(name => name.replace(/_FILE$/, ''))
    t.ok(names.includes('DATABASE_URL'), file)
    const unknown = names.filter(name => ![...settings, 'NODE_ENV', 'NODE_COMPILE_CACHE'].includes(name))
    t.strictSame(unknown, [], file)
    // Values that come from files cannot be read here.
    const secrets = { DATABASE_URL: 'postgres://user:password@host/database', SECRET: 'x'.repeat(32) }
    t.ok(loadConfig({ ...withoutFiles(environment), ...secrets }, t.testdir()), file)
  }
})

test('Every way to run a server refuses insecure settings', async t => {
  t.equal(environments.Dockerfile?.NODE_ENV, 'production')
  t.equal(environments['sallyport.service']?.NODE_ENV, 'production')
  // These two run the image.
  for (const file of ['kubernetes.yaml', 'compose.yaml']) t.notOk('NODE_ENV' in (environments[file] ?? {}))
  for (const environment of Object.values(environments)) {
    t.notOk('INSECURE' in environment)
    const { NODE_ENV, ...values } = withoutFiles(environment)
    t.strictSame(risksOf(loadConfig({ ...values, DATABASE_URL: 'sqlite::memory:' }, t.testdir())), [])
  }
})

test('docs/run.md names only existing settings', async t => {
  const named = all(read('docs/run.md'), /`([A-Z][A-Z_]+)(?:=[^`]*)?`/g).filter(
    // Node.js reads the other one.
    name => name.includes('_') && name !== 'NODE_ENV'
  )
  t.ok(named.length > 0)
  t.strictSame(
    named.filter(name => !settings.includes(name.replace(/_FILE$/, ''))),
    []
  )
})

test('The image is built on one pinned version of Node that package.json allows', async t => {
  const bases = all(dockerfile, /^FROM node:(\S+)/gm)
  t.equal(bases.length, 3)
  const [version = ''] = new Set(bases.map(tag => tag.split('-')[0]))
  t.strictSame([...new Set(bases.map(tag => tag.replace(/-slim$/, '')))].length, 1)
  t.match(version, /^\d+\.\d+\.\d+$/)
  t.match(bases.at(-1), /-slim$/)
  const [, newest] = />=(\d+)$/.exec(manifest.engines.node) ?? []
  t.ok(Number.parseInt(version, 10) >= Number(newest))
})

test('The files that the image needs exist and pass .dockerignore', async t => {
  const sources = dockerfile
    .split('\n')
    .filter(line => line.startsWith('COPY ') && !line.includes('--from'))
    .flatMap(line => line.split(' ').slice(1, -1))
  const [everything, ...passed] = read('.dockerignore')
    .split('\n')
    .filter(line => line && !line.startsWith('#'))
  t.equal(everything, '*')
  t.strictSame([...new Set(sources)].sort(), passed.map(line => line.replace(/^!/, '')).sort())
  t.ok(sources.every(source => existsSync(join(root, source))))
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
  const shipped: string[] = manifest.files.filter((path: string) => !path.startsWith('!'))
  for (const path of new Set([...shipped, 'package.json', 'node_modules'].map(path => path.split('/')[0] ?? path)))
    t.match(last, new RegExp(`^COPY .*\\b${path}\\b`, 'm'), path)
})

test('The image runs node directly, as a numeric user other than root', async t => {
  const [user = ''] = all(dockerfile, /^USER (\d+):\d+$/gm)
  t.ok(Number(user) > 0)
  t.equal(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1], '["node", "--max-semi-space-size=4", "bin/sallyport.cjs"]')
  t.match(dockerfile, /^STOPSIGNAL SIGTERM$/m)
  t.match(dockerfile, `install -d -o ${user} -g ${user}`)
  t.match(kubernetes, `runAsUser: ${user}\n`)
})

test('The health check of the image exits with 0 where /readyz answers 200, and with 1 where it answers 503', async t => {
  for (const [status, code] of [
    [200, 0],
    [503, 1]
  ] as const) {
    const asked: unknown[] = []
    const server = createServer(({ url }, answer) => {
      asked.push(url)
      answer.writeHead(status).end()
    }).listen(0, '127.0.0.1')
    t.teardown(() => server.close())
    await once(server, 'listening')
    const [, ...args] = JSON.parse(/^ {2}CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]')
    const { port } = server.address() as AddressInfo
    const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, PORT: String(port) } })
    t.strictSame(await once(child, 'exit'), [code, null])
    t.strictSame(asked, ['/readyz'])
  }
})

test('Probes and ports match the server', async t => {
  const port = String(ConfigSchema.properties.port.default)
  t.strictSame(all(dockerfile, /^EXPOSE (\d+)$/gm), [port])
  t.equal(environments.Dockerfile?.PORT, port)
  t.equal(environments['kubernetes.yaml']?.PORT, port)
  t.match(kubernetes, `{ name: http, containerPort: ${port} }`)
  t.strictSame([...new Set(all(nginx + haproxy, /sallyport-\d:(\d+)/g))], [port])
  t.strictSame(all(kubernetes, /httpGet: \{ path: (\S+), port: http \}/g), ['/livez', '/livez', '/readyz'])
  t.match(haproxy, 'http-check send meth GET uri /readyz ')
  const { paths } = JSON.parse(read('docs/openapi.json'))
  t.ok('/livez' in paths && '/readyz' in paths)
})

test('Prometheus uses the metrics port, which listens on the address of the pod', async t => {
  const port = environments['kubernetes.yaml']?.METRICS?.replace('10.0.0.1:', '')
  t.match(kubernetes, '{ name: POD_IP, valueFrom: { fieldRef: { fieldPath: status.podIP } } }')
  t.strictSame(all(kubernetes, /prometheus\.io\/port: "(\d+)"/g), [port])
  t.match(kubernetes, `{ name: metrics, containerPort: ${port} }`)
})

test('Each port of a pod admits only the pods of one namespace with one label', async t => {
  const [policy = ''] = kubernetes.split('---').filter(part => part.includes('kind: NetworkPolicy'))
  const rules = policy.slice(policy.indexOf('  ingress:')).split('    - ports: ').slice(1)
  t.strictSame(
    rules.map(rule => /port: (\w+)/.exec(rule)?.[1]),
    ['http', 'metrics']
  )
  t.match(
    policy,
    /podSelector:\n {4}matchLabels: \{ app\.kubernetes\.io\/name: sallyport \}\n {2}policyTypes: \[Ingress\]/
  )
  for (const rule of rules) {
    // One entry with both selectors: two entries would admit the pods of either.
    t.equal(all(rule, /^ {8}(- )/gm).length, 1)
    t.match(rule, /- namespaceSelector:\n.*kubernetes\.io\/metadata\.name: \S+ \}\n {10}podSelector:\n.*name: \S+ \}/)
  }
})

test('No file trusts X-Forwarded-For from a network in which other programs are', async t => {
  const { TRUST_PROXY = '' } = environments['kubernetes.yaml'] ?? {}
  const [, bits] = /^[\d.]+\/(\d+)$/.exec(TRUST_PROXY) ?? []
  t.ok(Number(bits) >= 28, TRUST_PROXY)
  // On this network of Compose are only nginx and the nodes.
  const trusted = environments['compose.yaml']?.TRUST_PROXY
  t.match(compose, `front:\n    ipam:\n      config: [{ subnet: ${trusted} }]`)
})

test('Every stop timeout is longer than the drain may take', async t => {
  const limit = seconds(read('src/process/draining.ts'), /drainLimitMs = (\d+)_000/)
  t.equal(limit, 10)
  t.ok(seconds(unit, /^TimeoutStopSec=(\d+)$/m) > limit)
  t.ok(seconds(kubernetes, /terminationGracePeriodSeconds: (\d+)/) > limit)
  t.ok(seconds(compose, /stop_grace_period: (\d+)s/) > limit)
})

test('The proxies have the same limits as the server', async t => {
  const { app } = await createApp(t)
  const { requestTimeout, keepAliveTimeout } = app.server
  t.equal(seconds(nginx, /client_max_body_size (\d+)k;/) * 1024, app.initialConfig.bodyLimit)
  t.equal(seconds(haproxy, /req\.body_size gt (\d+) /), app.initialConfig.bodyLimit)
  t.ok(seconds(nginx, /proxy_read_timeout (\d+)s;/) * 1000 > requestTimeout)
  t.ok(seconds(haproxy, /timeout server (\d+)s/) * 1000 > requestTimeout)
  t.ok(seconds(nginx, /keepalive 32;\s+keepalive_timeout (\d+)s;/) * 1000 < keepAliveTimeout)
  t.ok(seconds(haproxy, /pool-purge-delay (\d+)s/) * 1000 < keepAliveTimeout)
})

test('No proxy forwards a client address that the client wrote', async t => {
  t.match(nginx, 'proxy_set_header X-Forwarded-For $remote_addr;')
  t.notMatch(nginx, '$proxy_add_x_forwarded_for')
  t.match(haproxy, 'http-request set-header X-Forwarded-For %[src]')
  t.notMatch(haproxy, 'option forwardfor')
})
