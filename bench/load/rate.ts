import { setTimeout as sleep } from 'node:timers/promises'
import autocannon, { type Client } from 'autocannon'
import type { HttpRequest } from '../request.ts'
import { percentiles } from '../stats.ts'
import { cpuSeconds } from '../usage.ts'
import type { RateJob, RateResult } from './jobs.ts'

/** The part of a measurement's length that is spent before it. */
export const warmUpShare = 0.25
const answerLimitSeconds = 30
const refreshToken = /"refresh_token": ?"([^"]+)"/

/** Loads the server for a while and counts in the middle, after every client has begun and before any stops. */
export async function measureRate(job: RateJob): Promise<RateResult> {
  const {
    url,
    pid,
    connections,
    seconds,
    warmUp = seconds * warmUpShare,
    requests,
    ownRequests,
    refreshTokens,
    ownsCore
  } = job
  const statuses: Record<string, number> = {}
  const count = (status: string | number) => {
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  const latencies: number[] = []
  let lastSuccessAt = performance.now()
  let clients = 0
  const load = autocannon({
    url,
    connections,
    duration: warmUp + seconds + answerLimitSeconds,
    timeout: answerLimitSeconds,
    // It stops at the end of a sample, which otherwise takes a second.
    sampleInt: 100,
    requests,
    setupClient(client) {
      client.on('response', (status: number, _bytes: number, milliseconds: number) => {
        count(status)
        if (!isSuccess(status)) return
        latencies.push(milliseconds)
        lastSuccessAt = performance.now()
      })
      client.on('timeout', () => count('error'))
      client.on('connError', () => count('error'))
      const index = clients++
      if (ownRequests) client.setRequests([ownRequests[index] as HttpRequest])
      if (refreshTokens) chainTokens(client, requests[0]?.body ?? '', refreshTokens[index] as string)
    }
  })

  const fallAsleep = ownsCore ? stayAwake() : undefined
  const cpuNow = () => (pid === undefined ? undefined : cpuSeconds(pid))
  await sleep(warmUp * 1000)
  latencies.length = 0
  const [before, beforeCpu, begin, lastBefore] = [{ ...statuses }, cpuNow(), performance.now(), lastSuccessAt]
  await sleep(seconds * 1000)
  // On a busy machine, the first hash may take longer than a short measurement, as may one answer for each client.
  const giveUpAt = performance.now() + answerLimitSeconds * 500
  const isTooShort = () => successes(statuses) === successes(before) || total(statuses) - total(before) < connections
  while (isTooShort() && performance.now() < giveUpAt) await sleep(50)
  const [after, afterCpu, end] = [{ ...statuses }, cpuNow(), performance.now()]
  // From response to response, because a server that answers many clients at once may do so just outside of the window.
  const span = (lastSuccessAt - lastBefore) / 1000
  const latency = percentiles(latencies)
  load.stop()
  fallAsleep?.()
  await load

  const counted = Object.fromEntries(Object.entries(after).map(([status, n]) => [status, n - (before[status] ?? 0)]))
  const elapsed = (end - begin) / 1000
  const succeeded = successes(counted)
  const cpu = beforeCpu === undefined || afterCpu === undefined ? undefined : afterCpu - beforeCpu
  return {
    perSecond: succeeded && succeeded / span,
    perCpuSecond: cpu ? succeeded / cpu : undefined,
    busy: cpu === undefined ? undefined : cpu / elapsed,
    statuses: counted,
    latency
  }
}

const isSuccess = (status: number) => status === 200 || status === 204

const successes = (counts: Record<string, number>) => (counts[200] ?? 0) + (counts[204] ?? 0)

const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, count) => sum + count, 0)

/**
 * Keeps the event loop from sleeping until the returned function is called. A process that writes to a sleeping process
 * has to wake it, which on a virtual machine takes as long as half a request. A client on another machine is not woken
 * by the server, and a server as fast as its client never finds it asleep. Without this, only the slower of two servers
 * would pay that cost of measuring.
 */
function stayAwake(): () => void {
  let isOver = false
  const turn = () => {
    if (!isOver) setImmediate(turn)
  }
  turn()
  return () => {
    isOver = true
  }
}

/**
 * Makes a client send a form that ends with the refresh token of the last response, or the same token if it has none.
 */
function chainTokens(client: Client, form: string, first: string) {
  const send = (token: string) => client.setBody(form + token)
  let received = ''
  client.on('body', (chunk: Buffer) => {
    received += chunk.toString('latin1')
    const token = refreshToken.exec(received)?.[1]
    // A response may arrive in several chunks, with the token in the last.
    if (token === undefined) return
    received = ''
    send(token)
  })
  send(first)
}
