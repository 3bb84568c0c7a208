import { describedOnce } from '../../base/described-once.ts'
import type { UserRow } from '../../store/users.ts'
import type { User } from './user.ts'

/** The user as the API returns it. Changes to the result do not change the row. */
export const describeUser = (user: UserRow): User => ({
  id: user.id,
  username: user.username,
  email: user.email,
  email_verified: user.emailVerified,
  pending_email: user.pendingEmail,
  full_name: user.fullName,
  locale: user.locale,
  disabled: user.disabled,
  scopes: [...user.scopes],
  data: copyOf(user.data),
  claims: copyOf(user.claims),
  invited_at: user.invitedAt?.toISOString() ?? null,
  created_at: user.createdAt.toISOString(),
  updated_at: user.updatedAt.toISOString()
})

/** A deep copy. Most accounts have no member here, and a clone takes longer than the rest. */
const copyOf = (object: Record<string, unknown>) => (Object.keys(object).length > 0 ? structuredClone(object) : {})

/** The same, made once for each row; do not modify it. */
export const describedUser = describedOnce(describeUser)
