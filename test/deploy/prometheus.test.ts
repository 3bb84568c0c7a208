import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { basic, password } from '../support/app.ts'
import { createCaller } from '../support/caller.ts'
import { debianEnv, skipWithoutProgram } from '../support/debian.ts'
import { databaseUrl, type EngineName, engines } from '../support/engines.ts'
import { freePort } from '../support/free-port.ts'
import { settings, startHere } from '../support/serve.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const path = 'deploy/prometheus-rules.yaml'
const rules = Array.from(
  read(path).matchAll(/- alert: (\w+)\n.*?severity: (\w+) \}.*?summary: (.+?)\n +description: (.+?)\n/gs),
  ([, name = '', severity = '', summary = '', description = '']) => ({ name, severity, summary, description })
)

const requests = (labels: string) => `http_request_duration_seconds_count{job="sallyport", instance="a", ${labels}}`
const readyz = (status: number) => requests(`route="/readyz", status="${status}"`)
const logins = (labels: string) => `sallyport_logins_total{${labels}}`

/** Values at each minute. */
type Series = Record<string, string>
const minutes = 20
const steady = (value: number) => `${value}x${minutes}`
const rising = (step: number) => `0+${step}x${minutes}`

/** For each alert, series with which it fires, its labels then, and series close to these with which it does not. */
const cases: Record<string, { fires: Series; labels?: Record<string, string>; silent: Series }> = {
  SallyportNoNode: {
    fires: { 'up{job="sallyport", instance="a"}': steady(0), 'up{job="other"}': steady(1) },
    silent: { 'up{job="sallyport", instance="a"}': steady(0), 'up{job="sallyport", instance="b"}': steady(1) }
  },
  SallyportNodeDown: {
    fires: { 'up{job="sallyport", instance="a"}': steady(0), 'up{job="sallyport", instance="b"}': steady(1) },
    labels: { job: 'sallyport', instance: 'a' },
    // A restart.
    silent: { 'up{job="sallyport", instance="a"}': `1x${minutes - 2} 0` }
  },
  SallyportNoNodeReady: {
    fires: { [readyz(503)]: rising(6), [readyz(200)]: steady(100) },
    silent: { [readyz(503)]: rising(6), [readyz(200)]: rising(6) }
  },
  SallyportNodeNotReady: {
    fires: { [readyz(503)]: rising(6), [readyz(200)]: steady(100) },
    labels: { instance: 'a' },
    // A drain, seen until the start of the new process resets the counters.
    silent: { [readyz(503)]: `0x${minutes - 3} 2 2 0`, [readyz(200)]: rising(6) }
  },
  SallyportErrors: {
    fires: {
      [requests('route="/token", status="200"')]: rising(95),
      [requests('route="/token", status="500"')]: rising(5)
    },
    silent: {
      [requests('route="/token", status="200"')]: rising(99),
      [requests('route="/token", status="503"')]: rising(1),
      [readyz(503)]: rising(60)
    }
  },
  SallyportFailedLogins: {
    fires: { [logins('outcome="failed", reason="password"')]: rising(20), [logins('outcome="succeeded"')]: rising(10) },
    silent: { [logins('outcome="failed", reason="password"')]: rising(20), [logins('outcome="succeeded"')]: rising(30) }
  },
  SallyportClientRefused: {
    fires: { 'sallyport_refused_total{status="401", reason="invalid_client"}': rising(2) },
    silent: {
      'sallyport_refused_total{status="401", reason="invalid_client"}': `0x${minutes - 5} 1x5`,
      'sallyport_refused_total{status="401", reason="no_token"}': rising(50)
    }
  },
  SallyportPasswordsNotHashed: {
    fires: { 'sallyport_hash_shed_total{reason="full"}': rising(1) },
    silent: {
      'sallyport_hash_shed_total{reason="disconnected"}': rising(1),
      'sallyport_hash_shed_total{reason="full"}': steady(9)
    }
  },
  SallyportAuditNotSealed: {
    fires: { sallyport_audit_unsealed_seconds: rising(60) },
    silent: {
      sallyport_audit_unsealed_seconds: steady(2),
      'sallyport_audit_unsealed_seconds{instance="a"}': `NaN${' NaN'.repeat(minutes)}`
    }
  },
  SallyportClock: {
    fires: { 'sallyport_clock_ahead_seconds{instance="a"}': steady(-2) },
    labels: { instance: 'a' },
    silent: { 'sallyport_clock_ahead_seconds{instance="a"}': steady(0.4) }
  },
  SallyportMailNotSent: {
    fires: { 'sallyport_mail_total{outcome="failed"}': rising(1) },
    silent: {
      'sallyport_mail_total{outcome="sent"}': rising(1),
      'sallyport_mail_total{outcome="failed"}': `0x${minutes - 5} 3x5`
    }
  },
  SallyportBreachCheckFails: {
    fires: { 'sallyport_breach_checks_total{outcome="failed"}': rising(1) },
    silent: {
      'sallyport_breach_checks_total{outcome="breached"}': rising(1),
      'sallyport_breach_checks_total{outcome="failed"}': `0x${minutes - 5} 3x5`
    }
  },
  SallyportConnectionsDropped: {
    fires: { 'sallyport_connections_dropped_total{instance="a"}': rising(1) },
    labels: { instance: 'a' },
    silent: { 'sallyport_connections_dropped_total{instance="a"}': steady(3) }
  },
  SallyportEventLoop: {
    fires: { 'nodejs_eventloop_lag_p99_seconds{job="sallyport"}': steady(0.3) },
    labels: { job: 'sallyport' },
    silent: {
      'nodejs_eventloop_lag_p99_seconds{job="sallyport"}': `0.02x${minutes - 3} 0.3x3`,
      'nodejs_eventloop_lag_p99_seconds{job="api"}': steady(1)
    }
  }
}

const promtool = (...args: string[]) => spawnSync('promtool', args, { env: debianEnv, encoding: 'utf8' })

t.test('promtool accepts the rules', { skip: skipWithoutProgram('promtool') }, async t => {
  const { status, stdout, stderr } = promtool('check', 'rules', join(root, path))
  t.equal(status, 0, stdout + stderr)
  t.match(stdout, `${rules.length} rules found`)
})

t.test('each alert fires when it should, and only then', { skip: skipWithoutProgram('promtool') }, async t => {
  t.strictSame(
    Object.keys(cases),
    rules.map(({ name }) => name)
  )
  const tests = rules.flatMap(({ name, severity, summary, description }) => {
    const { fires, labels, silent } = cases[name] ?? { fires: {}, silent: {} }
    const alert = { exp_labels: { severity, ...labels }, exp_annotations: { summary, description } }
    return [
      { name: `${name} fires`, series: fires, alerts: [alert] },
      { name: `${name} does not fire`, series: silent, alerts: [] }
    ].map(({ name: title, series, alerts }) => ({
      name: title,
      interval: '1m',
      input_series: Object.entries(series).map(([series, values]) => ({ series, values })),
      alert_rule_test: [{ eval_time: `${minutes}m`, alertname: name, exp_alerts: alerts }]
    }))
  })
  // JSON is YAML.
  const folder = t.testdir({ 'tests.yaml': JSON.stringify({ rule_files: [join(root, path)], tests }) })
  const { status, stdout, stderr } = promtool('test', 'rules', join(folder, 'tests.yaml'))
  t.equal(status, 0, stdout + stderr)
})

t.test('docs/operating.md has the alerts with the same words', async t => {
  const rows = rules.map(({ name, summary, description }) => [`\`${name}\``, summary, description])
  const section = read('docs/operating.md').split('\n## Alerts\n')[1]?.split('\n## ')[0] ?? ''
  const table = Array.from(section.matchAll(/^\| (`Sallyport\w+`) +\| (.+?) +\| (.+?) +\|$/gm), ([, ...row]) => row)
  t.ok(rows.length > 10)
  t.strictSame(table, rows)
})

/** The metrics of a server that has been used, with the lines that name them. */
async function scrape(t: Test, engine: EngineName): Promise<string> {
  const metricsPort = await freePort()
  const config = await settings(t, { databaseUrl: await databaseUrl(t, engine), metricsPort, metricsHost: '127.0.0.1' })
  const { url } = await startHere(t, config)
  const caller = createCaller(t, url)
  await caller.call('/readyz')
  await caller.call('/users', { json: { username: 'alice', password } })
  await caller.logIn()
  await caller.logIn({ password: 'wrong' })
  await caller.call('/introspect', { form: { token: 'x' }, headers: basic('nobody', 'wrong') })
  return (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
}

/** Each selector of an expression: the name of a metric, and what it asks of the labels. */
const selectorsOf = (expression: string) =>
  Array.from(
    expression.matchAll(/\b((?:sallyport|http|nodejs|process)_\w+)(?:\{([^}]*)\})?/g),
    ([, name = '', labels = '']) => ({
      name,
      labels: Array.from(labels.matchAll(/(\w+)(?:=|!=|=~|!~)"/g), ([, label = '']) => label)
    })
  )

const dashboard = JSON.parse(read('deploy/grafana-dashboard.json'))
type Panel = { type: string; title: string; datasource: unknown; targets: { expr: string; datasource: unknown }[] }
const panels: Panel[] = dashboard.panels

/** The labels that Prometheus adds. */
const added = ['job', 'instance', 'le']

t.test('every metric and label in the rules and on the dashboard exists at /metrics of a server', async t => {
  const texts = []
  for (const engine of engines) texts.push(await scrape(t, engine))
  const text = texts.join('')
  const used = [...read(path).matchAll(/expr: (\|\n(?: {10}.*\n)+|.*)/g)]
    .map(([, expression = '']) => expression)
    .concat(panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)))
  const selectors = used.flatMap(selectorsOf)
  t.ok(selectors.length > 30)
  for (const { name, labels } of selectors) {
    // Only PostgreSQL has a clock of its own.
    if (name === 'sallyport_clock_ahead_seconds' && !engines.includes('postgres')) continue
    const metric = name.replace(/_(bucket|count|sum)$/, '')
    t.match(text, new RegExp(`^# TYPE (${name}|${metric}) `, 'm'), name)
    for (const label of labels.filter(label => !added.includes(label))) {
      const line = text.split('\n').find(line => line.startsWith(`${name}{`) && line.includes(`${label}="`))
      // These have no value before the first message, the first login that is not hashed and the first look-up.
      t.ok(line ?? /sallyport_(mail|hash_shed|breach_checks)_total/.test(name), `${name} has ${label}`)
    }
  }
  for (const line of [
    'sallyport_logins_total{outcome="failed",',
    'sallyport_refused_total{status="401",reason="invalid_client"}'
  ])
    t.match(text, line)
  t.match(text, /http_request_duration_seconds_count\{method="GET",route="\/readyz",status="200"\}/)
})

t.test('the dashboard can be imported: each panel has its place, and the data source is a variable', async t => {
  t.type(dashboard.schemaVersion, 'number')
  t.equal(dashboard.id, null)
  t.match(dashboard.templating.list, [{ name: 'datasource', type: 'datasource', query: 'prometheus' }])
  const source = { type: 'prometheus', uid: '$' + '{datasource}' }
  t.ok(panels.length >= 12)
  t.equal(new Set(panels.map(({ title }) => title)).size, panels.length)
  t.equal(new Set(dashboard.panels.map((panel: { id: number }) => panel.id)).size, panels.length)
  const places = dashboard.panels.map(({ gridPos: { x, y } }: { gridPos: { x: number; y: number } }) => `${x},${y}`)
  t.equal(new Set(places).size, panels.length)
  for (const { datasource, targets } of panels) {
    t.strictSame(datasource, source)
    for (const target of targets) t.strictSame(target.datasource, source)
  }
})

t.test('Prometheus understands each query of the dashboard', { skip: skipWithoutProgram('promtool') }, async t => {
  const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m')))
  const named = queries.map((expr, n) => ({ record: `query_${n}`, expr }))
  const folder = t.testdir({ 'rules.yaml': JSON.stringify({ groups: [{ name: 'dashboard', rules: named }] }) })
  const { status, stdout, stderr } = promtool('check', 'rules', join(folder, 'rules.yaml'))
  t.equal(status, 0, stdout + stderr)
})
