import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { compareReceived } from '../../src/auth/webhooks/received.ts'
import { openServices } from '../../src/wiring/open-services.ts'
import { testConfig } from '../../test/support/app.ts'
import { databaseUrl } from '../../test/support/engines.ts'
import { createRandom, figures } from '../../test/support/faults.ts'
import { recordMany } from '../../test/support/store.ts'

const events = Number(process.env.WEBHOOK_EVENTS ?? 3000)
const kills = Number(process.env.WEBHOOK_KILLS ?? 4)

/** A receiver that refuses one of five messages, and keeps the accepted ones. */
async function startReceiver(t: Test, random: ReturnType<typeof createRandom>) {
  const got: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => (body += chunk))
    request.on('end', () => {
      const isRefused = random.below(5) === 0
      if (!isRefused) got.push(body)
      response.writeHead(isRefused ? 503 : 204).end()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

/** Sends events from `nodes` processes, one of which is killed and replaced again and again. */
async function sendAndKill(t: Test, engine: string, url: string, nodes: number) {
  const random = createRandom()
  const config = testConfig({ databaseUrl: url, insecure: 'allow' })
  const services = await openServices(config)
  t.teardown(services.close)
  const receiver = await startReceiver(t, random)
  await services.webhooks.create({ url: receiver.url, events: ['*'] })
  const env = { ...process.env, DATABASE_URL: url, SECRET: config.secret }
  const start = () =>
    spawn(process.execPath, ['--import=tsx', join(import.meta.dirname, '../support/webhook-node.ts')], {
      env,
      stdio: ['ignore', 'ignore', 'inherit']
    })
  const running = Array.from({ length: nodes }, start)
  t.teardown(() => running.map(child => child.kill('SIGKILL')))
  const begun = performance.now()
  const isSent = () =>
    receiver.got.length >= events && new Set(receiver.got.map(body => JSON.parse(body).id)).size >= events
  for (let round = 0; round < kills; round++) {
    await recordMany(url, Math.floor(events / kills), 0)
    while (receiver.got.length < (round * events) / kills + 20) await sleep(20)
    await sleep(random.below(2000))
    const victim = random.below(nodes)
    running[victim]?.kill('SIGKILL')
    running[victim] = start()
  }
  while (!isSent()) await sleep(100)
  const seconds = Math.round((performance.now() - begun) / 1000)
  const ids = receiver.got.map(body => JSON.parse(body).id)
  const places = [...new Set(ids)].map(id => Number(id.split('_')[1]))
  async function* lines() {
    yield* receiver.got
  }
  t.match(await compareReceived(lines(), ['*'], services.db.audit), { missing: [], added: [] })
  t.same(
    places,
    places.toSorted((a, b) => a - b),
    'the first of each comes in the order of the seals'
  )
  figures(
    t,
    `kill -9 while webhooks are sent, ${engine}`,
    kills,
    0,
    `${ids.length - places.length} again, ${seconds} s`
  )
}

test('No event is lost when the process that sends it is killed', async t => {
  await sendAndKill(t, 'SQLite', `sqlite:${join(t.testdir(), 'test.db')}`, 1)
})

test('No event is lost when one of two nodes on PostgreSQL is killed', async t => {
  await sendAndKill(t, 'PostgreSQL', await databaseUrl(t, 'postgres'), 2)
})
