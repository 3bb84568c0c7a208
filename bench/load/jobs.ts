import type { HttpRequest } from '../request.ts'

/** As many requests as `connections` clients can send; each client sends the next request when the last is answered. */
export interface RateJob {
  kind: 'rate'
  /** One server, or several among which the clients are divided. */
  url: string | string[]
  /** The process whose processor time is counted, if any. */
  pid?: number
  connections: number
  seconds: number
  /** How many seconds the load runs before it is counted; a quarter of `seconds` by default. */
  warmUp?: number | undefined
  /** Sent in turn by every client. */
  requests: HttpRequest[]
  /** Each client sends one of these requests instead. */
  ownRequests?: HttpRequest[]
  /**
   * Each client appends one of these tokens to the body of the request, and then always the token that it received
   * last.
   */
  refreshTokens?: string[]
  /** The load has a core of its own and may keep it busy between responses. */
  ownsCore?: boolean
}

export interface RateResult {
  /** Successes per second. */
  perSecond: number
  /** Successes per second of the server's processor time; undefined when the system does not report it. */
  perCpuSecond: number | undefined
  /** The server's processor time per second of wall time: 1 is one core that was never idle. */
  busy: number | undefined
  /** How many responses had each status; `error` counts requests without a response. */
  statuses: Record<string, number>
  latency: Percentiles
}

/** Guarded updates of Sallyport's sessions, as many as PostgreSQL and its bare driver can do. */
export interface UpdatesJob {
  kind: 'updates'
  databaseUrl: string
  /** Each updates a session of its own, again as soon as the last update has been answered. */
  clients: number
  /** How many connections the clients share. */
  connections: number
  seconds: number
}

/** Latencies of successes in milliseconds. */
export interface Percentiles {
  p50: number
  p99: number
}

/** Requests at fixed times, whether or not earlier ones are answered. */
export interface ProbeJob {
  kind: 'probe'
  /** The servers, which take turns. */
  urls: readonly string[]
  /** Sent in turn. */
  requests: readonly HttpRequest[]
  perSecond: number
  seconds: number
}

/** Verifications of a hash of bcrypt by the server's own package, as many at a time as there are cores. */
export interface HashesJob {
  kind: 'hashes'
  seconds: number
}

/** Latencies in milliseconds, and how many requests had each outcome. */
export interface LatencyResult {
  p99: number
  statuses: Record<string, number>
}

interface Results {
  rate: RateResult
  updates: { perSecond: number }
  probe: LatencyResult
  hashes: { perSecond: number }
}

export type Job = RateJob | UpdatesJob | ProbeJob | HashesJob
export type ResultOf<J extends Job> = Results[J['kind']]
