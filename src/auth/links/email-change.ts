import type { UserChanges, UserRow } from '../../store/users.ts'

/** The new addresses of an account. If it `isMoved`, the owner confirms the change and receives messages about it. */
interface EmailChange {
  addresses: Pick<UserChanges, 'email' | 'emailVerified' | 'pendingEmail'>
  isMoved: boolean
}

/**
 * The changes of a request for the normalized address `email`; `null` removes the address. `undefined` when it changes
 * nothing. A verified address stays in force until the new one is verified. A request for the address in force
 * withdraws a pending one.
 */
export function emailChange(before: UserRow, email: string | null | undefined): EmailChange | undefined {
  if (email === undefined || (email !== null && email === before.pendingEmail)) return undefined
  if (email === before.email)
    return before.pendingEmail === null ? undefined : { addresses: { pendingEmail: null }, isMoved: false }
  if (email !== null && before.emailVerified) return { addresses: { pendingEmail: email }, isMoved: true }
  return { addresses: { email, emailVerified: false, pendingEmail: null }, isMoved: true }
}
