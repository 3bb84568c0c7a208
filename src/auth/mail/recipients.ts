import type { UserRow } from '../../store/users.ts'

/** The address that a link would verify: the pending or the unverified one; `null` when there is nothing to verify. */
export const addressToVerify = ({ email, emailVerified, pendingEmail }: UserRow) =>
  pendingEmail ?? (emailVerified ? null : email)

/**
 * The address that a link for a new password may go to: the verified one, or that of an account that has never been
 * used; otherwise `null`. A person who never proved an address could take the account over.
 */
export const addressToReset = ({ email, emailVerified, lastLoginAt }: UserRow) =>
  emailVerified || lastLoginAt === null ? email : null

/** The address that an invitation may go to; `null` once the account has a password. */
export const addressToInvite = (user: UserRow) => (user.invitedAt === null ? null : addressToReset(user))

/** The address to which a link may go, by the purpose of the link. */
export const addressFor = {
  verify_email: addressToVerify,
  reset_password: addressToReset,
  invitation: addressToInvite
}
