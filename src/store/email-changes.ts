import { and, eq, isNull } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import type { Engine, Following, Schema, Statement } from './engine/dialect.ts'
import { nothingIfTaken } from './errors.ts'
import { tokenDelete } from './one-time-tokens.ts'

/** The addresses of an account as they were read. */
export type Addresses = Pick<Schema['users']['$inferSelect'], 'id' | 'email' | 'emailVerified' | 'pendingEmail'>

/** The condition that an account still has the addresses that were read. */
export const hasAddresses = ({ users }: Schema, { id, email, emailVerified, pendingEmail }: Addresses) =>
  and(
    eq(users.id, id),
    email === null ? isNull(users.email) : eq(users.email, email),
    eq(users.emailVerified, emailVerified),
    pendingEmail === null ? isNull(users.pendingEmail) : eq(users.pendingEmail, pendingEmail)
  )

/**
 * The statements that delete the links to an address that changes. They would work again after the account changes back
 * to it.
 */
export const voidLinks = (
  then: Following,
  schema: Schema,
  userId: string,
  { email, pendingEmail }: Partial<Addresses>
): Statement[] => {
  if (email !== undefined) return [tokenDelete(then, schema, userId, 'verify_email', 'reset_password', 'invitation')]
  return pendingEmail === undefined ? [] : [tokenDelete(then, schema, userId, 'verify_email')]
}

/** Changes of the addresses of accounts. */
export function createEmailChanges({ schema, atomic }: Engine) {
  const { users } = schema

  return {
    /**
     * Makes the pending address the verified one, or marks the address as verified if none is pending. False when there
     * is nothing to verify, when an address or the password has changed, or when another account has verified
     * the address.
     */
    async verifyEmail(user: Addresses & { passwordHash: string }, now: Date, event: AuditEvent) {
      const { id, pendingEmail, passwordHash } = user
      const moved = pendingEmail === null ? {} : { email: pendingEmail, pendingEmail: null }
      const rows = await atomic((tx, then) => [
        tx
          .update(users)
          .set({ ...moved, emailVerified: true, updatedAt: now })
          .where(
            and(
              hasAddresses(schema, user),
              eq(users.passwordHash, passwordHash),
              pendingEmail === null ? eq(users.emailVerified, false) : undefined
            )
          )
          .returning({ id: users.id }),
        ...voidLinks(then, schema, id, { pendingEmail, ...moved }),
        auditInsert(then, schema, event)
      ]).catch(nothingIfTaken)
      return rows.length > 0
    }
  }
}
