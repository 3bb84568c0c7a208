import type { ProofRequest } from '../wire/dpop/proof.ts'
import type { Device } from './sessions/start.ts'

/** The data of a request besides its form. */
export interface RequestContext extends Device, ProofRequest {
  authorization: string | undefined
  /** The language that the request asks for. */
  locale?: () => string | null
  /** A signal that fires when the client disconnects. A function, because making the signal has a cost. */
  disconnected?: () => AbortSignal
}
