import { and, eq, exists, gt, ne, not, or } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import type { Db, Engine, Schema } from './engine/dialect.ts'
import { nothingIfTaken } from './errors.ts'
import type { NewUser } from './users.ts'

export type SetupLinkStore = ReturnType<typeof createSetupLinkStore>
export type SetupLinkRow = Schema['setupLinks']['$inferSelect']

/** Reads and writes of the table `setup_links`: the hash of the link that makes the first administrator. */
export function createSetupLinkStore({ db, schema, atomic }: Engine) {
  const { setupLinks, users } = schema

  const holders = (tx: Pick<Db, 'select'>, scopes: string[]) =>
    tx
      .select({ id: users.id })
      .from(users)
      .where(or(...scopes.map(scope => schema.contains(users.scopes, scope))))
      .limit(1)

  const isValid = (hash: string, now: Date) => and(eq(setupLinks.hash, hash), gt(setupLinks.expiresAt, now))

  return {
    /** Whether an account has one of the scopes, even if it cannot log in. */
    async someHold(scopes: string[]): Promise<boolean> {
      return (await holders(db, scopes)).length > 0
    },

    /** Adds the link in place of all others. */
    async replace(link: SetupLinkRow): Promise<void> {
      await atomic(
        (tx, then) => [
          tx.insert(setupLinks).values(link).returning({ hash: setupLinks.hash }),
          then.delete(setupLinks, ne(setupLinks.hash, link.hash))
        ],
        'administrators'
      )
    },

    /** Whether the link with this hash exists and has not expired at `now`. */
    async has(hash: string, now: Date): Promise<boolean> {
      return (await db.select().from(setupLinks).where(isValid(hash, now))).length > 0
    },

    /**
     * Uses the link, deletes all others, and adds the user and its event. False when the link does not work at `now`,
     * when an account has one of the scopes `privileged`, and when the username is taken; the link stays then.
     */
    async redeem(
      hash: string,
      { user, privileged, now }: { user: NewUser; privileged: string[]; now: Date },
      event: AuditEvent
    ): Promise<boolean> {
      const rows = await atomic(
        (tx, then) => [
          tx
            .delete(setupLinks)
            .where(and(isValid(hash, now), not(exists(holders(tx, privileged)))))
            .returning({ hash: setupLinks.hash }),
          then.delete(setupLinks, undefined),
          then.insert(users, user),
          auditInsert(then, schema, event)
        ],
        'administrators'
      ).catch(nothingIfTaken)
      return rows.length > 0
    }
  }
}
