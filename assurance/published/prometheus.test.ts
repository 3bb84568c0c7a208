import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { debianEnv, skipWithoutProgram } from '../support/debian.ts'

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
const minutes = 40
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
  SallyportWebhookFailing: {
    fires: { 'sallyport_webhooks_failing{job="sallyport"}': steady(1) },
    // A receiver that recovers within half an hour.
    silent: { 'sallyport_webhooks_failing{job="sallyport"}': `1x${minutes - 15} 0 1x13` }
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

function assertPasses(t: Test, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync('promtool', args, { env: debianEnv, encoding: 'utf8' })
  t.equal(status, 0, stdout + stderr)
}

t.test('Each alert fires when it should, and only then', { skip: skipWithoutProgram('promtool') }, async t => {
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
  assertPasses(t, 'test', 'rules', join(folder, 'tests.yaml'))
})

interface Panel {
  targets: { expr: string }[]
}

t.test('Prometheus understands each query of the dashboard', { skip: skipWithoutProgram('promtool') }, async t => {
  const { panels }: { panels: Panel[] } = JSON.parse(read('deploy/grafana-dashboard.json'))
  const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m')))
  const named = queries.map((expr, n) => ({ record: `query_${n}`, expr }))
  const folder = t.testdir({ 'rules.yaml': JSON.stringify({ groups: [{ name: 'dashboard', rules: named }] }) })
  assertPasses(t, 'check', 'rules', join(folder, 'rules.yaml'))
})
