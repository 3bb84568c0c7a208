import type { ClientStore } from '../../store/clients.ts'
import type { PersonalTokenRow, PersonalTokenStore } from '../../store/personal-tokens.ts'
import type { SessionAndUser, SessionRow } from '../../store/sessions.ts'

/** In place of a session: a personal access token has no login. */
export const createTokenSessions = ({
  store,
  clients
}: {
  store: Pick<PersonalTokenStore, 'byId'>
  clients: Pick<ClientStore, 'byId'>
}) => ({
  sessionOf,

  /** The session that access tokens for the token `id` and the client name; `undefined` when there is no token. */
  async session(id: string, clientId: string): Promise<SessionAndUser | undefined> {
    const found = await store.byId(id)
    const client = found && (await clients.byId(clientId))
    return (
      found && {
        session: sessionOf(found.token, clientId),
        user: found.user,
        endedByClient: client?.disabled !== false,
        clientScopes: client?.scopes ?? null
      }
    )
  }
})

/** A session of an exchange by this client: without methods and time, and without a row. */
const sessionOf = (token: PersonalTokenRow, clientId: string): SessionRow => ({
  id: token.id,
  userId: token.userId,
  clientId,
  clientEpoch: null,
  scope: token.scopes,
  counter: 0,
  retriedCounter: null,
  createdAt: token.createdAt,
  rotatedAt: token.createdAt,
  lastUsedAt: token.createdAt,
  expiresAt: token.expiresAt,
  idleExpiresAt: token.expiresAt,
  endsOn: 0,
  revokedAt: null,
  ip: null,
  lastIp: null,
  userAgent: null,
  amr: null,
  authTime: null,
  jkt: null
})
