import type { SigningKey } from '../../../routes/keys.ts'
import { ConfigError, Problem } from '../../base/errors.ts'
import type { Secrets } from '../../base/sealing.ts'
import type { KeyRow, KeyStore } from '../../store/keys.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import { generateKey, type PublicJwk, publicPem, type SigningAlg } from './jwk.ts'
import { signingKeySealing } from './stored-secrets.ts'

export type SigningKeys = ReturnType<typeof createSigningKeys>

/** A published key, in PEM for the signer and the verifier. */
interface LoadedKey {
  row: KeyRow
  /** When this node began to publish the key. */
  publishedSince: Date
  publicPem: string
  /** Absent when another node has sealed it with a secret that this one does not know. */
  privatePem: string | undefined
}

const lookupIntervalMs = 1000
/** How often nodes reload the keys, in milliseconds. */
export const keyPollMs = 10_000
/**
 * How long clients may cache the JWKS, in seconds: libraries fetch it again for an unknown key anyway, so a longer time
 * would only delay a rotation, and keep a retired key accepted.
 */
export const jwksMaxAge = 300
/** How long after the last cached JWKS without a key has expired the key may sign, in milliseconds. */
const marginMs = 10_000

/**
 * The keys that sign access tokens, shared by all nodes on one database. Every node publishes a new key for longer than
 * `jwksMaxAge` seconds before one of them signs with it, so that every cached JWKS has the key before a token needs it.
 * An old key stays published until the last token that it signed has expired. Call `start` before anything else.
 */
export function createSigningKeys(deps: {
  store: KeyStore
  config: Secrets & { signingAlg: SigningAlg; accessTokenTtl: number; keyRotation: number }
  auditEvents: AuditEvents
  now: () => Date
}) {
  const { store, config, auditEvents, now } = deps
  const sealing = signingKeySealing(config)
  /** How long after a key was created another node, or a cached JWKS, may not know it, in milliseconds. */
  const cachedMs = keyPollMs + jwksMaxAge * 1000 + marginMs
  let loaded: LoadedKey[] = []
  let lastLookup = Number.NEGATIVE_INFINITY
  let lookup: Promise<void> | undefined
  let [loads, latest] = [0, 0]
  let isAdopting = false
  let isStarted = false

  function open(row: KeyRow): LoadedKey {
    const known = loaded.find(key => key.row.kid === row.kid)
    if (known) return { ...known, row }
    // A key that signs already when this node starts has been published by the others.
    const publishedSince = !isStarted && row.signsAt <= now() ? row.createdAt : now()
    return { row, publishedSince, publicPem: publicPem(row.publicJwk), privatePem: unsealPrivate(row) }
  }

  function unsealPrivate(row: KeyRow) {
    const opened = sealing.open(row.privateSealed, row)
    if (!opened && !isStarted) throw new ConfigError([wrongSecret])
    return opened?.text
  }

  async function load() {
    const turn = ++loads
    const rows = await store.published(now())
    // A later load has read more.
    if (turn < latest) return
    latest = turn
    loaded = rows.map(open)
    isStarted = true
  }

  /**
   * Reloads the keys for a token whose key is unknown. Concurrent callers share one look-up. It shares none with
   * `maintain`, which may have begun before another node added the key.
   */
  function lookUp() {
    lastLookup = now().getTime()
    lookup ??= load().finally(() => {
      lookup = undefined
    })
    return lookup
  }

  function isDue(row: KeyRow | undefined) {
    if (!row) return false
    const ageMs = now().getTime() - row.createdAt.getTime()
    return config.keyRotation > 0 && ageMs >= config.keyRotation * 1000
  }

  const isPublished = ({ row }: LoadedKey) => row.expiresAt === null || row.expiresAt > now()
  const newest = () => loaded.at(-1)?.row

  const canSign = (key: LoadedKey) => isPublished(key) && key.privatePem !== undefined
  const isDueToSign = (key: LoadedKey) => canSign(key) && key.row.signsAt <= now()

  /**
   * Whether no cached JWKS of this node lacks the key. A node that could not read the keys for a while publishes a new
   * one late. A key that replaces a leaked one does not wait.
   */
  function isCached({ row, publishedSince }: LoadedKey) {
    const isUrgent = row.signsAt <= row.createdAt
    return isUrgent || now().getTime() - publishedSince.getTime() >= jwksMaxAge * 1000 + marginMs
  }

  function current(): LoadedKey | undefined {
    return (
      loaded.findLast(key => isDueToSign(key) && isCached(key)) ??
      loaded.find(isDueToSign) ??
      // If the clocks of two nodes differ, `signsAt` of the first key may be in the future on this node.
      loaded.find(canSign)
    )
  }

  async function addKey(action: 'key.created' | 'key.rotated', signsAt: Date, origin: Origin) {
    const { kid, publicJwk, privatePem } = generateKey(config.signingAlg)
    const key = {
      kid,
      generation: (newest()?.generation ?? 0) + 1,
      alg: config.signingAlg,
      publicJwk,
      privateSealed: sealing.seal(privatePem, { kid }),
      createdAt: now(),
      signsAt
    }
    // A node that has published the key late still signs with the old one for the time of a cached JWKS.
    const lastOldTokenExpires = new Date(signsAt.getTime() + cachedMs + config.accessTokenTtl * 1000)
    await store.add(key, lastOldTokenExpires, auditEvents.event(action, { ...origin, subject: kid }))
    await load()
  }

  async function adopt() {
    await load()
    if (newest()?.alg !== config.signingAlg) await addKey('key.rotated', afterCaches(), {})
    isAdopting = false
  }

  /**
   * When a key created now may sign: when every node has read it, and every JWKS that was cached before has expired.
   * The first key signs at once, because nothing is cached yet.
   */
  const afterCaches = () => new Date(now().getTime() + cachedMs)

  return {
    /**
     * Loads the keys, and creates one when there is none or the newest was discarded. Throws a ConfigError when they
     * were encrypted with another secret.
     */
    async start() {
      await load()
      if (newest()?.expiresAt !== null) await addKey('key.created', now(), {})
    },

    /**
     * Creates a key for the configured algorithm when the newest key has another algorithm. A server calls this once,
     * when it begins to listen: nodes with different settings that called it at every poll would keep replacing each
     * other's keys. If it fails, `maintain` retries until it succeeds.
     */
    async adoptAlgorithm() {
      isAdopting = true
      await adopt()
    },

    /** Reloads the keys, and rotates when the newest key is too old. Called every `keyPollMs`. */
    async maintain() {
      if (isAdopting) await adopt()
      await load()
      if (isDue(newest())) await addKey('key.rotated', afterCaches(), {})
    },

    /**
     * Creates a key that signs 20 seconds after `jwksMaxAge`, or at once with `immediately`, for when the old key has
     * leaked.
     */
    async rotate({ immediately = false, ...origin }: Origin & { immediately?: boolean } = {}) {
      await load()
      await addKey('key.rotated', immediately ? now() : afterCaches(), origin)
    },

    /**
     * Rejects tokens signed by `kid` from now on. Throws 404 for an unknown key, and 409 for the newest key or when no
     * other key can sign.
     */
    async retire(kid: string, origin: Origin = {}) {
      await load()
      if (!loaded.some(key => key.row.kid === kid)) throw new Problem('not_found', `There is no published key ${kid}.`)
      const hasAnother = loaded.some(key => key.row.kid !== kid && isDueToSign(key))
      if (newest()?.kid === kid || !hasAnother)
        throw new Problem('conflict', 'No other key can sign yet. Rotate the keys first.')
      await store.retire(kid, now(), auditEvents.event('key.retired', { ...origin, subject: kid }))
      await load()
    },

    /** All keys ever created, oldest first, with their current state. */
    async list(): Promise<SigningKey[]> {
      const [rows, signs] = [await store.all(), current()?.row.kid]
      return rows.map(row => ({
        kid: row.kid,
        alg: row.alg,
        state: keyState(row, signs, now()),
        created_at: row.createdAt.toISOString(),
        signs_at: row.signsAt.toISOString(),
        expires_at: row.expiresAt?.toISOString() ?? null
      }))
    },

    /** The current signing key. */
    signer(): { kid: string; alg: SigningAlg; privatePem: string } {
      const { row, privatePem } = current() ?? {}
      if (!row || privatePem === undefined) throw new Error('No signing key is loaded.')
      return { kid: row.kid, alg: row.alg as SigningAlg, privatePem }
    },

    /** Whether the key `kid` is loaded and published now. */
    verifies: (kid: unknown) => loaded.some(key => key.row.kid === kid && isPublished(key)),

    /** The public key of `kid` in PEM, or `undefined`. An unknown `kid` causes at most one look-up per second. */
    async verifier(kid: unknown): Promise<string | undefined> {
      const find = () => loaded.find(key => key.row.kid === kid && isPublished(key))?.publicPem
      const known = find()
      const isTooSoon = !lookup && Math.abs(now().getTime() - lastLookup) < lookupIntervalMs
      if (known !== undefined || isTooSoon) return known
      await lookUp()
      return find()
    },

    /** The one algorithm of a loaded key (draft-ietf-oauth-rfc8725bis §3.1). */
    algOf: (kid: unknown) => loaded.find(key => key.row.kid === kid)?.row.alg,

    /** The JWK Set (RFC 7517 §5): the keys that sign, will sign, or signed a token that has not expired. */
    jwks(): { keys: PublicJwk[] } {
      return {
        keys: loaded.filter(isPublished).map(({ row: { publicJwk, kid, alg } }) => {
          return { ...publicJwk, kty: String(publicJwk.kty), kid, alg, use: 'sig' }
        })
      }
    }
  }
}

const wrongSecret =
  'SECRET does not match this database. Use the SECRET that encrypted its signing keys. To change it, set the old one as SECOND_SECRET, and run `sallyport secret rotate`; if the old one is lost, run `sallyport secret discard`'

function keyState(row: KeyRow, signs: string | undefined, now: Date): SigningKey['state'] {
  if (row.expiresAt && row.expiresAt <= now) return 'expired'
  if (row.kid === signs) return 'signs'
  return row.signsAt > now ? 'published' : 'verifies'
}
