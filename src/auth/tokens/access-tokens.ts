import { secondsOf } from '../../base/times.ts'
import { createVerifiedCache } from '../../base/verified-cache.ts'
import type { NewSession, SessionAndUser, SessionRow, SessionStore } from '../../store/sessions.ts'
import type { UserRow } from '../../store/users.ts'
import type { SigningKeys } from '../keys/keys.ts'
import type { PersonalTokens } from '../personal-tokens/personal-tokens.ts'
import { enrolAudience, enrolScope, heldOf } from '../scopes.ts'
import { isLive } from '../sessions/end.ts'
import { type AccessTokenClaims, accessTokenClaims, type TokenContent } from './access-token-claims.ts'
import { createJwtSigner } from './sign-jwt.ts'

/** The most bytes of verified tokens that are remembered. */
export const mostTokenBytes = 16 * 2 ** 20

/** A decoded token whose signature and `iss` the verifier has checked. */
export interface VerifiedToken {
  header: Record<string, unknown>
  payload: Record<string, unknown>
}

/** The user or client that a valid access token represents. Shared between requests: do not modify it. */
export interface Caller {
  /** The user, or `null` when a client acts for itself. */
  user: UserRow | null
  session: SessionRow
  claims: AccessTokenClaims
  /** The scopes of the token that the user and the client still have. */
  scopes: string[]
}

export type AccessTokens = ReturnType<typeof createAccessTokens>

/**
 * Signs and checks access tokens. `verify` resolves to `undefined` when the signature, algorithm or issuer is wrong,
 * and rejects when it fails to check them. The audience is the business of the caller: revocation and introspection
 * accept every audience.
 */
export function createAccessTokens(deps: {
  config: { issuer: string; accessTokenTtl: number }
  keys: SigningKeys
  sessions: SessionStore
  personalTokens: Pick<PersonalTokens, 'session'>
  verify: (token: string) => Promise<VerifiedToken | undefined>
  newId: () => string
  now: () => Date
}) {
  const { config, keys, sessions, personalTokens, newId, now } = deps
  const known = createVerifiedCache<KnownToken>(mostTokenBytes)
  /** The last token for each row that the store has cached, and its caller. To keep a row longer would cost 2 kB. */
  const represented = new WeakMap<SessionAndUser, { token: KnownToken; caller: Caller | undefined }>()
  const sign = createJwtSigner()

  /** A token whose signature was checked before, while its key is still published. */
  function recalled(token: string): KnownToken | undefined {
    const found = known.get(token)
    return found && keys.verifies(found.kid) ? found : undefined
  }

  async function verified(token: string): Promise<KnownToken | undefined> {
    const { header = {}, payload = {} } = (await deps.verify(token)) ?? {}
    if (!isAccessToken(header, payload) || !isCurrent(payload, now())) return undefined
    const found = { kid: header.kid, payload }
    known.set(token, found)
    return found
  }

  function representedOnce(token: KnownToken, found: SessionAndUser): Caller | undefined {
    const last = represented.get(found)
    if (last?.token === token) return last.caller
    const caller = representedBy(token, found)
    represented.set(found, { token, caller })
    return caller
  }

  const represent = sessions.keepsRows() ? representedOnce : representedBy

  /** The caller that the token represents now, or `undefined`. */
  function callerOf(token: KnownToken, found: SessionAndUser): Caller | undefined {
    const at = now()
    if (!isCurrent(token.payload, at) || !isLive(found, at) || found.user?.disabled) return undefined
    return represent(token, found)
  }

  return {
    /** Issues a token, which never outlives the session. `expiresIn` is in seconds. */
    issue(session: NewSession, content: TokenContent): { token: string; expiresIn: number } {
      const iat = secondsOf(now())
      const expiresIn = Math.max(1, Math.min(config.accessTokenTtl, secondsOf(session.idleExpiresAt) - iat))
      const claims = accessTokenClaims(session, content, {
        iss: config.issuer,
        iat,
        exp: iat + expiresIn,
        jti: newId()
      })
      return { token: sign(claims, keys.signer()), expiresIn }
    },

    /**
     * The caller that the token represents. Resolves to `undefined` when it is not an access token of this server or
     * has expired, when its session has ended or its personal access token was deleted, or when its user is disabled
     * (RFC 9068 §4, RFC 8725 §3.11).
     */
    async authenticate(token: string): Promise<Caller | undefined> {
      const known = recalled(token) ?? (await verified(token))
      if (!known) return undefined
      const { sid, client_id } = known.payload
      const found = (await sessions.withUser(sid)) ?? (await personalTokens.session(sid, client_id))
      return found && callerOf(known, found)
    },

    /**
     * Calls `use` with the result of `authenticate` if the token was verified before and the store has cached its
     * session and user, and otherwise with `undefined`. Takes less time than a promise. `use` must not throw.
     */
    recall(token: string, use: (caller: Caller | undefined) => void) {
      const known = recalled(token)
      if (known) sessions.recallWithUser(known.payload.sid, found => use(found && callerOf(known, found)))
      else use(undefined)
    }
  }
}

/** A verified token, and the id of its key. */
interface KnownToken {
  kid: unknown
  payload: VerifiedToken['payload'] & AccessTokenClaims
}

/** The caller that the token represents while its session lives, or `undefined`. */
function representedBy(
  { payload: claims }: KnownToken,
  { session, user, clientScopes }: SessionAndUser
): Caller | undefined {
  // The claims must match the user and client of the session (RFC 8725 §3.8).
  if (claims.sub !== (session.userId ?? session.clientId) || claims.client_id !== session.clientId) return undefined
  if (claims.aud === enrolAudience) return { user, session, claims, scopes: [enrolScope] }
  return { user, session, claims, scopes: heldOf(claims.scope.split(' '), user?.scopes, clientScopes) }
}

// Checked before the look-up, because PostgreSQL rejects text with a NUL, which would turn a 401 into a 500.
const sessionId = /^[0-9a-f-]{36}$/

const isCurrent = ({ exp, nbf }: AccessTokenClaims, now: Date) =>
  exp > secondsOf(now) && (nbf === undefined || nbf <= secondsOf(now))

function isAccessToken(
  header: VerifiedToken['header'],
  payload: VerifiedToken['payload']
): payload is VerifiedToken['payload'] & AccessTokenClaims {
  const typ = typeof header.typ === 'string' && header.typ.toLowerCase()
  return (
    (typ === 'at+jwt' || typ === 'application/at+jwt') &&
    header.crit === undefined &&
    typeof payload.exp === 'number' &&
    (payload.nbf === undefined || typeof payload.nbf === 'number') &&
    typeof payload.iat === 'number' &&
    typeof payload.jti === 'string' &&
    typeof payload.sid === 'string' &&
    sessionId.test(payload.sid) &&
    typeof payload.scope === 'string' &&
    (typeof payload.aud === 'string' || Array.isArray(payload.aud))
  )
}
