declare module 'autocannon' {
  import type { EventEmitter } from 'node:events'

  export interface Client extends EventEmitter {
    setBody(body: string): void
    setRequests(requests: Request[]): void
  }

  export interface Request {
    method: string
    path: string
    headers?: Record<string, string>
    body?: string
  }

  export interface Options {
    url: string | string[]
    connections: number
    duration: number
    timeout?: number
    sampleInt?: number
    requests: Request[]
    setupClient?: (client: Client) => void
  }

  export default function autocannon(options: Options): PromiseLike<unknown> & EventEmitter & { stop(): void }
}
