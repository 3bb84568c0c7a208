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
  disabled: user.disabled,
  scopes: [...user.scopes],
  data: structuredClone(user.data),
  claims: structuredClone(user.claims),
  invited_at: user.invitedAt?.toISOString() ?? null,
  created_at: user.createdAt.toISOString(),
  updated_at: user.updatedAt.toISOString()
})
