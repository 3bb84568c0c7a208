import { and, count, desc, eq, gt, isNotNull, isNull, lte, type SQL, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import { deleteInSteps } from './engine/delete-in-steps.ts'
import type { Engine } from './engine/dialect.ts'
import { rowsById } from './engine/rows-by-id.ts'
import { hasSameCredentials } from './factor-rows.ts'
import { mailInserts, type NewMail } from './mail.ts'
import type { PersonalTokenRow } from './personal-token-rows.ts'
import { notEndedUntilDone } from './session-rows.ts'
import type { UserRow } from './users.ts'

export type { PersonalTokenRow } from './personal-token-rows.ts'
export type PersonalTokenStore = ReturnType<typeof createPersonalTokenStore>

/** A personal access token and its owner. */
export interface PersonalTokenAndUser {
  token: PersonalTokenRow
  user: UserRow
}

/** Reads and writes of the table `personal_tokens`. */
export function createPersonalTokenStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { personalTokens, users } = schema
  const { id, hash, userId, expiresAt, createdAt } = personalTokens

  const select = (where: SQL) =>
    db
      .select({ token: personalTokens, user: users })
      .from(personalTokens)
      .innerJoin(users, eq(users.id, userId))
      .where(where)
  const current = (user: string, now: Date) => and(eq(userId, user), gt(expiresAt, now))
  const rowOf = (row: PersonalTokenAndUser) => row
  const byHash = rowsById(
    engine,
    { name: 'personal_tokens_by_hash', id: hash, select },
    { rowOf, idOf: ({ token }: PersonalTokenAndUser) => token.hash }
  )
  const byId = rowsById(
    engine,
    { name: 'personal_tokens_by_id', id, select },
    { rowOf, idOf: ({ token }: PersonalTokenAndUser) => token.id }
  )

  return {
    /** The token with this hash, in any state, and its user. */
    byHash: byHash.get,

    /** The token with this id, in any state, and its user. */
    byId: byId.get,

    /** The tokens of a user that have not expired at `now`, the latest first. */
    ofUser: (user: string, now: Date): Promise<PersonalTokenRow[]> =>
      db.select().from(personalTokens).where(current(user, now)).orderBy(desc(createdAt), desc(id)),

    /**
     * Adds the token. False when `user` is disabled, its password or second factors have changed since it was read, the
     * session has ended, or the user has `most` tokens that have not expired.
     */
    async insert(
      user: UserRow,
      row: PersonalTokenRow,
      { session, most }: { session: string; most: number },
      event: AuditEvent,
      messages: NewMail[]
    ): Promise<boolean> {
      const rows = await atomic((tx, then) => {
        const others = tx.select({ count: count() }).from(personalTokens).where(current(user.id, row.createdAt))
        return [
          tx
            .select({ id: users.id })
            .from(users)
            .where(
              and(
                hasSameCredentials(schema, user),
                eq(users.disabled, false),
                notEndedUntilDone(schema, session),
                sql`(${others}) < ${most}`
              )
            ),
          then.insert(personalTokens, row),
          ...mailInserts(then, schema, messages),
          auditInsert(then, schema, event)
        ]
      }, 'personal-tokens')
      return rows.length > 0
    },

    /** Records a use. False when another one was recorded since the token was read, or the token was deleted. */
    async use(
      token: PersonalTokenRow,
      used: Pick<PersonalTokenRow, 'lastUsedAt' | 'prefixes'>,
      events: AuditEvent[],
      messages: NewMail[]
    ): Promise<boolean> {
      const { lastUsedAt } = personalTokens
      const rows = await atomic((tx, then) => [
        tx
          .update(personalTokens)
          .set(used)
          .where(
            and(
              eq(id, token.id),
              token.lastUsedAt === null ? isNull(lastUsedAt) : eq(lastUsedAt, token.lastUsedAt),
              eq(personalTokens.prefixes, token.prefixes)
            )
          )
          .returning({ id }),
        ...mailInserts(then, schema, messages),
        ...events.map(event => auditInsert(then, schema, event))
      ])
      return rows.length > 0
    },

    /** Deletes a token of the user; false when there is none with this id. */
    async remove(user: string, tokenId: string, event: AuditEvent, messages: NewMail[]) {
      const rows = await atomic((tx, then) => [
        tx
          .delete(personalTokens)
          .where(and(eq(id, tokenId), eq(userId, user)))
          .returning({ id }),
        ...mailInserts(then, schema, messages),
        auditInsert(then, schema, event)
      ])
      return rows.length > 0
    },

    /** Deletes every token of every user; resolves to their number. */
    removeEvery: (): Promise<number> =>
      deleteInSteps(engine, { table: personalTokens, key: { id }, old: isNotNull(expiresAt), age: expiresAt }),

    /** Deletes tokens that have expired at `now`, until `stop` fires. */
    prune: (now: Date, stop?: AbortSignal) =>
      deleteInSteps(engine, { table: personalTokens, key: { id }, old: lte(expiresAt, now), age: expiresAt }, stop)
  }
}
