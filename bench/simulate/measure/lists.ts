import { eq, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { createSealKey } from '../../../src/auth/audit/seal-key.ts'
import { afterAttempt, doubling } from '../../../src/auth/throttle/backoff.ts'
import type { AuditEvent } from '../../../src/store/audit/events.ts'
import { createAuditStore } from '../../../src/store/audit/trail.ts'
import type { Schema } from '../../../src/store/engine/dialect.ts'
import { openPostgres } from '../../../src/store/engine/postgres.ts'
import { createSessionStore, type SessionRow } from '../../../src/store/sessions.ts'
import { createThrottleStore } from '../../../src/store/throttle.ts'
import { createUserStore } from '../../../src/store/users.ts'

/** The rows that a list concerns; every text is as long as in production. */
export interface Subject {
  user: Schema['users']['$inferSelect']
  session: SessionRow
}

export type Worker = ReturnType<typeof openWorker>

export const prefix = '203.0.113.0/24'
export const ip = '203.0.113.77'
export const userAgent =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'
const day = 86_400_000
/** The default of `MAX_SESSIONS_PER_USER`. */
const mostSessions = 100
const neverWaits = doubling({ free: 1_000_000, forgiveMs: 100, longestMs: 1000 })
const sealKey = createSealKey('a secret of the measurement, 32 bytes')

const eventOf = ({ user, session }: Subject, action: string): AuditEvent => ({
  at: new Date(),
  action,
  actor: user.id,
  subject: user.id,
  clientId: session.clientId,
  ip,
  detail: { session: session.id }
})

/**
 * The store of Sallyport on a pool of its own, so that what other workers do at the same time shares neither a query
 * nor a transaction with it. What one worker does at the same time shares them, as on a node.
 */
export function openWorker(url: string) {
  const engine = openPostgres(url)
  const { sessions: session, users: user, clients: client } = engine.schema
  const [sessions, throttle] = [createSessionStore(engine), createThrottleStore(engine)]
  const [users, audit] = [createUserStore(engine), createAuditStore(engine)]
  const exactly = engine.db
    .select({ session, user, client })
    .from(session)
    .leftJoin(user, eq(user.id, session.userId))
    .leftJoin(client, eq(client.id, session.clientId))
    .where(sql`${session.id} = any(${sql.placeholder('ids')})`)
    .prepare('exactly')

  return {
    /** Refreshes of one turn. */
    refresh: (subjects: Subject[]) =>
      Promise.all(
        subjects.map(async subject => {
          const { counter } = subject.session
          const now = new Date()
          const idleExpiresAt = new Date(now.getTime() + 14 * day)
          const rotated = await sessions.rotate(subject.session, {
            counter: counter + 1,
            now,
            rotatedAt: now,
            idleExpiresAt,
            ip
          })
          // Another worker may have been faster.
          if (rotated) subject.session = rotated
        })
      ),

    /** The reads of a request in one turn: sessions with their users. */
    read: (subjects: Subject[]) => Promise.all(subjects.map(subject => sessions.withUser(subject.session.id))),

    /** The same query, which is not filled up to ten keys. */
    readExactly: (subjects: Subject[]) => exactly.execute({ ids: subjects.map(subject => subject.session.id) }),

    /** The reads of a login, each a round trip of its own. */
    async loginReads({ user }: Subject) {
      await users.byUsername(user.username)
      await throttle.isKnown({ userId: user.id, prefix })
      await throttle.counters([`known:${user.id}:${prefix}`, `known-prefix:${prefix}`, `logins:${user.id}:${prefix}`])
    },

    /** The writes of a login. */
    async login(subject: Subject) {
      const { user, session } = subject
      const now = new Date()
      const times = {
        createdAt: now,
        rotatedAt: now,
        lastUsedAt: now,
        idleExpiresAt: new Date(now.getTime() + 14 * day)
      }
      const added = { ...session, ...times, id: v7(), userId: user.id, counter: 0 }
      const { passwordHash } = user
      const attempt = [`known-prefix:${prefix}`, `known:${user.id}:${prefix}`].map(key => ({ key, waitsUntil: 0 }))
      const checked = { passwordHash, secondFactorAt: null, prefix, attempt, most: mostSessions }
      const row = await sessions.insertLogin(added, checked, eventOf(subject, 'login.succeeded'))
      if (!row) throw new Error('A login was not added')
    },

    /** The attempt of a login from a new prefix, in four counters. */
    async fail({ user }: Subject) {
      const now = Date.now()
      const { waitsUntil, forgivenAt } = afterAttempt(neverWaits, undefined, now)
      const network = user.id.slice(-3)
      const keys = [`account:${user.id}`, `consecutive:${user.id}`, `prefix:${network}`, `logins:${user.id}:${network}`]
      await throttle.take(
        keys.map(key => ({ key, ...neverWaits, waitsUntil, forgivenAt })),
        now
      )
    },

    /** One seal, which reads and marks a thousand events. */
    async seal() {
      const once = new AbortController()
      // The seal that is being made is finished.
      const sealed = audit.seal(sealKey, new Date(), once.signal)
      once.abort()
      if ((await sealed) !== 1000) throw new Error('A seal did not have 1,000 events')
    },

    close: () => engine.close()
  }
}
