import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startBareFastify } from './entrants/ceilings.ts'
import { account } from './entrants/entrant.ts'
import { rootFolder } from './entrants/packages.ts'
import { asTokenServer, sallyport, startSallyport } from './entrants/sallyport.ts'
import { settings } from './entrants/token-server.ts'
import { ask, type HttpRequest } from './request.ts'
import { residentMegabytes } from './usage.ts'

// `npx tsx bench/memory.ts`: the memory of a server under a mixed load over time, as rows of a table.

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    /** Requests a second; 0 for as many as the machine allows. */
    rate: { type: 'string', default: '0' },
    /** Stops the load after so many requests. */
    requests: { type: 'string', default: 'Infinity' },
    /** Bare Fastify in place of Sallyport. */
    bare: { type: 'boolean', default: false },
    /** The folder of another build. */
    root: { type: 'string', default: rootFolder }
  }
})
const [minutes, rate, limit] = [values.minutes, values.rate, values.requests].map(Number) as [number, number, number]
if (![minutes, rate, limit].every(each => each >= 0)) throw new Error('The options are numbers')
const clients = 8
const sampleMs = Math.min(60_000, (minutes * 60_000) / 20)
/** Longer than V8 waits before it releases memory. */
const idleMs = 80_000

const folder = mkdtempSync(join(tmpdir(), 'sallyport-memory-'))
const server = values.bare
  ? await startBareFastify({ folder }, { account, tokens: { refresh_token: '' }, introspection: { active: true } })
  : await startSallyport(values.root, { folder, env: settings })
const { setUp } = asTokenServer(sallyport)
let begun = performance.now()
let [requests, isOver] = [0, false]

function sample() {
  const time = ((performance.now() - begun) / 60_000).toFixed(1)
  console.log(`| ${time} | ${requests} | ${residentMegabytes(server.pid)?.toFixed(1)} |`)
}

async function send(request: HttpRequest) {
  requests++
  const answer = await ask(server.url, request)
  const aheadMs = rate === 0 ? 0 : (requests / rate) * 1000 - (performance.now() - begun)
  if (aheadMs > 0) await sleep(aheadMs)
  if (requests >= limit || performance.now() - begun > minutes * 60_000) isOver = true
  return answer
}

try {
  console.log('| minutes | requests | MB |\n| --- | --- | --- |')
  await sleep(idleMs)
  const oauth = values.bare ? undefined : await setUp(server)
  begun = performance.now()
  sample()
  const sampling = setInterval(sample, sampleMs).unref()
  // Of ten requests, seven read the account, and one each refreshes, introspects and logs in.
  async function useServer() {
    while (!isOver) {
      const { json } = await send(sallyport.logIn)
      let token = String(json.access_token)
      const refresh = oauth?.refresh(String(json.refresh_token)) ?? sallyport.logIn
      token = String((await send(refresh)).json.access_token ?? token)
      await send(oauth?.introspect?.(token, 'access_token') ?? introspection)
      for (let read = 0; read < 7; read++) await send(sallyport.me(token))
    }
  }
  const introspection: HttpRequest = { ...sallyport.logIn, path: '/introspect', body: 'token=a' }
  await Promise.all(Array.from({ length: clients }, useServer))
  clearInterval(sampling)
  sample()
  await sleep(idleMs)
  sample()
} finally {
  await server.stop()
  rmSync(folder, { recursive: true })
}
