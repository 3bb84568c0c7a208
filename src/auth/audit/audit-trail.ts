import { sign } from 'node:crypto'
import type { AuditQuery as AuditPageQuery } from '../../../routes/audit.ts'
import type { Activity, AuditEvent } from '../../../routes/shapes.ts'
import { Problem } from '../../base/errors.ts'
import type { OnProgress } from '../../base/progress.ts'
import { forEachSecret, type Secrets } from '../../base/sealing.ts'
import type { AuditRow } from '../../store/audit/events.ts'
import type { AuditFilter } from '../../store/audit/pagination.ts'
import type { Link, Seal } from '../../store/audit/seals.ts'
import type { AuditStore } from '../../store/audit/trail.ts'
import type { Fault } from '../../store/audit/verification.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import type { Page, PageQuery } from '../pagination.ts'
import { createAuditCounts } from './audit-counts.ts'
import { decodeCursor, encodeCursor, timeOf } from './positions.ts'
import { createSealKey, jwkOf } from './seal-key.ts'
import { createVerificationSteps } from './verification-steps.ts'

/** An event as the API returns it and the commands print it. */
export type AuditEntry = ReturnType<typeof describe>

/** Filters for events. Times are ISO 8601; `until` is exclusive. */
export type AuditQuery = { [Name in Exclude<keyof AuditPageQuery, keyof PageQuery>]?: string | undefined }

/** Reads, seals and prunes the audit trail. Users see only the events about their own account. */
export function createAuditTrail({
  store,
  config,
  auditEvents,
  now
}: {
  store: AuditStore
  config: Secrets
  auditEvents: AuditEvents
  now: () => Date
}) {
  const [key, ...others] = forEachSecret(config, createSealKey)
  /** The public keys that may have signed seals: `earlier` ones belong to earlier secrets. */
  const trusted = (earlier: string[] = []) => [key, ...others].map(({ publicKey }) => publicKey).concat(earlier)

  async function page<T>(
    filter: AuditFilter,
    { limit, cursor }: PageQuery,
    describe: (row: AuditRow) => T
  ): Promise<Page<T>> {
    const { rows, next } = await store.page(filter, limit, cursor === undefined ? undefined : decodeCursor(cursor))
    return { items: rows.map(describe), next_cursor: next ? encodeCursor(next) : null }
  }

  const seal = (stop?: AbortSignal) => store.seal(key, now(), stop)

  return {
    /** A page of events, newest first. Throws a 400 about an invalid time or cursor. */
    page: (query: AuditQuery & PageQuery) => page(filterOf(query), query, describe),

    /**
     * A page of the events about the account `userId`, as its owner may see them. Throws a 400 about an invalid cursor.
     */
    activity: (userId: string, { action, ...query }: PageQuery & { action?: string | undefined }) =>
      page({ subject: userId, action }, query, row => describeToOwner(row, userId)),

    counts: createAuditCounts({ store, now }),

    verifyStep: createVerificationSteps({ store, config, trusted: trusted() }),

    /**
     * Yields batches of events in the order in which they were written, up to the newest. Starts after the event with
     * the number `after`, or at the first event.
     */
    async *entries(query: AuditQuery, after?: number): AsyncGenerator<{ entries: AuditEntry[]; last: number }> {
      const filter = filterOf(query)
      for (let part = await store.next(after, filter); part; part = await store.next(part.last, filter))
        yield { entries: part.rows.map(describe), last: part.last }
    },

    /** The number of the newest event. */
    newest: store.newest,

    /** The public key that verifies the seals: an Ed25519 key of 32 bytes in base64url, as `x` in a JWK (RFC 8037). */
    publicKey: key.publicKey,

    /** The same of the second secret, if there is one. */
    secondKey: others[0]?.publicKey,

    /** Both as a JWKS (RFC 7517 §5). */
    jwks: { keys: trusted().map(jwkOf) },

    /** Signs a text with the key of the seals (Ed25519); the signature is in base64. */
    sign: (text: string) => sign(null, Buffer.from(text), key.privateKey).toString('base64'),

    /** Seals the events that have no seal, until `stop` fires. Resolves to their number. */
    seal,

    /** Seals the first of these events, at most a thousand. */
    sealOnce: () => store.sealOnce(key, now()),

    /** The age of the first event without a seal, in seconds; 0 when all events are sealed. */
    async unsealedSeconds(): Promise<number> {
      const since = await store.unsealedSince()
      return since ? Math.max(0, (now().getTime() - since.getTime()) / 1000) : 0
    },

    /**
     * Verifies every seal and every sealed event. `noted` is a seal that must be among them, and `earlier` are public
     * keys of earlier secrets. `unsealed` is the number of events without a seal, and `unsealedSince` the time of the
     * first.
     */
    verify: ({
      noted,
      earlier,
      onProgress
    }: {
      noted?: Link | undefined
      earlier?: string[]
      onProgress?: OnProgress
    } = {}) => store.verify(trusted(earlier), noted, onProgress),

    /**
     * Yields everything that an outsider needs to verify the trail: each seal after its events, then the events that
     * have no seal.
     */
    async *sealedEntries(): AsyncGenerator<(AuditEntry | ReturnType<typeof describeSeal>)[]> {
      for (let page = await store.sealsAfter(); page.length > 0; page = await store.sealsAfter(page.at(-1)?.number))
        for (const seal of page) yield [...(await store.ofSeal(seal)).map(describe), describeSeal(seal)]
      for (let rows = await store.unsealedAfter(); rows.length > 0; rows = await store.unsealedAfter(rows.at(-1)?.seq))
        yield rows.map(describe)
    },

    /**
     * Deletes events that are older than `olderThan` seconds, until `stop` fires. Resolves to the number deleted. The
     * rest can still be verified. Throws 409 and deletes nothing when one of these events was altered, unless
     * `evenBroken` is set.
     */
    async prune(
      olderThan: number,
      {
        evenBroken = false,
        earlier,
        stop,
        ...origin
      }: Origin & { evenBroken?: boolean; earlier?: string[]; stop?: AbortSignal } = {}
    ) {
      await seal(stop)
      const before = new Date(now().getTime() - olderThan * 1000)
      const event = auditEvents.event('audit.pruned', origin)
      const { deleted, broken } = await store.prune(before, event, key, { trusted: trusted(earlier), evenBroken, stop })
      if (broken) throw new Problem('conflict', `${describeFault(broken)} ${refusedPruning}`)
      return deleted
    }
  }
}

const refusedPruning =
  'Nothing was deleted. Run `sallyport audit verify` for details, or `sallyport audit prune --broken` to delete old events anyway.'

/** Describes a fault of the audit trail. A key that is not known may be that of an earlier secret. */
export function describeFault({ what, fault }: Fault): string {
  const [, key] = /^is signed by another key, (\S+)$/.exec(fault) ?? []
  const advice = key === undefined ? '' : ` If you noted this key when SECRET changed, add --key ${key}.`
  return `The audit trail is broken: ${what} ${fault}.${advice}`
}

const describe = (row: AuditRow): AuditEvent => ({
  seq: row.seq,
  at: row.at.toISOString(),
  action: row.action,
  actor: row.actor,
  subject: row.subject,
  client_id: row.clientId,
  ip: row.ip,
  detail: row.detail,
  seal: row.seal
})

const describeSeal = (seal: Seal) => ({
  seal: seal.number,
  previous: seal.previous,
  events: seal.events,
  digest: seal.digest,
  at: seal.at.toISOString(),
  public_key: seal.publicKey,
  signature: seal.signature,
  ...(seal.pruned === null ? {} : { pruned: seal.pruned })
})

/**
 * The event as the owner of the account may see it. Events caused by others do not show the actor, IP address, client
 * or details.
 */
function describeToOwner({ at, action, actor, clientId, ip, detail }: AuditRow, owner: string): Activity {
  const isOthers = actor !== null && actor !== owner
  return {
    at: at.toISOString(),
    action,
    by: actor === null ? null : isOthers ? 'operator' : 'you',
    client_id: isOthers ? null : clientId,
    ip: isOthers ? null : ip,
    detail: isOthers ? {} : detail
  }
}

const filterOf = ({ action, subject, actor, client_id, ip, session, since, until }: AuditQuery): AuditFilter => ({
  action,
  subject,
  actor,
  clientId: client_id,
  ip,
  session,
  since: since === undefined ? undefined : timeOf('/since', since),
  until: until === undefined ? undefined : timeOf('/until', until)
})
