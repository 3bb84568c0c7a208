import type { Place } from './fair-line.ts'

/** The caller of a turn. Callers without an account, such as registrations, share one per prefix. */
export interface TurnRequest extends Partial<Place> {
  /** Fires when the client disconnects. */
  signal?: AbortSignal | undefined
}

/** The work of a caller before its hash, and the work that undoes it when the caller leaves without a turn. */
export interface Preparation<T> {
  prepare: () => Promise<T>
  undo: (prepared: T) => Promise<void>
}

/** A turn to hash, and the result of the preparation. */
export interface Turn<T> {
  prepared: T
  end: () => void
}

/** For a hash that needs no preparation. */
export const noPreparation: Preparation<void> = { prepare: async () => {}, undo: async () => {} }
