import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { fetchJson } from '../base/http/fetch-json.ts'
import { createAttempts, elapsedMs } from '../wire/issuer/attempts.ts'

/** How long keys are used without fetching them again, and how long none fits before they are fetched (milliseconds). */
const [freshMs, unknownKeyMs] = [300_000, 30_000]
const known = new Map<string, ReturnType<typeof createEventKeys>>()

/**
 * Says whether one of the Ed25519 keys with which `issuer` signs events fits. They are fetched when five minutes old,
 * and at most once in 30 seconds when none fits, since there may be a new one. Rejects when they cannot be fetched.
 */
export function eventKeysOf(issuer: string) {
  const keys = known.get(issuer) ?? createEventKeys(`${issuer.replace(/\/$/, '')}/events/jwks.json`)
  known.set(issuer, keys)
  return keys
}

function createEventKeys(url: string) {
  let clock = () => new Date()
  let fetched: { keys: KeyObject[]; askedAt: Date } | undefined

  async function fetchKeys() {
    const askedAt = clock()
    const set = await fetchJson(url, { headers: { accept: 'application/jwk-set+json, application/json' } })
    const own = (set.keys as JsonWebKey[]).filter(({ kty, crv }) => kty === 'OKP' && crv === 'Ed25519')
    fetched = { keys: own.map(key => createPublicKey({ key, format: 'jwk' })), askedAt }
    return fetched.keys
  }
  const attempts = createAttempts(fetchKeys, () => clock())
  // After a failure, every unknown key may be new; attempts that fail have pauses of their own.
  const mayBeNew = () => attempts.isRunning() || attempts.hasFailed() || attempts.idleMs() >= unknownKeyMs

  return async (fits: (key: KeyObject) => boolean, now: () => Date): Promise<boolean> => {
    clock = now
    const keys = fetched && elapsedMs(fetched.askedAt, now()) < freshMs ? fetched.keys : await attempts.ask()
    return keys.some(fits) || (mayBeNew() && (await attempts.ask()).some(fits))
  }
}
