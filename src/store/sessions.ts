import type { Engine } from './engine/dialect.ts'
import { createSessionEnds } from './session-ends.ts'
import { createSessionReads } from './session-reads.ts'
import { createSessionRefreshes } from './session-refreshes.ts'
import { createSessionStarts } from './session-starts.ts'

export type { SessionAndUser } from './session-reads.ts'
export type { NewSession, SessionRow } from './session-rows.ts'
export type { Raise } from './session-starts.ts'
export type SessionStore = ReturnType<typeof createSessionStore>

/** Reads and writes of the table `sessions`: one row per login. */
export function createSessionStore(engine: Engine) {
  const { rows, ...reads } = createSessionReads(engine)
  return {
    ...reads,
    ...createSessionStarts(engine),
    ...createSessionRefreshes(engine, rows),
    ...createSessionEnds(engine),

    /** Whether rows are kept until they change, and the same row is then the same object. */
    keepsRows: () => engine.version !== undefined,

    /** The session `id` and its user in one read, in any state. */
    withUser: rows.get,

    /** Calls back with a cached result of `withUser`; `undefined` means unknown. */
    recallWithUser: rows.recall
  }
}
