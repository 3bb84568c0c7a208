import type { SessionRow } from '../../store/sessions.ts'
import type { Client } from '../clients/clients.ts'
import { createSessionEnd, isLive } from './end.ts'
import { createSessionRefresh } from './refresh.ts'
import { describeSession } from './session-description.ts'
import { createSessionStart } from './start.ts'

export type Sessions = ReturnType<typeof createSessions>

/** Sessions: one for each login, from the first token to logout, expiry or refresh token reuse. */
export function createSessions(
  deps: Parameters<typeof createSessionStart>[0] &
    Parameters<typeof createSessionRefresh>[0] &
    Parameters<typeof createSessionEnd>[0]
) {
  const { store, now } = deps
  return {
    ...createSessionStart(deps),
    ...createSessionRefresh(deps),
    ...createSessionEnd(deps),
    describe: describeSession,

    /** The live session `id` of `client`, if there is one. */
    async ofClient(id: string, client: Client): Promise<SessionRow | undefined> {
      const found = await store.withUser(id)
      return found && found.session.clientId === client.id && isLive(found, now()) ? found.session : undefined
    },

    /** The session `id` and its user, in any state. */
    find: (id: string) => store.withUser(id),

    /** A user's live sessions, newest login first. */
    ofUser: (userId: string) => store.ofUser(userId, now()),

    /** The number of live sessions. */
    countLive: () => store.countLive(now())
  }
}
