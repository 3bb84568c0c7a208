import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { fetchJson } from '../../base/http/fetch-json.ts'
import { createAttempts, elapsedMs } from './attempts.ts'
import { IssuerUnavailable } from './issuer-unavailable.ts'
import { createDiscovery } from './server-metadata.ts'

/** How long keys are used without fetching them again (milliseconds): as long as the server lets clients cache them. */
export const freshMs = 300_000

/** How long after an attempt an unknown `kid` causes no further attempt (milliseconds). */
const unknownKidMs = 30_000

/** How long after a failure the issuer counts as unreachable (milliseconds). */
const awayMs = 30_000

/** How long callers with known keys wait for newer ones (milliseconds). */
const patienceMs = 1000

/** Receives the end of each attempt to fetch keys: why it `failed`, and whether older keys stay in use. */
export type OnAttempt = (failed?: { error: unknown; hasKeys: boolean }) => void

/**
 * The public keys of the issuer, for jose. They are fetched when first needed, and again when they are five minutes old
 * or lack a `kid`, with one attempt in 30 seconds for unknown `kid`s. When a fetch fails, known keys stay valid for
 * another `staleKeys` seconds. Rejects with IssuerUnavailable when there are no keys, and for an unknown `kid` while
 * it may belong to a new key. The URL of the keys is in the metadata of the issuer, by default those of RFC 8414.
 */
export function createIssuerKeys(
  {
    issuer,
    metadata,
    staleKeys,
    now
  }: { issuer: string; metadata?: string | undefined; staleKeys: number; now: () => Date },
  onAttempt: OnAttempt
): JWTVerifyGetKey {
  const jwksUri = createDiscovery(issuer, 'jwks_uri', metadata)
  let known: { find: JWTVerifyGetKey; askedAt: Date } | undefined
  let patience: Promise<unknown> | undefined

  const ageMs = () => elapsedMs(known?.askedAt, now())
  const areUsable = () => ageMs() < freshMs + staleKeys * 1000

  const attempts = createAttempts(async () => {
    const askedAt = now()
    try {
      const keys = await fetchJson(await jwksUri(), {
        headers: { accept: 'application/jwk-set+json, application/json' }
      })
      known = { find: createLocalJWKSet(keys as unknown as JSONWebKeySet), askedAt }
      onAttempt()
      return known.find
    } catch (error) {
      onAttempt({ error, hasKeys: areUsable() })
      throw error
    }
  }, now)

  function renew() {
    if (attempts.isDue()) {
      // Callers wait, so that a retired key is not accepted while the issuer is reachable; not after a recent failure.
      const isKnownToFail = attempts.hasFailed() && attempts.idleMs() < awayMs
      const refreshed = attempts.ask().catch(() => {})
      patience = isKnownToFail ? undefined : Promise.race([refreshed, sleep(patienceMs)])
    }
    return patience
  }

  async function usable() {
    if (!known || !areUsable()) return attempts.ask()
    if (ageMs() >= freshMs) await renew()
    return known.find
  }

  // After a failure every unknown key may be new: a 401 would log out users whose token was signed with a new key.
  const mayBeNew = () => attempts.isRunning() || attempts.hasFailed() || attempts.idleMs() >= unknownKidMs

  return async (header, token) => {
    try {
      const find = await usable()
      try {
        return await find(header, token)
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || !mayBeNew()) throw error
        const newest = await attempts.ask()
        return await newest(header, token)
      }
    } catch (error) {
      throw isTokenFault(error) ? error : new IssuerUnavailable(error, attempts.pauseLeftMs())
    }
  }
}

const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms).unref())

/** Whether the token names none of the known keys; any other error is the issuer's. */
const isTokenFault = (error: unknown) =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys
