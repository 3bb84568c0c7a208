import { setTimeout } from 'node:timers/promises'
import { test } from 'tap'
import { builtAlone } from '../support/built.ts'
import { cliEnv } from '../support/cli.ts'
import { startCli } from '../support/cli-process.ts'
import { freePort } from '../support/free-port.ts'

/** Resolves when a server answers at `url`. */
async function answered(url: string): Promise<void> {
  const { ok } = await fetch(`${url}/readyz`).catch(() => ({ ok: false }))
  if (ok) return
  await setTimeout(20)
  await answered(url)
}

test('Every line on standard output of a server without a terminal is JSON', async t => {
  for (const more of [{ WORKERS: '2' }, { LOG_LEVEL: 'warn', CONSOLE: 'off', DOCS: 'off' }]) {
    const [port, metricsPort] = [await freePort(), await freePort()]
    const env = { PORT: String(port), METRICS: `127.0.0.1:${metricsPort}`, LOG_LEVEL: 'info' }
    const { child, exit, out } = startCli(
      t,
      ['serve'],
      { ...cliEnv(t.testdir()), ...env, ...more },
      { command: builtAlone }
    )
    const url = `http://127.0.0.1:${port}`
    await answered(url)
    if ('WORKERS' in more) await out.until(/(Server listening[\s\S]*){2}/)
    await fetch(`${url}/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'password' }) })
    await fetch(`${url}/none`)
    child.kill('SIGTERM')
    t.same(await exit, [0, null])
    const lines = out.text().split('\n').slice(0, -1)
    const others = lines.filter(line => !/^\{"level":\d+,"time":\d+,.*\}$/.test(line) || !JSON.parse(line).msg)
    t.same(others, [], JSON.stringify(more))
  }
})
