import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { builtAlone } from '../../test/support/built.ts'
import { cliEnv } from '../../test/support/cli.ts'
import { freePort } from '../../test/support/free-port.ts'

/** A server whose standard output and error are `output`: a descriptor, or a pipe that nobody reads. */
async function startServer(t: Test, output: number | 'pipe', more: Record<string, string>) {
  const port = await freePort()
  const env = { ...process.env, ...cliEnv(t.testdir()), PORT: String(port), ...more }
  const [file, ...args] = builtAlone
  const child = spawn(file, [...args, 'serve'], { env, stdio: ['ignore', output, output] })
  t.teardown(() => child.kill('SIGKILL'))
  return { child, exit: once(child, 'exit'), url: `http://127.0.0.1:${port}` }
}

const info = { LOG_LEVEL: 'info' }
const outputs = {
  'a full disk': [{ ...info, WORKERS: '2' }, { LOG_LEVEL: 'warn' }],
  'a pipe that nobody reads': [info],
  'a pipe whose reader has ended': [{ ...info, WORKERS: '2' }]
}

for (const [name, settings] of Object.entries(outputs))
  for (const more of settings)
    test(`A server whose log goes to ${name} starts, answers and stops, with ${JSON.stringify(more)}`, async t => {
      const full = openSync('/dev/full', 'w')
      t.teardown(() => closeSync(full))
      const { child, exit, url } = await startServer(t, name === 'a full disk' ? full : 'pipe', more)
      if (name.endsWith('ended')) for (const stream of [child.stdout, child.stderr]) stream?.destroy()
      while (!(await fetch(`${url}/readyz`).catch(() => ({ ok: false }))).ok) await sleep(20)
      // At level info, more lines than the buffers of a pipe hold.
      const answers = await Promise.all(Array.from({ length: 500 }, () => fetch(`${url}/${'x'.repeat(300)}`)))
      t.ok(answers.every(({ status }) => status === 404))
      child.kill('SIGTERM')
      t.strictSame(await exit, [0, null])
    })
