/**
 * The seconds until the refresh token lapses unless it is used, and until the login ends at the latest
 * (draft-ietf-oauth-refresh-token-expiration §6.1). The first is never above the second.
 */
export const refreshExpiration = (session: { idleExpiresAt: Date; expiresAt: Date }, now: Date) => ({
  refresh_token_timeout: secondsUntil(session.idleExpiresAt, now),
  authorization_expires_in: secondsUntil(session.expiresAt, now)
})

const secondsUntil = (end: Date, now: Date) => Math.floor((end.getTime() - now.getTime()) / 1000)
