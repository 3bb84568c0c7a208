import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HttpRequest } from '../request.ts'
import { percentiles } from '../stats.ts'
import type { LatencyResult, ProbeJob } from './jobs.ts'

/** Timers fire up to this much late, so the rest of the wait is a busy loop. */
const timerSlackMs = 1.5
const answerLimitMs = 60_000

/** Sends one request and resolves to its status after the whole response has arrived. */
async function send(agent: Agent, url: string, { path, method, headers = {}, body = '' }: HttpRequest) {
  const length = body ? { 'content-length': Buffer.byteLength(body) } : {}
  const outgoing = httpRequest(url + path, {
    agent,
    method,
    headers: { ...headers, ...length },
    timeout: answerLimitMs
  })
  outgoing.on('timeout', () => outgoing.destroy(new Error('no answer')))
  outgoing.end(body)
  const [incoming] = await once(outgoing, 'response')
  incoming.resume()
  await once(incoming, 'end')
  return String(incoming.statusCode)
}

async function until(moment: number) {
  const left = moment - performance.now()
  if (left > timerSlackMs) await sleep(left - timerSlackMs)
  while (performance.now() < moment) await new Promise(setImmediate)
}

function summary(latencies: number[], outcomes: string[]): LatencyResult {
  const statuses: Record<string, number> = {}
  for (const outcome of outcomes) statuses[outcome] = (statuses[outcome] ?? 0) + 1
  return { p99: percentiles(latencies).p99, statuses }
}

/**
 * Sends at fixed times and measures from the time at which a request was due. A request that is delayed because the
 * previous one held up the server, or this process, includes its wait (the error that omits it is called "coordinated
 * omission").
 */
export async function probe({ urls, requests, perSecond, seconds }: ProbeJob): Promise<LatencyResult> {
  const agent = new Agent({ keepAlive: true })
  const begin = performance.now() + 100
  const latencies: number[] = []
  const sent: Promise<string>[] = []
  for (let i = 0; i < perSecond * seconds; i++) {
    const due = begin + (i * 1000) / perSecond
    await until(due)
    const [url, request] = [urls[i % urls.length] as string, requests[i % requests.length] as HttpRequest]
    const outcome = send(agent, url, request).catch(() => 'error')
    sent.push(outcome)
    outcome.then(() => latencies.push(performance.now() - due))
  }
  const outcomes = await Promise.all(sent)
  agent.destroy()
  return summary(latencies, outcomes)
}
