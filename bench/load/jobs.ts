import type { HttpRequest } from '../request.ts'

/** As many requests as `connections` clients can send, each its next one when the last is answered. */
export interface RateJob {
  kind: 'rate'
  url: string
  /** The process whose processor time is counted. */
  pid: number
  connections: number
  seconds: number
  /** Sent in turn by every client. */
  requests: HttpRequest[]
  /** Each client sends its own of these instead. */
  ownRequests?: HttpRequest[]
  /** Each client sends its own token, and then always the one that it got last. */
  refreshTokens?: string[]
  /** The load has a core of its own, and may keep it busy between the answers. */
  ownsCore?: boolean
}

export interface RateResult {
  /** Successes a second. */
  perSecond: number
  /** Successes a second of the server's processor time; undefined where the system does not say. */
  perCpuSecond: number | undefined
  /** Processor time of the server by the clock: 1 is one core that was never idle. */
  busy: number | undefined
  /** How many answers there were of each status; `error` is none at all. */
  statuses: Record<string, number>
}

/** Requests at fixed times, whether or not the ones before are answered. */
export interface ProbeJob {
  kind: 'probe'
  url: string
  request: HttpRequest
  perSecond: number
  seconds: number
}

/** One request after the other on one connection, in turn. */
export interface SequenceJob {
  kind: 'sequence'
  url: string
  requests: HttpRequest[]
  seconds: number
}

/** Milliseconds, and what did not succeed. */
export interface LatencyResult {
  count: number
  median: number
  p99: number
  max: number
  statuses: Record<string, number>
}

export type Job = RateJob | ProbeJob | SequenceJob
export type ResultOf<J extends Job> = J extends RateJob ? RateResult : LatencyResult
