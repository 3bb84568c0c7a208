import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { basic, password } from '../../support/app.ts'
import { createCaller } from '../../support/caller.ts'
import { databaseUrl, type EngineName, engines } from '../../support/engines.ts'
import { freePort } from '../../support/free-port.ts'
import { settings, startHere } from '../../support/serve.ts'

const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const path = 'deploy/prometheus-rules.yaml'
const rules = Array.from(
  read(path).matchAll(/- alert: (\w+)\n.*?severity: (\w+) \}.*?summary: (.+?)\n +description: (.+?)\n/gs),
  ([, name = '', severity = '', summary = '', description = '']) => ({ name, severity, summary, description })
)

t.test('docs/monitoring.md has the alerts with the same words', async t => {
  const rows = rules.map(({ name, summary, description }) => [`\`${name}\``, summary, description])
  const section = read('docs/monitoring.md').split('\n## Alerts\n')[1]?.split('\n## ')[0] ?? ''
  const table = Array.from(section.matchAll(/^\| (`Sallyport\w+`) +\| (.+?) +\| (.+?) +\|$/gm), ([, ...row]) => row)
  t.ok(rows.length > 10)
  t.strictSame(table, rows)
})

/** The metrics of a server that has been used, with the lines that name them. */
async function scrape(t: Test, engine: EngineName): Promise<string> {
  const metrics = `127.0.0.1:${await freePort()}`
  const config = await settings(t, { databaseUrl: await databaseUrl(t, engine), metrics })
  const { url } = await startHere(t, config)
  const caller = createCaller(t, url)
  await caller.call('/readyz')
  await caller.call('/users', { json: { username: 'alice', password } })
  await caller.logIn()
  await caller.logIn({ password: 'wrong' })
  await caller.call('/introspect', { form: { token: 'x' }, headers: basic('nobody', 'wrong') })
  return (await fetch(`http://${metrics}/metrics`)).text()
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

t.test('Every metric and label in the rules and on the dashboard exists at /metrics of a server', async t => {
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

t.test('The dashboard can be imported: each panel has its place, and the data source is a variable', async t => {
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
